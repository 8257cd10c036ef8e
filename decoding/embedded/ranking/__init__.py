"""Fusion of the scorers, confidence, and groups of topics."""
