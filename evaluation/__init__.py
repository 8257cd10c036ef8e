"""Readers of question sets, metrics, reports."""
