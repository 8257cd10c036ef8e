"""The reasoner over an OpenAI-compatible engine."""
