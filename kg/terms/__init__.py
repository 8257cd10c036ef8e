"""Terms: literals, labels, readable names, well-known IRIs, typed values and provenance."""
