"""Programs: questions beyond chains, as tokens of a stack machine over sets of nodes."""
