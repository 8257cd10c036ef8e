"""Readers: one format a file, each turning a source into statements of a ``GraphBuilder``."""
