"""Graphs on disk: snapshots, the catalogue of names and versions, deltas, migration, integrity."""
