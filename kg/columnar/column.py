"""A growing array of one type."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


class Column:
    """Values of one ``dtype`` in the order in which they came."""

    __slots__ = ("_array", "_count")

    def __init__(self, dtype: Any) -> None:
        self._array: Array = np.empty(256, dtype)
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def extend(self, values: Any, count: int | None = None) -> None:
        """Append ``values``: an array, or one value ``count`` times."""
        added = len(values) if count is None else count
        self._array = grown(self._array, self._count + added)
        self._array[self._count : self._count + added] = values
        self._count += added

    @property
    def values(self) -> Array:
        """All values so far (a view: valid until the next addition)."""
        return self._array[: self._count]

    def take(self) -> Array:
        """All values; the column is empty afterwards."""
        array, self._array = self._array, np.empty(0, self._array.dtype)
        array.resize(self._count, refcheck=False)
        self._count = 0
        return array


def grown(array: Array, needed: int) -> Array:
    """``array`` with room for ``needed`` items. ``resize`` is realloc, which moves pages instead of copying them."""
    if needed > len(array):
        array.resize(max(needed, len(array) + len(array) // 4), refcheck=False)
    return array
