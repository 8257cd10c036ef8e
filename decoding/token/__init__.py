"""The reasoner over a causal LM's tokens, with its layouts and shapers."""
