"""The Search port and its searches: best-first, beam, one-pass scoring, sampling."""
