"""What one look at all edges of a graph tells: its classes, what its relations reach, which are redundant."""
