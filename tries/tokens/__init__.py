"""Labels as token sequences: tokenizers, spelling, the token index."""
