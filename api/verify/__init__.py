"""Saved results checked again, without a model: behind ``clew verify``."""
