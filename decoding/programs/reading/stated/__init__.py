"""The kinds of literals that questions state, each read from a place in the text on."""
