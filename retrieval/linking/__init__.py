"""Entity linking: which entities a question names."""
