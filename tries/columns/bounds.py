"""``ValueBounds``: the numbers of the values that fulfil a condition, found by binary search."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from clew.kg.terms.typed.comparison import Comparison, amount_of
from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.typed.value import TypedValue
from clew.tries.columns.ranking import Int32

Moment = tuple[Exact, bool]
"""As ``Interval.last``."""


class ValueBounds(NamedTuple):
    """Values numbered ``low .. high - 1``; where ``ends`` is given, of these the ones whose end has a lower rank."""

    low: int
    high: int
    ends: int | None = None

    def hold(self, numbers: Int32, end: Int32) -> NDArray[np.bool_]:
        """Which of some numbers fulfil the condition; ``end`` holds the rank of each value's end."""
        holds: NDArray[np.bool_] = (self.low <= numbers) & (numbers < self.high)
        if self.ends is not None:
            holds[holds] = end[numbers[holds]] < self.ends
        return holds


@dataclass(frozen=True)
class SortedValues:
    """The values of one group, numbered ``first .. stop - 1`` in ascending order; ``by_end`` has them in the order of
    their ends, ``end`` the rank of each one's end, ``value`` the value of a number."""

    first: int
    stop: int
    by_end: Int32
    end: Int32
    value: Callable[[int], TypedValue]

    def bounds(self, op: Comparison, literal: TypedValue) -> ValueBounds:
        """Return the bounds of the values v with ``compare(v, op, literal)``, which must be comparable. O(log V)."""
        if isinstance(literal, Interval):
            return self._bounds_of_times(op, literal)
        wanted, numbers = amount_of(literal), range(self.first, self.stop)
        low = self.first + bisect_left(numbers, wanted, key=lambda v: amount_of(self.value(v)))
        high = self.first + bisect_right(numbers, wanted, key=lambda v: amount_of(self.value(v)))
        return {
            Comparison.EQUAL: ValueBounds(low, high),
            Comparison.BELOW: ValueBounds(self.first, low),
            Comparison.AT_MOST: ValueBounds(self.first, high),
            Comparison.ABOVE: ValueBounds(high, self.stop),
            Comparison.AT_LEAST: ValueBounds(low, self.stop),
        }[op]

    def _bounds_of_times(self, op: Comparison, literal: Interval) -> ValueBounds:
        start = (literal.start, False)
        if op is Comparison.ABOVE:
            return ValueBounds(self._from(literal.last), self.stop)
        if op is Comparison.AT_LEAST:
            return ValueBounds(self._from(start), self.stop)
        if op is Comparison.BELOW:
            return ValueBounds(self.first, self._from(start), self._ended_by(start))
        low = self._from(start) if op is Comparison.EQUAL else self.first
        return ValueBounds(low, self._from(literal.last), self._ended_by(literal.last))

    def _from(self, moment: Moment) -> int:
        """The first value that starts at a moment or later."""
        numbers = range(self.first, self.stop)
        return self.first + bisect_left(numbers, moment, key=lambda v: (self._interval(v).start, False))

    def _ended_by(self, moment: Moment) -> int:
        """The rank of the first end after a moment."""
        numbers = range(self.first, self.stop)
        at = self.first + bisect_right(numbers, moment, key=lambda v: self._interval(int(self.by_end[v])).last)
        return self.stop if at == self.stop else int(self.end[self.by_end[at]])

    def _interval(self, number: int) -> Interval:
        return cast(Interval, self.value(number))
