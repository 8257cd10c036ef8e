"""The relations of a graph as the embedded model's vocabulary."""
