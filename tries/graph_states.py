"""The rows of the graph automaton: parallel arrays, with a ragged list of elements per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from tries.constraint import Int32, Int64
from tries.graph_advance import gather


@dataclass(frozen=True, slots=True)
class GraphStates:
    """n rows with E elements in all; ``tries.graph_kernels`` names the columns and says what an element is.

    rows: int32[n, 4 + 2 * max_hops], status, head (place), depth (tokens of the current label), hop (hops begun), and
        the label classes spelled so far.
    elem_ptr: int64[n + 1], the elements of each row.
    elems: int32[E, 2], each a range of items; int32[E, 2 + max_hops] with the places visited if walks must be simple.
    """

    rows: Int32
    elem_ptr: Int64
    elems: Int32

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        rows = np.asarray(rows, dtype=np.int64)
        return type(self)(self.rows[rows], *gather(rows, self.elem_ptr, self.elems))

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(
            np.concatenate([self.rows, other.rows]),
            np.concatenate([self.elem_ptr, other.elem_ptr[1:] + self.elem_ptr[-1]]),
            np.concatenate([self.elems, other.elems]),
        )
