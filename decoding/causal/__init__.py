"""Hugging Face causal LMs as language models: token trees, the KV cache, loading."""
