"""The graph layer: loaders, the immutable snapshot, the catalogue of graphs and versions, the path checker."""
