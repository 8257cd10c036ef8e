"""The Shaper port: changes the weights of the tokens that the constraint allows.

A shaper sees the distribution over each row's allowed tokens (``logits``, normalised) and where in the constraint the
row stands (``state``), and returns new logits. ``shaped`` then redistributes the probability that the model gave to the
tokens of the row. For every shaper, three things follow:

* it never sees a token that the constraint forbids, so it cannot allow one;
* a forced token (the only one allowed) keeps its score: jumping over forced runs still changes nothing;
* a row's probabilities sum to what they summed to before, at most 1, so log-probabilities only fall as a path grows,
  which is all that the searches' bounds and certificates rest on. They hold of the shaped score.

Departure from methods that mix in the whole vocabulary before masking (kNN-LM, say): here it is after. Under the local
score the two differ by a constant per row where the mixed-in distribution lies within the allowed tokens.

Laws (``clew.decoding.laws.shaper``): finite logits of the same shape; many rows in one call equal each alone; a search
under it is exact; the neutral shaper is no shaper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from clew.decoding.language_model import Int32, Int64
from clew.kg.errors import ConstraintViolation
from clew.tries.constraint import States

Float64 = NDArray[np.float64]
S = TypeVar("S", bound=States)
S_contra = TypeVar("S_contra", contravariant=True, bound=States)


@dataclass(frozen=True, slots=True)
class Rows(Generic[S]):
    """Rows at which there is something to choose. Row i stands at constraint state i and model node ``nodes[i]`` and
    may go on with ``tokens[row_ptr[i]:row_ptr[i+1]]``, at least two."""

    states: S
    nodes: Int64
    row_ptr: Int64
    tokens: Int32

    def __len__(self) -> int:
        return len(self.nodes)


class Shaper(Protocol):
    """Re-weighs allowed tokens. Made for one question."""

    def shape(self, logits: Float64, rows: Rows[Any]) -> Float64:
        """Return new finite logits of ``rows.tokens`` (any constant per row may be added), given the log-probabilities
        over each row's tokens; shape ``[len(tokens)]``."""


def shaped(shaper: Shaper | None, log_probs: Float64, rows: Rows[Any]) -> Float64:
    """Return the rows' log-probabilities under a shaper; each row's total mass stays as it was.

    Raises:
        ConstraintViolation: the shaper gave logits of another shape, or such that are not finite (it may weigh, not
            forbid: an empty row would be a dead end that the constraint did not make).
    """
    if shaper is None or not len(rows):
        return log_probs
    mass = _log_sums(log_probs, rows.row_ptr)
    counts = np.diff(rows.row_ptr)
    found = np.asarray(shaper.shape(log_probs - np.repeat(mass, counts), rows), np.float64)
    if found.shape != log_probs.shape or not np.isfinite(found).all():
        raise ConstraintViolation(f"{type(shaper).__name__} must give one finite logit per allowed token")
    return np.minimum(normalised(found, rows.row_ptr) + np.repeat(mass, counts), 0.0)


def normalised(logits: Float64, row_ptr: Int64) -> Float64:
    """Return log-probabilities: each row's logits less their log-sum-exp."""
    return np.asarray(logits - np.repeat(_log_sums(logits, row_ptr), np.diff(row_ptr)), np.float64)


def _log_sums(values: Float64, row_ptr: Int64) -> Float64:
    """Return the log-sum-exp of each row; no row is empty."""
    top = np.maximum.reduceat(values, row_ptr[:-1])
    return np.asarray(top + np.log(np.add.reduceat(np.exp(values - np.repeat(top, np.diff(row_ptr))), row_ptr[:-1])))
