"""Columns: string pools, the interner, and the compiled kernels that work on flat arrays."""
