"""Sets of nodes reached by a relation path: compiled expansion over a graph's adjacency, interned by content."""

from __future__ import annotations

import numpy as np

from clew.kg import limits
from clew.kg.columnar import kernels
from clew.kg.columnar.compiled import frozen, kernel_of
from clew.kg.columnar.kernels import ALL_LIVE, NO_NODE
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Bool, Int32
from clew.tries.filters.filtered_graph import Walkable


@kernel_of(len)
def _digest(nodes: Int32) -> int:
    """Return a 64-bit FNV-1a digest of an array of node ids."""
    value = np.uint64(14695981039346656037)
    for v in nodes:
        value = (value ^ np.uint64(v)) * np.uint64(1099511628211)
    return int(value & np.uint64(0x7FFFFFFFFFFFFFFF))


class Frontiers:
    """The distinct (excluded node, set of nodes) pairs met so far, each with its relations, by small integer id.

    Where the graph asks something of a position or of the end, frontiers hold only the nodes from which a path can
    still be completed (``Walkable.live``, asked once per topic): one that is not empty can be, and a relation leads on
    if it reaches any such node. Frontiers at different hops are then different ones, whatever their nodes.

    Not safe for use by two threads at once: make one per question.

    Args:
        graph: the graph that is walked.
        hops: the fewest and the most hops of a path.
        forbidden: directed relation ids never taken.
        bound: largest set kept; a larger one is cut to its lowest ids and marked in ``cut``.
        through_literals: whether a walk may go on from a literal that is not its start.

    Raises:
        ValueError: a forbidden id outside ``[0, 2R)``.
        BadInput: a condition on a position that no path has.
    """

    def __init__(
        self,
        graph: Graph | Walkable,
        hops: tuple[int, int],
        forbidden: frozenset[int] = frozenset(),
        bound: int = limits.MAX_FRONTIER_NODES,
        through_literals: bool = False,
    ) -> None:
        self._positional = graph if isinstance(graph, Walkable) and graph.positional else None
        if self._positional is not None:
            self._positional.check_positions(hops[1])
        self._hops, self._masks = hops, dict[int, list[Bool]]()
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

        A walk goes on from any node of a root, and from any but the excluded one and the literals (unless
        ``through_literals``) of another frontier: a shared number or date is seldom a connection.
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
        onward = nodes if open_end else nodes[: np.searchsorted(nodes, self._num_entities)]
        self._onward.append(onward if hop == 0 or excluded == NO_NODE else onward[onward != excluded])
        return bucket[-1]

    def _excluded_after(self, frontier: int) -> int:
        """Return the node that no walk comes to by the next hop: only a self-loop, as the first, leads to a topic."""
        return NO_NODE if self.hop[frontier] == 0 else self.excluded[frontier]

    def relations(self, frontier: int) -> Int32:
        """Return the directed relations that lead from the frontier to some node not excluded, ascending."""
        known = self._relations[frontier]
        if known is None:
            self._marks[:] = False
            nodes, excluded = self._onward[frontier], self._excluded_after(frontier)
            live = self._live_after(frontier)
            for side, (ptr, relation, node) in enumerate(self._sides):
                offset = side * self._num_relations
                kernels.mark_relations(ptr, relation, node, nodes, excluded, live, self._marks, offset)
            self._marks[self._forbidden] = False
            known = self._relations[frontier] = np.flatnonzero(self._marks).astype(np.int32)
        return known

    def step(self, frontier: int, relation: int) -> int:
        """Return the frontier reached by a directed relation that ``relations`` lists."""
        known = self._next.get((frontier, relation))
        if known is None:
            side, r = divmod(relation, self._num_relations)
            ptr, rel, node = self._sides[side]
            nodes, excluded = self._onward[frontier], self._excluded_after(frontier)
            live = self._live_after(frontier)
            found = kernels.expand_rows(ptr, rel, node, nodes, r, excluded, live, self._seen)
            cut = self.cut[frontier] or len(found) > self._bound
            hop = 1 if self._positional is None else self.hop[frontier] + 1
            known = self.add(found[: self._bound], self.excluded[frontier], cut, hop)
            self._next[frontier, relation] = known
        return known

    def _live_after(self, frontier: int) -> Bool:
        """Return the mask of nodes that count one hop behind a frontier; empty: all do."""
        if self._positional is None:
            return ALL_LIVE
        topic = self.excluded[frontier]
        if topic not in self._masks:
            masks = self._positional.live(topic, self._hops, self._through_literals, self._forbidden)
            self._masks[topic] = [frozen(mask) for mask in masks]
        return self._masks[topic][self.hop[frontier]]

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
