"""Whether two nouns mean about the same: "money" and "currency"."""

from __future__ import annotations

import threading
from collections.abc import Collection

from clew.kg import limits
from clew.retrieval.encoder.embedder import Embedder, Float32

ALIKE = 0.54
"""Cosine of two nouns from which they mean about the same. With MiniLM: "job" and "profession" 0.55,
"money" and "currency" 0.59, "town" and "city" 0.77; but "surgeon" and "nurse" 0.52, "film" and "novel" 0.43."""


class Likeness:
    """Compares nouns by a sentence encoder; without one, no nouns are alike. Safe for threads."""

    def __init__(self, embedder: Embedder | None) -> None:
        self._embedder = embedder
        self._known: dict[str, Float32] = {}
        self._lock = threading.Lock()

    def alike(self, noun: str, others: Collection[str]) -> bool:
        """Return whether a noun means about the same as one of others."""
        if self._embedder is None or not others:
            return False
        with self._lock:
            if len(self._known) > limits.MAX_NOUN_VECTORS:
                self._known.clear()
            new = sorted({noun, *others} - self._known.keys())
            if new:
                self._known |= dict(zip(new, self._embedder.encode(new), strict=True))
            vector = self._known[noun]
            return any(float(vector @ self._known[other]) >= ALIKE for other in others)
