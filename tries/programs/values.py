"""The port through which programs read numbers and times: where a value lies on the scale of its kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clew.kg.proof.program import ValuesRead
from clew.kg.terms.literal import Literal
from clew.tries.constraint import Bool, Int64

NO_KIND = -1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value lies: ``kind`` (values of different kinds never compare), and the first and the last point that it
    covers on the scale of its kind. A number is one point; a year covers all its days."""

    kind: int
    first: int
    last: int


class Values(Protocol):
    """The values of a graph's literals.

    Of two of a kind, one is before another (``<``) if its last point is before the other's first, at most the other
    (``<=``) if it does not end after it, and equal (``=``, "in 1990") if the other covers it, as in
    ``clew.kg.terms.typed.comparison``.
    """

    kind: NDArray[np.int16]
    """By literal (node id less the number of entities): ``NO_KIND`` where it has no value."""
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    relation_kind: NDArray[np.int16]
    """By forward relation: the kind that most of its values have, the only one compared; ``NO_KIND``: it has none."""
    numeric: frozenset[int]
    """The kinds that are numbers."""

    def place(self, literal: Literal) -> Place | None:
        """Return where a literal that may not be in the graph lies; None for one without a value."""

    def reads(self, relation: int) -> ValuesRead:
        """Return how the values of a forward relation are read."""

    def exact(self, node: int) -> Any:
        """Return the exact value of a literal node, as sums need it (int, Decimal or Fraction)."""


def compares(how: str, first: Int64, last: Int64, other: Place) -> Bool:
    """Return whether values from ``first`` to ``last`` compare so with another of their kind."""
    at_most, at_least = last <= other.last, first >= other.first
    found = {"<": last < other.first, "<=": at_most, "=": at_most & at_least, ">=": at_least, ">": first > other.last}
    return found[how]
