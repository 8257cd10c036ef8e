"""The Embedder port and its MiniLM implementation (interface first)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to vectors."""

    dimension: int
    fingerprint: str
    """Names the weights, so that stored vectors are never mixed with another model's."""

    def encode(self, texts: Sequence[str]) -> Float32:
        """Return one L2-normalised vector per text, shape ``[len(texts), dimension]``."""
