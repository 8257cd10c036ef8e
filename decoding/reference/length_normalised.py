"""An objective whose bound differs from its value, to test the certificates of searches."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clew.decoding.search.objective import Float64


@dataclass(frozen=True, slots=True)
class LengthNormalised:
    """``log_prob / length ** alpha`` (Wu et al. 2016, arXiv 1609.08144, eq. 14, without the +5 smoothing; alpha 1 is
    the mean per token, as in Hugging Face's ``length_penalty``).

    A longer path divides its (negative) sum by more, so a prefix may still gain: its sum can stay as it is while the
    length grows to ``max_length``. That is the bound; it is looser than the sum's and costs expansions.
    """

    alpha: float
    max_length: int
    """No path has more tokens than this, its end token included; a longer one raises ``ValueError``."""

    def __post_init__(self) -> None:
        if self.alpha < 0 or self.max_length < 1:
            raise ValueError("alpha must be at least 0 and max_length at least 1")

    def final(self, log_probs: Float64, length: int) -> Float64:
        """Return sum / length ** alpha."""
        if length > self.max_length:
            raise ValueError(f"a path of {length} tokens exceeds max_length {self.max_length}: bounds would be wrong")
        return np.asarray(log_probs / length**self.alpha, np.float64)

    def bound(self, log_probs: Float64, length: int) -> Float64:
        """Return sum / max_length ** alpha: the sum is at most 0, so no completion scores above it."""
        return np.asarray(log_probs / self.max_length**self.alpha, np.float64)
