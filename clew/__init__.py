"""Question answering over a knowledge graph that you already have, where no answer can be made up."""
