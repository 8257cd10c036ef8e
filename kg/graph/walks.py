"""Traversal along directed relations, shared by graphs and filtered graphs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clew.kg.columnar import kernels
from clew.kg.errors import UnknownNode, UnknownRelation

Nodes = NDArray[np.int32]


@dataclass(frozen=True)
class EdgeRows:
    """Rows of edges by node: row ``i`` is ``ptr[i]:ptr[i+1]`` of ``relation`` and ``node``, sorted by both.

    ``ptr`` int64[num_nodes + 1]; ``relation`` int32[E]; ``node`` int32[E], the other end of the edge.
    """

    ptr: NDArray[np.int64]
    relation: NDArray[np.int32]
    node: NDArray[np.int32]


class Walks:
    """Rows of edges in both directions, walked by directed relations ``[0, 2R)``; ``r + R`` is the inverse of r."""

    name: str
    out: EdgeRows
    inc: EdgeRows
    num_nodes: int
    num_relations: int

    def relations_of(self, node: int) -> NDArray[np.int32]:
        """The distinct directed relations that leave a node, ascending."""
        return self.frontier_relations(np.array([self._checked(node)], np.int32))

    def neighbours(self, node: int, r: int) -> Nodes:
        """The nodes that directed relation ``r`` reaches from ``node``, ascending (a read-only view)."""
        side, relation = self._side(r)
        low, high = kernels.run_of(side.relation, *self._row(side, node), relation)
        return side.node[low:high]

    def runs(self, nodes: ArrayLike, r: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Where what directed relation ``r`` reaches from each of ``nodes`` begins and ends among the edges on its side
        (``out``, of an inverse ``inc``); each int64[len(nodes)]."""
        side, relation = self._side(r)
        starts = self._checked_nodes(nodes)
        first, last = np.empty(len(starts), np.int64), np.empty(len(starts), np.int64)
        kernels.runs_of(side.ptr, side.relation, starts, relation, first, last)
        return first, last

    def expand(self, nodes: ArrayLike, r: int) -> Nodes:
        """The distinct nodes, ascending, that directed relation ``r`` reaches from any of ``nodes``. Raises
        ``OutOfTime``."""
        side, relation = self._side(r)
        starts, seen = self._checked_nodes(nodes), np.zeros(self.num_nodes, np.bool_)
        reached: Nodes = kernels.expand_rows(
            side.ptr, side.relation, side.node, starts, relation, kernels.NO_NODE, kernels.ALL_LIVE, seen
        )
        return reached

    def frontier_relations(self, nodes: ArrayLike) -> NDArray[np.int32]:
        """The distinct directed relations, ascending, that leave any of ``nodes``. Raises ``OutOfTime``."""
        starts, seen = self._checked_nodes(nodes), np.zeros(2 * self.num_relations, np.bool_)
        for side, offset in ((self.out, 0), (self.inc, self.num_relations)):
            kernels.mark_relations(
                side.ptr, side.relation, side.node, starts, kernels.NO_NODE, kernels.ALL_LIVE, seen, offset
            )
        return np.flatnonzero(seen).astype(np.int32)

    # --- checks
    def _checked(self, node: int) -> int:
        if not 0 <= node < self.num_nodes:
            raise UnknownNode(f"no node {node} in graph {self.name!r}, which has {self.num_nodes} nodes")
        return node

    def _checked_nodes(self, nodes: ArrayLike) -> Nodes:
        array = np.ascontiguousarray(nodes, np.int32)
        if len(array) and (array.min() < 0 or array.max() >= self.num_nodes):
            raise UnknownNode(f"node outside 0 .. {self.num_nodes - 1} in graph {self.name!r}")
        return array

    def _checked_relation(self, r: int) -> int:
        if not 0 <= r < 2 * self.num_relations:
            raise UnknownRelation(
                f"no directed relation {r} in graph {self.name!r}, which has {self.num_relations} relations"
            )
        return r

    def _side(self, r: int) -> tuple[EdgeRows, int]:
        """The rows in which directed relation ``r`` is walked, and its forward relation."""
        self._checked_relation(r)
        return (self.inc, r - self.num_relations) if r >= self.num_relations else (self.out, r)

    def _row(self, side: EdgeRows, node: int) -> tuple[int, int]:
        self._checked(node)
        return int(side.ptr[node]), int(side.ptr[node + 1])
