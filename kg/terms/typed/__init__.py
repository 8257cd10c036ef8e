"""Typed values of literals: quantities, stretches of time and truth values, read exactly and compared by kind."""
