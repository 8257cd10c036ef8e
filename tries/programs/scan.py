"""Compiled looks over the edges of a set of nodes: what tells which tokens of a program change the set.

Rows of edges are sorted by (relation, node), so that a relation's edges of a node are one run.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import kernel
from clew.kg.limits import MAX_EDGES_PER_LOOK
from clew.kg.time_limit import look
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.programs.values import Place

Int16 = NDArray[np.int16]


@kernel
def _degrees(ptr: Int64, relation: Int32, nodes: Int32, at: int, edges: int, low: Int64, high: Int64) -> int:
    """Lower ``low[r]`` and raise ``high[r]`` to the runs of each relation in the rows of ``nodes[at:]``, until some
    ``edges`` are looked at; return where to go on."""
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r, start = relation[i], i
            while i < end and relation[i] == r:
                i += 1
            low[r] = min(low[r], i - start)
            high[r] = max(high[r], i - start)
    return at


@kernel
def _extremes(
    ptr: Int64, relation: Int32, node: Int32, nodes: Int32, at: int, edges: int, entities: int, kind: Int16,
    first: Int64, wanted: Int16, least: Int64, most: Int64, count: Int64
) -> int:  # fmt: skip
    """Of each relation, over the values of its kind: bound in ``least[r]`` and ``most[r]`` the least (column 0) and the
    greatest (column 1) value of a node, count in ``count[r]`` the nodes that have one; as ``_degrees`` goes on."""
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r, seen = relation[i], False
            low = high = first[0] if len(first) else 0
            while i < end and relation[i] == r:
                value = node[i] - entities
                if value >= 0 and wanted[r] >= 0 and kind[value] == wanted[r]:
                    low = min(low, first[value]) if seen else first[value]
                    high = max(high, first[value]) if seen else first[value]
                    seen = True
                i += 1
            if seen:
                count[r] += 1
                least[r, 0], most[r, 0] = min(least[r, 0], low), max(most[r, 0], low)
                least[r, 1], most[r, 1] = min(least[r, 1], high), max(most[r, 1], high)
    return at


@kernel
def _comparisons(
    ptr: Int64, relation: Int32, node: Int32, nodes: Int32, at: int, edges: int, entities: int, kind: Int16,
    first: Int64, last: Int64, wanted: Int16, place: Int64, count: Int64
) -> int:  # fmt: skip
    """Count, for each relation and comparison, the nodes with a value that compares so with ``place`` (kind, first,
    last); as ``_degrees`` goes on."""
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r = relation[i]
            below = at_most = equal = at_least = above = False
            while i < end and relation[i] == r:
                value = node[i] - entities
                if value >= 0 and wanted[r] == place[0] and kind[value] == place[0]:
                    low, high = first[value], last[value]
                    below |= high < place[1]
                    at_most |= high <= place[2]
                    equal |= high <= place[2] and low >= place[1]
                    at_least |= low >= place[1]
                    above |= low > place[2]
                i += 1
            count[r, 0] += below
            count[r, 1] += at_most
            count[r, 2] += equal
            count[r, 3] += at_least
            count[r, 4] += above
    return at


@kernel
def _mark_neighbours(ptr: Int64, node: Int32, nodes: Int32, at: int, edges: int, mask: Bool) -> int:
    """Mark the nodes at the other ends of the edges of ``nodes[at:]``; as ``_degrees`` goes on."""
    while at < len(nodes) and edges > 0:
        start, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - start
        for i in range(start, end):
            mask[node[i]] = True
    return at


class Side:
    """The edges of one direction, of R relations and N nodes."""

    def __init__(self, ptr: Int64, relation: Int32, node: Int32, num_relations: int) -> None:
        self.ptr, self.relation, self.node, self.num_relations = ptr, relation, node, num_relations

    def degrees(self, nodes: Int32) -> tuple[Int64, Int64]:
        """Return, by relation, the fewest and the most edges of any of the nodes that has one; int64 ``[R]`` each.
        Raises ``OutOfTime``."""
        low, high = np.full(self.num_relations, np.iinfo(np.int64).max), np.zeros(self.num_relations, np.int64)
        at = 0
        while at < len(nodes):
            look()
            at = _degrees(self.ptr, self.relation, nodes, at, MAX_EDGES_PER_LOOK, low, high)
        return low, high

    def mark_neighbours(self, nodes: Int32, mask: Bool) -> None:
        """Mark, in bool ``[N]``, the nodes at the other ends of the nodes' edges. Raises ``OutOfTime``."""
        at = 0
        while at < len(nodes):
            look()
            at = _mark_neighbours(self.ptr, self.node, nodes, at, MAX_EDGES_PER_LOOK, mask)


class Scales:
    """The values of literals, as arrays for kernels: see ``Values``."""

    def __init__(self, side: Side, entities: int, kind: Int16, first: Int64, last: Int64, wanted: Int16) -> None:
        self.side, self.entities = side, entities
        self.kind, self.first, self.last, self.wanted = kind, first, last, wanted

    def extremes(self, nodes: Int32) -> tuple[Bool, Int64]:
        """Return bool ``[R, 2]``: whether the nodes differ in their least (column 0) and in their greatest value, by
        relation; and how many of them have a value, int64 ``[R]``. Raises ``OutOfTime``."""
        bounds, size = np.iinfo(np.int64), self.side.num_relations
        least, most, count = np.full((size, 2), bounds.max), np.full((size, 2), bounds.min), np.zeros(size, np.int64)
        at = 0
        while at < len(nodes):
            look()
            at = _extremes(
                self.side.ptr, self.side.relation, self.side.node, nodes, at, MAX_EDGES_PER_LOOK, self.entities,
                self.kind, self.first, self.wanted, least, most, count,
            )  # fmt: skip
        return least < most, count

    def comparisons(self, nodes: Int32, place: Place) -> Int64:
        """Return int64 ``[R, 5]``: of how many nodes some value compares so with ``place``, by relation and by
        ``COMPARISONS``. Raises ``OutOfTime``."""
        count = np.zeros((self.side.num_relations, 5), np.int64)
        asked = np.array([place.kind, place.first, place.last], np.int64)
        at = 0
        while at < len(nodes):
            look()
            at = _comparisons(
                self.side.ptr, self.side.relation, self.side.node, nodes, at, MAX_EDGES_PER_LOOK, self.entities,
                self.kind, self.first, self.last, self.wanted, asked, count,
            )  # fmt: skip
        return count
