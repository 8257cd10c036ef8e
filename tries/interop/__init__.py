"""Constraints for other engines: token masks, Hugging Face ``generate``, lists, expressions and grammars.

``generate`` is an interface for programs (``docs/how-to/use-the-constraint-elsewhere.md``); ``exports`` also makes what
a remote engine is sent.
"""
