"""The relation automaton: the constraint at relation-path granularity."""
