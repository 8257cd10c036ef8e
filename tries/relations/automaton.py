"""The constraint at relation-path granularity: each directed relation is one token.

A relation path ``topic -r1-> .. -rh->`` is in the language if at least one instance of it is in the graph. A row
stands for a prefix; behind each prefix is its *frontier*, the set of nodes that its instances reach, so nothing is
ever enumerated. Frontiers are computed when first needed and shared by every row and every prefix that reaches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clew.kg import limits
from clew.kg.columnar.kernels import NO_NODE
from clew.kg.errors import UnknownNode
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.relations.frontier import Frontiers

DEAD = -1
_NONE = np.empty(0, dtype=np.int32)


@dataclass(frozen=True, slots=True)
class RelationStates:
    """Rows: ``prefix`` (an id of the automaton's prefix tree, -1 when dead) and whether the end token was taken."""

    prefix: Int64
    ended: Bool

    def __len__(self) -> int:
        return len(self.prefix)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices (repeats allowed), in this order."""
        return type(self)(self.prefix[rows], self.ended[rows])

    def append(self, other: Self) -> Self:
        """Return the rows of both, self's first."""
        return type(self)(np.concatenate([self.prefix, other.prefix]), np.concatenate([self.ended, other.ended]))


class RelationAutomaton(Constraint[RelationStates]):
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
        self.end_token = 2 * graph.num_relations
        self._end = np.array([self.end_token], dtype=np.int32)
        self._positional = graph if isinstance(graph, Walkable) and graph.positional else None
        self._frontiers = Frontiers(graph, (min_hops, max_hops), forbidden, max_frontier, through_literals)
        self._parent: list[int] = []
        self._relation: list[int] = []
        self._hop: list[int] = []
        self._topic: list[int] = []
        self._frontier_of: list[int | None] = []
        self._children: dict[tuple[int, int], int] = {}
        self._tokens: list[Int32 | None] = []
        self._allowed_sets: dict[int, frozenset[int]] = {}

    @property
    def truncated(self) -> bool:
        """Whether any frontier met so far was cut to ``max_frontier`` nodes: paths may be missing, none is wrong."""
        return any(self._frontiers.cut)

    def start(self, entities: Sequence[int]) -> RelationStates:
        """Return one row per entity; UnknownNode for an id outside the graph."""
        prefix = np.array([self._child(DEAD, int(entity)) for entity in entities], dtype=np.int64)
        return RelationStates(prefix, np.zeros(len(prefix), dtype=np.bool_))

    def allowed(self, states: RelationStates) -> Allowed:
        """Return the distinct relations that lead on, ascending, then ``end_token`` where the path may end."""
        empty = np.empty(0, dtype=np.int32)
        rows = [
            self._allowed(prefix) if prefix >= 0 and not ended else empty
            for prefix, ended in zip(states.prefix.tolist(), states.ended.tolist(), strict=True)
        ]
        row_ptr = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=row_ptr[1:])
        return Allowed(row_ptr, np.concatenate(rows) if rows else empty)

    def advance(self, states: RelationStates, tokens: Int32) -> RelationStates:
        """Return each row after its token; a token that ``allowed`` does not list kills the row."""
        if len(tokens) != len(states):
            raise ValueError(f"{len(tokens)} tokens for {len(states)} rows")
        rows = zip(states.prefix.tolist(), states.ended.tolist(), np.asarray(tokens).tolist(), strict=True)
        prefix = [
            DEAD if row < 0 or over or not self._allows(row, token) else row if token == self.end_token
            else self._child(row, token)
            for row, over, token in rows
        ]  # fmt: skip
        found = np.array(prefix, dtype=np.int64)
        return RelationStates(found, (found != DEAD) & (np.asarray(tokens) == self.end_token))

    def is_complete(self, states: RelationStates) -> Bool:
        """Return, per row, whether it took the end token."""
        return states.ended.copy()

    def paths(self, states: RelationStates) -> list[list[SpelledPath]]:
        """Return, per complete row, its one relation path (its topic and its directed relations)."""
        return [
            [SpelledPath((self._topic[prefix],), self._spelled(prefix))] if ended else []
            for prefix, ended in zip(states.prefix.tolist(), states.ended.tolist(), strict=True)
        ]

    def frontier(self, states: RelationStates, row: int) -> Int32:
        """Return the nodes that the row's relation path reaches, ascending; the row must not be dead."""
        return self._frontiers.nodes[self._frontier(self._alive_prefix(states, row))]

    def relations(self, states: RelationStates, row: int) -> tuple[int, ...]:
        """Return the directed relations the row has taken so far; the row must not be dead."""
        return self._spelled(self._alive_prefix(states, row))

    def is_truncated(self, states: RelationStates, row: int) -> bool:
        """Return whether this row's frontier, or one on the way to it, was cut to ``max_frontier`` nodes."""
        return self._frontiers.cut[self._frontier(self._alive_prefix(states, row))]

    def _alive_prefix(self, states: RelationStates, row: int) -> int:
        prefix = int(states.prefix[row])
        if prefix == DEAD:
            raise ValueError(f"row {row} is dead: it has no path")
        return prefix

    def _child(self, parent: int, token: int) -> int:
        """Return the prefix below ``parent`` by a relation; below DEAD, the root of a topic."""
        known = self._children.get((parent, token))
        if known is not None:
            return known
        if parent == DEAD and not 0 <= token < self.graph.num_nodes:
            raise UnknownNode(f"no node {token} in a graph of {self.graph.num_nodes} nodes")
        self._parent.append(parent)
        self._relation.append(token)
        self._hop.append(0 if parent == DEAD else self._hop[parent] + 1)
        self._topic.append(token if parent == DEAD else self._topic[parent])
        self._frontier_of.append(None)
        self._tokens.append(None)
        self._children[parent, token] = len(self._parent) - 1
        return len(self._parent) - 1

    def _spelled(self, prefix: int) -> tuple[int, ...]:
        relations = []
        while self._parent[prefix] != DEAD:
            relations.append(self._relation[prefix])
            prefix = self._parent[prefix]
        return tuple(reversed(relations))

    def _frontier(self, prefix: int) -> int:
        """Return the frontier id of a prefix, computed when first asked for: a last hop seldom needs it."""
        known = self._frontier_of[prefix]
        if known is None:
            parent, token = self._parent[prefix], self._relation[prefix]
            if parent == DEAD:
                excluded = NO_NODE if self.revisit_topic else token
                known = self._frontiers.add(np.array([token], dtype=np.int32), excluded)
            else:
                known = self._frontiers.step(self._frontier(parent), token)
            self._frontier_of[prefix] = known
        return known

    def _allowed(self, prefix: int) -> Int32:
        known = self._tokens[prefix]
        if known is None:
            hop = self._hop[prefix]
            known = self._onward(prefix, hop) if hop < self.max_hops else _NONE  # most prefixes are the last level's
            if hop >= self.min_hops and self._may_end(prefix):
                known = np.concatenate((known, self._end)) if len(known) else self._end
            self._tokens[prefix] = known
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

    def _allows(self, prefix: int, token: int) -> bool:
        known = self._allowed_sets.get(prefix)
        if known is None:
            known = self._allowed_sets[prefix] = frozenset(self._allowed(prefix).tolist())
        return token in known
