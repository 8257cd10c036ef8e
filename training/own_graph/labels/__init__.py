"""A user's labelled questions, and relation paths mined for them."""
