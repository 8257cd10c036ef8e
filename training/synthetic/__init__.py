"""Training questions made from the lexicon: schemas, phrases, noise, batches."""
