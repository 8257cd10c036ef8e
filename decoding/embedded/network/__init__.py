"""The embedded model's network and its weights."""
