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
