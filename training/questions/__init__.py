"""Training questions that people wrote, over schemas drawn around the relations that answer them."""
