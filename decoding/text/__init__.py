"""Free text: prompts, drafting, writing."""
