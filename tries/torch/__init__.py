"""The graph automaton as torch operations, for decoding loops that stay on a GPU; Clew's own searches do not use it."""
