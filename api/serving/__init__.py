"""The process of ``clew serve``, and how commands of the same user find it."""
