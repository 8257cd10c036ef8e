"""The rows of the torch automaton: fixed shapes, so that a step is the same kernels whatever the rows hold."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import torch
from torch import Tensor

from clew.tries.constraint import Int64
from clew.tries.entities.kernels import DEAD, HI, LO, SEEN, STATUS
from clew.tries.entities.states import GraphStates


@dataclass(frozen=True)
class TorchStates:
    """n rows of at most ``slots`` elements.

    rows: int64[n, 4 + 2 * max_hops], as in ``GraphStates``.
    lo, hi: int64[n, slots], the range of each element, empty where equal.
    seen: int64[n, slots, max_hops], the places each element visited, where walks must be simple; else [n, slots, 0].
    overflow: bool[n], whether the row died for want of slots, budget or patience, and must be replayed on the CPU.
    """

    rows: Tensor
    lo: Tensor
    hi: Tensor
    seen: Tensor
    overflow: Tensor

    def __len__(self) -> int:
        return len(self.rows)

    def tensors(self) -> tuple[Tensor, ...]:
        """Return the five tensors in the order of the fields."""
        return tuple(getattr(self, field.name) for field in fields(self))

    def take(self, rows: Int64 | Tensor) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        at = torch.as_tensor(rows, dtype=torch.int64, device=self.rows.device)
        return type(self)(*(tensor[at] for tensor in self.tensors()))

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(*(torch.cat(pair) for pair in zip(self.tensors(), other.tensors(), strict=True)))

    @classmethod
    def of(cls, states: GraphStates, slots: int, device: torch.device) -> Self:
        """Return the rows of the graph automaton on a device; those with too many elements are dead and marked."""
        size = np.diff(states.elem_ptr)
        width = states.elems.shape[1] - SEEN
        rows = states.rows.astype(np.int64)
        lo, hi = np.zeros((2, len(states), slots), np.int64)
        seen = np.full((len(states), slots, width), -1, np.int64)
        for b in np.flatnonzero(size <= slots):
            elements = states.elems[states.elem_ptr[b] : states.elem_ptr[b + 1]]
            lo[b, : len(elements)], hi[b, : len(elements)] = elements[:, LO], elements[:, HI]
            seen[b, : len(elements)] = elements[:, SEEN:]
        rows[size > slots, STATUS] = DEAD
        return cls(*(torch.from_numpy(array).to(device) for array in (rows, lo, hi, seen, size > slots)))
