"""The decoding layer: language models, searches, reasoners, and the gathering of answers."""
