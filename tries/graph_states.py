"""The rows of the graph automaton: parallel arrays, with a ragged list of elements per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from tries.constraint import Int32, Int64
from tries.graph_advance import gather
from tries.token_index import Int8


@dataclass(frozen=True, slots=True)
class GraphStates:
    """n rows with E elements in all; see ``tries.graph_kernels`` for what an element is.

    status: int8[n], alive, complete or dead.
    head: int32[n], the place each row started from.
    depth: int32[n], tokens of the current label taken so far; hop: int32[n], hops begun.
    trace: int32[n, 2 * max_hops], label classes of the relations and nodes spelled so far, -1 where none yet.
    elem_ptr: int64[n + 1]; lo, hi: int64[E]; seen: int32[E, max_hops] if walks must be simple, else int32[E, 0].
    """

    status: Int8
    head: Int32
    depth: Int32
    hop: Int32
    trace: Int32
    elem_ptr: Int64
    lo: Int64
    hi: Int64
    seen: Int32

    def __len__(self) -> int:
        return len(self.status)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        rows = np.asarray(rows, dtype=np.int64)
        return type(self)(
            self.status[rows], self.head[rows], self.depth[rows], self.hop[rows], self.trace[rows],
            *gather(rows, self.elem_ptr, self.lo, self.hi, self.seen),
        )  # fmt: skip

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        join = np.concatenate
        return type(self)(
            join([self.status, other.status]), join([self.head, other.head]), join([self.depth, other.depth]),
            join([self.hop, other.hop]), join([self.trace, other.trace]),
            join([self.elem_ptr, other.elem_ptr[1:] + self.elem_ptr[-1]]),
            join([self.lo, other.lo]), join([self.hi, other.hi]), join([self.seen, other.seen]),
        )  # fmt: skip
