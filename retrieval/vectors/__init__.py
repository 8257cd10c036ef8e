"""Vector indices over labels, and the prior over relation paths."""
