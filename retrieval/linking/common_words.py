"""Common English words: the whole words of the default encoder's vocabulary.

What is spelled as one of these is rarely a typo of a name: "took" is not "Hook".
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

from clew.retrieval.encoder.minilm import PACKAGE


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Return the words, lower-case; empty where the encoder's package is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    try:
        lines = (Path(places[0]) / "model" / "vocab.txt").read_text(encoding="utf-8").split() if places else []
    except OSError:
        lines = []
    return frozenset(filter(str.isalpha, lines))
