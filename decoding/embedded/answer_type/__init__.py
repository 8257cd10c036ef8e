"""The expected answer type of a question, and whether answers fit it."""
