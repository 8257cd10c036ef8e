"""The embedded default model: a relation-level decoder on MiniLM, constrained by the relation automaton."""
