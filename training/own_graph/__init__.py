"""Training on the user's own graph (``clew train``): questions from its schema, mined paths, fine-tuning."""
