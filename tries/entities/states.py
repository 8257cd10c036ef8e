"""The rows of the graph automaton: parallel arrays, with a ragged list of elements per row, packed into one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from clew.tries.constraint import Int32, Int64
from clew.tries.entities.advance import gather
from clew.tries.entities.kernels import COUNT, POINTERS


@dataclass(frozen=True, slots=True, eq=False)
class GraphStates:
    """n rows with E elements in all; ``clew.tries.entities.kernels`` names the columns and says what an element is.

    packed: int32[..], the three below one after another, behind their sizes; never written to once made.
    """

    packed: Int32

    @classmethod
    def of(cls, rows: Int32, elem_ptr: Int64, elems: Int32) -> Self:
        """Pack rows; see the properties of these names."""
        sizes = [len(rows), rows.shape[1], elems.shape[1]]
        return cls(np.concatenate([sizes, elem_ptr, rows.ravel(), elems.ravel()]).astype(np.int32))

    @property
    def elem_ptr(self) -> Int32:
        """int32[n + 1], the elements of each row."""
        return self.packed[POINTERS : POINTERS + len(self) + 1]

    @property
    def rows(self) -> Int32:
        """int32[n, 4 + 2 * max_hops], status, head (place), depth (tokens of the current label), hop (hops begun), and
        the label classes spelled so far."""
        count, width, _ = self.packed[:POINTERS].tolist()
        begin = POINTERS + count + 1
        return self.packed[begin : begin + count * width].reshape(count, width)

    @property
    def elems(self) -> Int32:
        """int32[E, 2], each a range of items; int32[E, 2 + max_hops] with the places visited if walks are simple."""
        count, width, elem_width = self.packed[:POINTERS].tolist()
        return self.packed[POINTERS + count + 1 + count * width :].reshape(-1, elem_width)

    def __len__(self) -> int:
        return int(self.packed[COUNT])

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order; IndexError for one that is not there."""
        rows = np.asarray(rows, dtype=np.int64)
        if len(rows) and not 0 <= rows.min() <= rows.max() < len(self):
            raise IndexError(f"rows {rows.min()} .. {rows.max()} of {len(self)}")
        return type(self)(gather(rows, self.packed))

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self).of(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.elem_ptr, other.elem_ptr[1:] + self.elem_ptr[-1]]),
            np.concatenate([self.elems, other.elems]),
        )
