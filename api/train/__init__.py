"""``clew train``."""
