"""Frontiers under conditions on positions or on the end: only the nodes from which a path can still be completed."""

from __future__ import annotations

import numpy as np

from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.relations.frontier import Frontiers


class LiveFrontiers(Frontiers):
    """``Frontiers`` whose nodes after h hops are live there: see ``Walkable.live``, asked once per topic.

    So a frontier that is not empty can be completed, and a relation leads on if it reaches any live node. Frontiers
    at different hops are different ones, whatever their nodes.

    ``hops``: the fewest and the most hops of a path. The other arguments are those of ``Frontiers``.
    """

    def __init__(
        self,
        walkable: Walkable,
        forbidden: frozenset[int],
        bound: int,
        through_literals: bool,
        hops: tuple[int, int],
    ) -> None:
        super().__init__(walkable, forbidden, bound, through_literals)
        walkable.check_positions(hops[1])
        self._walkable, self._hops = walkable, hops
        self._live: dict[int, list[Bool]] = {}

    def relations(self, frontier: int) -> Int32:
        """Return the directed relations that lead from the frontier to some live node, ascending."""
        known = self._relations[frontier]
        if known is None:
            live = self._live_after(frontier)
            self._marks[:] = False
            for side, (ptr, relation, node) in enumerate(self._sides):
                edges = _ranges(ptr, self._onward[frontier])
                found = relation[edges[live[node[edges]]]]
                self._marks[side * self._num_relations + found.astype(np.int64)] = True
            self._marks[self._forbidden] = False
            known = self._relations[frontier] = np.flatnonzero(self._marks).astype(np.int32)
        return known

    def _after(self, frontier: int, nodes: Int32, cut: bool) -> int:
        live = self._live_after(frontier)
        return self.add(nodes[live[nodes]], self.excluded[frontier], cut, self.hop[frontier] + 1)

    def _live_after(self, frontier: int) -> Bool:
        topic, hop = self.excluded[frontier], self.hop[frontier] + 1
        if topic not in self._live:
            self._live[topic] = self._walkable.live(topic, self._hops, self._through_literals, self._forbidden)
        return self._live[topic][hop - 1]


def _ranges(ptr: Int64, nodes: Int32) -> Int64:
    """Return the indices ``ptr[v] .. ptr[v + 1] - 1`` of every node, one after another."""
    counts = ptr[nodes + 1] - ptr[nodes]
    ends = np.cumsum(counts)
    found: Int64 = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(ptr[nodes] - (ends - counts), counts)
    return found
