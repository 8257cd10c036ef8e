"""Edges of every relation by their rank among that relation's edges, found in one pass over all edges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import kernel
from clew.kg.graph.walks import EdgeRows

Array = np.ndarray[Any, np.dtype[Any]]
Int64 = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Picks:
    """Some edges of each relation, in the order of the rows: relation r has ``ptr[r]:ptr[r + 1]`` of ``owner`` (int32,
    the node whose row the edge is in) and ``position`` (int64, its place among all edges)."""

    ptr: Int64
    owner: NDArray[np.int32]
    position: Int64

    def owners(self, relation: int) -> NDArray[np.int32]:
        """The owners of one relation's edges."""
        return self.owner[self.ptr[relation] : self.ptr[relation + 1]]


def pick(rows: EdgeRows, ranks: list[Int64]) -> Picks:
    """Return the edges of each relation r at ``ranks[r]``, ascending. Time: O(edges + nodes)."""
    ptr = np.concatenate(([0], np.cumsum([len(some) for some in ranks], dtype=np.int64))).astype(np.int64)
    wanted = np.concatenate([np.empty(0, np.int64), *ranks])
    owner, position = np.empty(len(wanted), np.int32), np.empty(len(wanted), np.int64)
    _pick(rows.ptr, rows.relation, ptr, wanted, owner, position)
    return Picks(ptr, owner, position)


def pick_each(rows: EdgeRows, wanted: Sequence[list[Int64]]) -> list[Picks]:
    """Return what ``pick`` returns for each list of ranks, found in one pass."""
    ranks = [_union(some) for some in zip(*wanted, strict=True)]
    found = pick(rows, ranks)
    return [_among(found, ranks, some) for some in wanted]


def _union(ranks: Sequence[Int64]) -> Int64:
    every = np.sort(np.concatenate(ranks), kind="stable")  # which merges what is in order already
    return every[np.diff(every, prepend=-1) > 0]


def _among(found: Picks, ranks: list[Int64], wanted: list[Int64]) -> Picks:
    """Some of the edges of each relation that were picked by ``ranks``."""
    firsts = found.ptr[:-1].tolist()
    rows = [first + np.searchsorted(all_, some) for first, all_, some in zip(firsts, ranks, wanted, strict=True)]
    at = np.concatenate([np.empty(0, np.int64), *rows])
    ptr = np.concatenate(([0], np.cumsum([len(some) for some in wanted], dtype=np.int64))).astype(np.int64)
    return Picks(ptr, found.owner[at], found.position[at])


def spread(size: int, most: int) -> Int64:
    """Return up to ``most`` of the ranks ``0 .. size - 1``, both ends among them, evenly spread."""
    return np.linspace(0, size - 1, min(size, most)).astype(np.int64)


def strides(size: int, least: int) -> Int64:
    """Return every n-th of the ranks ``0 .. size - 1``, at least ``least`` of them and less than twice as many (all,
    where there are fewer)."""
    return np.arange(0, size, max(1, size // least), dtype=np.int64)


@kernel
def _pick(ptr: Array, relation: Array, rank_ptr: Array, ranks: Array, owner: Array, position: Array) -> None:
    next_rank = rank_ptr[:-1].copy()
    passed = np.full(len(next_rank), -1, np.int64)  # edges of each relation to pass by up to the next; below 0: no next
    for r in range(len(next_rank)):
        if rank_ptr[r] < rank_ptr[r + 1]:
            passed[r] = ranks[rank_ptr[r]]
    node = 0
    for place in range(len(relation)):
        r = relation[place]
        if passed[r] > 0:
            passed[r] -= 1
        elif passed[r] == 0:
            while ptr[node + 1] <= place:
                node += 1
            at = next_rank[r]
            owner[at] = node
            position[at] = place
            next_rank[r] = at + 1
            passed[r] = ranks[at + 1] - ranks[at] - 1 if at + 1 < rank_ptr[r + 1] else -1
