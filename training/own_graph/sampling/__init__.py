"""Questions sampled from a graph's own schema."""
