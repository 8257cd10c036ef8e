"""Clew for people who write Python: what ``import clew`` offers."""
