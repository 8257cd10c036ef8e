"""The trie of labels that entity linking and naming use."""
