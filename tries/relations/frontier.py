"""Sets of nodes reached by a relation path: compiled expansion over a graph's adjacency, interned by content."""

from __future__ import annotations

import numpy as np

from clew.kg import limits
from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.filters.filtered_graph import Walkable

NO_NODE = -1


@kernel
def _after(relation: Int32, low: int, high: int) -> int:
    """Return the first index in ``[low + 1, high)`` whose relation differs from that at low (galloping)."""
    value = relation[low]
    step = 1
    left = low
    while left + step < high and relation[left + step] == value:
        left += step
        step *= 2
    right = min(left + step, high)
    left += 1
    while left < right:
        middle = (left + right) >> 1
        if relation[middle] == value:
            left = middle + 1
        else:
            right = middle
    return left


@kernel
def _first(relation: Int32, low: int, high: int, value: int) -> int:
    """Return the first index in ``[low, high)`` whose relation is at least ``value``."""
    while low < high:
        middle = (low + high) >> 1
        if relation[middle] < value:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def _mark_relations(
    ptr: Int64, relation: Int32, node: Int32, nodes: Int32, excluded: int, offset: int, marks: Bool
) -> None:
    """Mark ``offset + r`` for each r that leads from any of the nodes to a node other than ``excluded``."""
    for v in nodes:
        low, end = ptr[v], ptr[v + 1]
        while low < end:
            high = _after(relation, low, end)
            if not marks[offset + relation[low]]:
                for i in range(low, high):
                    if node[i] != excluded:
                        marks[offset + relation[low]] = True
                        break
            low = high


@kernel
def _expand(
    ptr: Int64, relation: Int32, node: Int32, nodes: Int32, r: int, excluded: int, seen: Bool, bound: int
) -> tuple[Int32, bool]:
    """Return the distinct nodes but ``excluded`` that r reaches, ascending, and whether ``bound`` cut them short."""
    size = 0
    for v in nodes:
        low = _first(relation, ptr[v], ptr[v + 1], r)
        size += _first(relation, low, ptr[v + 1], r + 1) - low
    found = np.empty(min(size, len(seen)), np.int32)
    count = 0
    for v in nodes:
        low = _first(relation, ptr[v], ptr[v + 1], r)
        while low < ptr[v + 1] and relation[low] == r:
            target = node[low]
            if target != excluded and not seen[target]:
                seen[target] = True
                found[count] = target
                count += 1
            low += 1
    found = found[:count]
    if count > len(seen) >> 5:  # a scan of the marks is cheaper than sorting
        k = 0
        for target in range(len(seen)):
            if seen[target]:
                found[k] = target
                k += 1
                seen[target] = False
    else:
        found.sort()
        for target in found:
            seen[target] = False
    return found[:bound].copy(), count > bound


@kernel
def _digest(nodes: Int32) -> int:
    """Return a 64-bit FNV-1a digest of an array of node ids."""
    value = np.uint64(14695981039346656037)
    for v in nodes:
        value = (value ^ np.uint64(v)) * np.uint64(1099511628211)
    return int(value & np.uint64(0x7FFFFFFFFFFFFFFF))


