"""Reference implementations, used by laws and benchmarks."""
