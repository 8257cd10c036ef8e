"""The reasoner over well-formed chains (DoG)."""
