"""The constraint at relation-path granularity: each directed relation is one token.

A relation path ``topic -r1-> .. -rh->`` is in the language if at least one instance of it is in the graph. A row
stands for a prefix; behind each prefix is its *frontier*, the set of nodes that its instances reach, so nothing is
ever enumerated. Frontiers are computed when first needed and shared by every row and every prefix that reaches them.
"""

from __future__ import annotations

import numpy as np

from clew.kg import limits
from clew.kg.columnar.kernels import NO_NODE
from clew.kg.errors import UnknownNode
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Int32
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.prefix_tree import DEAD, PrefixStates, PrefixTree
from clew.tries.relations.frontier import Frontiers

_NONE = np.empty(0, dtype=np.int32)


class RelationAutomaton(PrefixTree):
    """Relation paths of ``min_hops .. max_hops`` hops as strings of directed relation ids; a ``Constraint``.

    Token ids are directed relations ``[0, 2R)``; ``end_token`` is ``2R``. Unless ``revisit_topic``, no instance steps
    back onto the topic (the node the row started from), but by a self-loop that is the whole path; unless
    ``through_literals``, a literal ends a path (a topic may be one). No token leads to a dead end. Given a
    ``Walkable``, only instances that meet its filter count: a relation path is in the language if one of them does.

    Memory: the frontiers met. Time of a new frontier: linear in the adjacency of the one before it; of a known one: a
    dictionary look-up. Not safe for use by two threads at once: make one per question (a few microseconds).

    Raises:
        ValueError: not ``1 <= min_hops <= max_hops``, or a forbidden id outside ``[0, 2R)``.
        BadInput: a condition on a position that no path has.
    """

    def __init__(
        self,
        graph: Graph | Walkable,
        max_hops: int,
        min_hops: int = 1,
        forbidden: frozenset[int] = frozenset(),
        revisit_topic: bool = False,
        max_frontier: int = limits.MAX_FRONTIER_NODES,
        through_literals: bool = False,
    ) -> None:
        if not 1 <= min_hops <= max_hops:
            raise ValueError(f"hops must satisfy 1 <= min_hops <= max_hops; got {min_hops} and {max_hops}")
        self.graph, self.max_hops, self.min_hops, self.revisit_topic = graph, max_hops, min_hops, revisit_topic
        super().__init__(end_token=2 * graph.num_relations)
        self._end = np.array([self.end_token], dtype=np.int32)
        self._positional = graph if isinstance(graph, Walkable) and graph.positional else None
        self._frontiers = Frontiers(graph, (min_hops, max_hops), forbidden, max_frontier, through_literals)
        self._frontier_of: list[int | None] = []

    @property
    def truncated(self) -> bool:
        """Whether any frontier met so far was cut to ``max_frontier`` nodes: paths may be missing, none is wrong."""
        return any(self._frontiers.cut)

    def frontier(self, states: PrefixStates, row: int) -> Int32:
        """Return the nodes that the row's relation path reaches, ascending; the row must not be dead."""
        return self._frontiers.nodes[self._frontier(self._alive_prefix(states, row))]

    def relations(self, states: PrefixStates, row: int) -> tuple[int, ...]:
        """Return the directed relations the row has taken so far; the row must not be dead."""
        return self._spelled(self._alive_prefix(states, row))

    def is_truncated(self, states: PrefixStates, row: int) -> bool:
        """Return whether this row's frontier, or one on the way to it, was cut to ``max_frontier`` nodes."""
        return self._frontiers.cut[self._frontier(self._alive_prefix(states, row))]

    def _begin(self, root: int) -> None:
        if not 0 <= root < self.graph.num_nodes:
            raise UnknownNode(f"no node {root} in a graph of {self.graph.num_nodes} nodes")

    def _added(self, prefix: int) -> None:
        self._frontier_of.append(None)

    def _frontier(self, prefix: int) -> int:
        """Return the frontier id of a prefix, computed when first asked for: a last hop seldom needs it."""
        known = self._frontier_of[prefix]
        if known is None:
            parent, token = self._parent[prefix], self._token[prefix]
            if parent == DEAD:
                excluded = NO_NODE if self.revisit_topic else token
                known = self._frontiers.add(np.array([token], dtype=np.int32), excluded)
            else:
                known = self._frontiers.step(self._frontier(parent), token)
            self._frontier_of[prefix] = known
        return known

    def _after(self, prefix: int) -> Int32:
        """Return the distinct relations that lead on, ascending, then ``end_token`` where the path may end."""
        hop = self._length[prefix]
        known = self._onward(prefix, hop) if hop < self.max_hops else _NONE  # most prefixes are the last level's
        if hop >= self.min_hops and self._may_end(prefix):
            known = np.concatenate((known, self._end)) if len(known) else self._end
        return known

    def _may_end(self, prefix: int) -> bool:
        return (
            self._positional is None or len(self._positional.ending(self._frontiers.nodes[self._frontier(prefix)])) > 0
        )

    def _onward(self, prefix: int, hop: int) -> Int32:
        """Return the relations after which ``min_hops`` can still be reached."""
        frontier = self._frontier(prefix)
        relations = self._frontiers.relations(frontier)
        more = self.min_hops - hop - 1
        if more <= 0 or self._positional is not None:  # what is live has been looked at to the end
            return relations
        alive = [self._frontiers.continues(self._frontiers.step(frontier, int(r)), more) for r in relations]
        return relations[np.array(alive, dtype=np.bool_)]
