"""Package data: the demo graph and its questions, the lexicon of relations, the embedded model's weights."""
