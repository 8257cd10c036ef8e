"""SPARQL over a graph, read only: queries are checked, and evaluated by processes that can be ended."""
