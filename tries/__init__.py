"""The constraint layer: label trie, token index, graph automaton, KG-Trie. Knows token ids, never a model."""
