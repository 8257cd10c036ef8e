"""Compares an answer of any shape with a list of answers, each of which may be given in several texts."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from fractions import Fraction

from clew.evaluation.metrics.cells import Cell, cell_of, close

_NEAR = Fraction(1, 1000)
"""Relative distance beyond which two numbers differ within their first four digits."""


class Accepted:
    """The texts that count as each right answer. Numbers are compared as ``close`` does."""

    def __init__(self, groups: Sequence[Iterable[str]]) -> None:
        self._by_text: dict[str, set[int]] = {}
        numbers: list[tuple[Fraction, int]] = []
        for i, group in enumerate(groups):
            for cell in map(cell_of, group):
                if isinstance(cell, str):
                    self._by_text.setdefault(cell, set()).add(i)
                else:
                    numbers.append((cell, i))
        self._numbers = sorted(numbers)

    def found_by(self, cells: Iterable[Cell]) -> set[int]:
        """Return the numbers of the right answers that any of some cells is; empty means that they are wrong."""
        return set().union(*(self._found(cell) for cell in cells))

    def _found(self, cell: Cell) -> set[int]:
        if isinstance(cell, str):
            return self._by_text.get(cell, set())
        reach = abs(cell) * _NEAR
        low = bisect_left(self._numbers, cell - reach, key=lambda pair: pair[0])
        high = bisect_right(self._numbers, cell + reach, key=lambda pair: pair[0])
        return {i for number, i in self._numbers[low:high] if close(number, cell)}
