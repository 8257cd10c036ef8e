"""The graph automaton: the constraint at entity-path granularity."""
