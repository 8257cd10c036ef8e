"""Whole answer sets of relation paths, and the checker that walks them again."""
