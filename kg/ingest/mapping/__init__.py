"""Tables of things and relational databases: keys and references, the mapping to a graph, rows as statements."""
