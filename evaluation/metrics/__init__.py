"""Metrics: scores, curves, ceilings, comparisons."""
