"""Conditions on paths, and a graph restricted by them."""
