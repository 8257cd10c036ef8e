"""Whether everything is in place: behind ``clew doctor``."""
