"""Variants of a question set: perturbed wordings, unanswerable questions."""
