"""The laws of the Embedder and VectorIndex ports, for anyone who implements one: no test library is needed."""
