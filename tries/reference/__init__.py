"""Reference implementations: nothing that answers a question uses them, laws and benchmarks do.

The KG-Trie of a given or enumerated list of paths, and constraints made of constraints.
"""
