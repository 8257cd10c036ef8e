"""Proofs and the independent checker."""
