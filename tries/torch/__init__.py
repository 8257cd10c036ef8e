"""The graph automaton as torch operations."""
