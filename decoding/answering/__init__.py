"""Answering a question over a graph: the pipeline and its parts."""
