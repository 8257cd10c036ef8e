"""Objectives: what a search maximises, with an upper bound for unfinished hypotheses to keep certificates honest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


class Objective(Protocol):
    """Scores complete hypotheses, and bounds what any completion of an unfinished one can score."""

    def final(self, log_probs: Float64, length: int) -> Float64:
        """Return the scores of complete hypotheses of ``length`` tokens (end token included), elementwise."""

    def bound(self, log_probs: Float64, length: int) -> Float64:
        """Return upper bounds on ``final`` of every completion of prefixes of ``length`` tokens."""


@dataclass(frozen=True, slots=True)
class SumLogProb:
    """The sum of log-probabilities. It only falls as a path grows, so a prefix's own sum bounds its completions."""

    def final(self, log_probs: Float64, length: int) -> Float64:
        """Return the sums."""
        return log_probs

    def bound(self, log_probs: Float64, length: int) -> Float64:
        """Return the sums."""
        return log_probs


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
