"""WordNet: which words mean the same, which are kinds of which, which share a root."""