class Frontiers:
    """The distinct (excluded node, set of nodes) pairs met so far, each with its relations, by small integer id.

    Not safe for use by two threads at once: make one per question.

    Args:
        graph: the graph that is walked.
        forbidden: directed relation ids never taken.
        bound: largest set kept; a larger one is cut to its lowest ids and marked in ``cut``.
        through_literals: whether a walk may go on from a literal that is not its start.
    """

    def __init__(
        self,
        graph: Graph | Walkable,
        forbidden: frozenset[int] = frozenset(),
        bound: int = limits.MAX_FRONTIER_NODES,
        through_literals: bool = False,
    ) -> None:
        out, inc = graph.out, graph.inc
        self._sides = tuple((frozen(a.ptr), frozen(a.relation), frozen(a.node)) for a in (out, inc))
        self._num_relations = graph.num_relations
        self._forbidden = np.array(sorted(forbidden), dtype=np.int64)
        if len(self._forbidden) and not 0 <= self._forbidden[0] <= self._forbidden[-1] < 2 * graph.num_relations:
            raise ValueError(f"forbidden relation ids must lie in [0, {2 * graph.num_relations})")
        self._bound, self._through_literals, self._num_entities = bound, through_literals, graph.num_entities
        self._seen = np.zeros(graph.num_nodes, dtype=np.bool_)
        self._marks = np.zeros(2 * graph.num_relations, dtype=np.bool_)
        self.nodes: list[Int32] = []
        self.excluded: list[int] = []
        self.cut: list[bool] = []
        self.hop: list[int] = []
        self._relations: list[Int32 | None] = []
        self._onward: list[Int32] = []
        self._by_digest: dict[tuple[int, int, int], list[int]] = {}
        self._next: dict[tuple[int, int], int] = {}
        self._alive: dict[tuple[int, int], bool] = {}

    def __len__(self) -> int:
        return len(self.nodes)

    def add(self, nodes: Int32, excluded: int = NO_NODE, cut: bool = False, hop: int = 0) -> int:
        """Return the id of this set of nodes (ascending) under this exclusion, interning it if new. ``hop``: 0 for the
        root of walks, else how many hops it lies behind one, or 1 where that does not matter.

        A walk goes on from any node of a root, and from any but the literals of another frontier (unless
        ``through_literals``): a shared number or date is seldom a connection.
        """
        bucket = self._by_digest.setdefault((excluded, hop, int(_digest(nodes))), [])
        for known in bucket:
            if self.cut[known] == cut and np.array_equal(self.nodes[known], nodes):
                return known
        bucket.append(len(self.nodes))
        self.nodes.append(nodes)
        self.excluded.append(excluded)
        self.cut.append(cut)
        self._relations.append(None)
        self.hop.append(hop)
        open_end = hop == 0 or self._through_literals
        self._onward.append(nodes if open_end else nodes[: np.searchsorted(nodes, self._num_entities)])
        return bucket[-1]

    def relations(self, frontier: int) -> Int32:
        """Return the directed relations that lead from the frontier to some node not excluded, ascending."""
        known = self._relations[frontier]
        if known is None:
            self._marks[:] = False
            for side, (ptr, relation, node) in enumerate(self._sides):
                offset = side * self._num_relations
                _mark_relations(
                    ptr, relation, node, self._onward[frontier], self.excluded[frontier], offset, self._marks
                )
            self._marks[self._forbidden] = False
            known = self._relations[frontier] = np.flatnonzero(self._marks).astype(np.int32)
        return known

    def step(self, frontier: int, relation: int) -> int:
        """Return the frontier reached by a directed relation that ``relations`` lists."""
        known = self._next.get((frontier, relation))
        if known is None:
            side, r = divmod(relation, self._num_relations)
            ptr, rel, node = self._sides[side]
            excluded = self.excluded[frontier]
            nodes, cut = _expand(ptr, rel, node, self._onward[frontier], r, excluded, self._seen, self._bound)
            known = self._after(frontier, nodes, cut or self.cut[frontier])
            self._next[frontier, relation] = known
        return known

    def _after(self, frontier: int, nodes: Int32, cut: bool) -> int:
        """Return the frontier of the nodes that a relation has reached from another."""
        return self.add(nodes, self.excluded[frontier], cut, hop=1)

    def continues(self, frontier: int, hops: int) -> bool:
        """Return whether some relation path of this many further hops leaves the frontier."""
        if hops <= 0:
            return True
        key = (frontier, hops)
        known = self._alive.get(key)
        if known is None:
            relations = self.relations(frontier)
            if hops == 1:
                known = len(relations) > 0
            else:
                known = any(self.continues(self.step(frontier, int(r)), hops - 1) for r in relations)
            self._alive[key] = known
        return known
