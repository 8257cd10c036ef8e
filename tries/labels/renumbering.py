"""How sorted things are numbered after some have gone and others have come in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.tries.constraint import Int64


@dataclass(frozen=True, slots=True)
class Renumbering:
    """A monotone map of old numbers to new ones: the old numbers ``gone`` have no new one, the new numbers ``come`` no
    old one; both int64, ascending."""

    gone: Int64
    come: Int64

    def size(self, old: int) -> int:
        """How many things there are, of ``old`` before."""
        return old - len(self.gone) + len(self.come)

    def forward(self, old: NDArray[Any]) -> Int64:
        """The new numbers of old ones, none of which is gone."""
        return _renumbered(old, self.gone, self.come)

    def backward(self, new: NDArray[Any]) -> Int64:
        """The old numbers of new ones, none of which has come."""
        return _renumbered(new, self.come, self.gone)

    def then(self, after: Renumbering) -> Renumbering:
        """This map and after it another."""
        gone = self.backward(without(after.gone, self.come))
        come = after.forward(without(self.come, after.gone))
        return Renumbering(np.union1d(self.gone, gone), np.union1d(come, after.come))


def _renumbered(numbers: NDArray[Any], gone: Int64, come: Int64) -> Int64:
    rank = numbers - np.searchsorted(gone, numbers)
    before = come - np.arange(len(come))  # of the things that stay, how many lie before each that comes
    return (rank + np.searchsorted(before, rank, side="right")).astype(np.int64)


def among(numbers: NDArray[Any], some: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether each number is one of ``some``, which ascend."""
    at = np.searchsorted(some, numbers.astype(some.dtype))  # cast thus: ``some`` may be long
    found = np.zeros(len(numbers), np.bool_)
    inside = at < len(some)
    found[inside] = some[at[inside]] == numbers[inside]
    return found


def without(numbers: NDArray[Any], some: Int64) -> NDArray[Any]:
    """The numbers that are not among ``some``, which ascend."""
    return numbers[~among(numbers, some)]
