"""Benchmarks: ``python -m benchmarks.<name> [--quick] [--json]``, from the repository's root."""
