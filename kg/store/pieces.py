"""Arrays that are made piece by piece, so that a large one is written to a file without ever being in memory whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

PIECE = 1 << 16
"""Rows made at a time: few enough to be in the processor's cache still when they are written."""


@dataclass(frozen=True, slots=True)
class PiecewiseArray:
    """An array of one dimension: ``size`` elements of type ``dtype``, which ``make`` makes in order, some at a time."""

    dtype: np.dtype[Any]
    size: int
    make: Callable[[], Iterator[Array]]

    def __iter__(self) -> Iterator[Array]:
        """The pieces, of the array's type."""
        return (np.ascontiguousarray(piece.astype(self.dtype, copy=False)) for piece in self.make())

    def joined(self) -> Array:
        """The whole array, in memory."""
        return np.concatenate([np.empty(0, self.dtype), *self])


def fewer(parts: Iterable[Array]) -> Iterator[Array]:
    """The same elements in fewer arrays: short ones are joined, long ones are given as they are."""
    held: list[Array] = []
    size = 0
    for part in parts:
        if held and size + len(part) > PIECE:
            yield np.concatenate(held)
            held, size = [], 0
        if len(part) > PIECE:
            yield part
        else:
            held.append(part)
            size += len(part)
    if held:
        yield np.concatenate(held)
