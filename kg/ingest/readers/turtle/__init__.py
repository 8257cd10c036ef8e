"""Turtle and TriG: documents as a sequence of statements, so that one bad statement costs no other."""
