"""Constraints for other engines: token masks, Hugging Face ``generate``, grammars. An interface for programs:
``docs/how-to/use-the-constraint-elsewhere.md``."""
