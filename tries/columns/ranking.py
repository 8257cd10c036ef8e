"""Dense ranks of exact values: equal values share one, and no comparison goes through a float."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.terms.typed.number import Exact, whole_or_fraction
from clew.tries.columns.lexical import PARTS

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]
Key = Any
"""What orders values exactly: a rational number, or a tuple of them."""


@dataclass(frozen=True, slots=True)
class DenseRanks:
    """``ids`` int64, of things in ascending order of their values, and the dense ``ranks`` int32 of these."""

    ids: Int64
    ranks: Int32

    @property
    def size(self) -> int:
        """How many different values there are."""
        return int(self.ranks[-1]) + 1 if len(self.ranks) else 0

    @property
    def first(self) -> Int64:
        """The lowest id of each rank."""
        starts = np.flatnonzero(np.diff(self.ranks, prepend=-1))
        return np.minimum.reduceat(self.ids, starts) if len(starts) else np.empty(0, np.int64)


def rank(
    ids: Int64,
    keys: Sequence[Int64],
    exact: Callable[[int], Key] | None = None,
    odd: Sequence[tuple[Key, int]] = (),
) -> DenseRanks:
    """Rank the things ``ids`` by ``keys`` (int64 arrays of the same length, the most significant first), and among them
    the ``odd`` ones, (key, id), whose keys fit in no such array; ``exact(i)`` is the key of ``ids[i]``.

    O(n log n) in compiled code, and O(log n) calls of ``exact`` for each odd one.
    """
    keys = [keys[0], *(key for key in keys[1:] if key.any())]
    order = np.lexsort(tuple(reversed(keys))) if len(keys) > 1 else np.argsort(keys[0], kind="stable")
    fresh = np.zeros(len(order), np.bool_)
    fresh[:1] = True
    for key in keys:
        fresh[1:] |= np.diff(key[order]) != 0
    found = ids[order]
    if odd and exact is not None:
        places, odd_fresh, odd_ids = _places(order, exact, sorted(odd, key=lambda pair: pair[0]))
        found, fresh = np.insert(found, places, odd_ids), np.insert(fresh, places, odd_fresh)
    return DenseRanks(found, (np.cumsum(fresh) - 1).astype(np.int32))


def _places(
    order: Int64, exact: Callable[[int], Key], odd: Sequence[tuple[Key, int]]
) -> tuple[list[int], list[bool], list[int]]:
    """Before which place of ``order`` each odd one comes, whether its value differs from the one before, and its id."""
    places, fresh = [], []
    last: Key = None
    for key, _ in odd:
        at = bisect_right(order, key, key=lambda place: exact(int(place)))
        places.append(at)
        fresh.append(key != last and (at == 0 or exact(int(order[at - 1])) != key))
        last = key
    return places, fresh, [i for _, i in odd]


def exact_number(whole: np.int64, part: np.int64) -> Exact:
    """Return ``whole + part / PARTS``."""
    return int(whole) if part == 0 else whole_or_fraction(int(whole) + Fraction(int(part), PARTS))


def in_parts(number: Exact) -> tuple[int, int] | None:
    """Return a number as (whole, part), None where it does not fit exactly."""
    whole = floor(number)
    part = (number - whole) * PARTS
    fits = -(2**63) <= whole < 2**63 and part == int(part)
    return (whole, int(part)) if fits else None
