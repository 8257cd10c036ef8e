"""Scoring all relation paths of a question with the embedded model."""
