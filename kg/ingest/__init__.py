"""Ingest: sources in, a published graph version out."""
