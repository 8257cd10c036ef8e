"""Constraints for other engines: token masks, Hugging Face ``generate``, grammars."""
