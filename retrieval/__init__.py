"""The retrieval layer: embedders, FAISS indices, entity linking, relation-path retrieval."""
