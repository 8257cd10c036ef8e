"""Fine-tuning a causal LM on a graph's questions."""
