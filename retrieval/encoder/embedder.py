"""The Embedder port: texts to vectors.

Laws (``clew.retrieval.laws.embedder``; every implementation passes them): one row per text, float32, of length one and
finite, whatever the text; batch = single; the same text gives the same vector; the order of a batch does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to vectors."""

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Return a name of the weights, so that stored vectors are never mixed with another model's."""

    def encode(self, texts: Sequence[str]) -> Float32:
        """Return one L2-normalised vector per text, shape ``[len(texts), dimension]``."""
