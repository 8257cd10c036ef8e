"""The index that names are looked up in: built, stored, and made to follow updates."""
