"""What the tokens of a program cost, given the question."""
