"""Enumerates the paths between nodes of a graph under conditions, shortest first, from any place on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.graph.walks import EdgeRows, Nodes
from clew.kg.time_limit import look
from clew.tries.constraint import Bool, Int64
from clew.tries.filters.filtered_graph import Walkable

Position = tuple[int, ...]
"""Where an enumeration stands: the hops of the path, the number of its start, then relation and node, step by step. It
is shorter than the path where the enumeration was interrupted on the way."""


@dataclass(frozen=True, slots=True)
class WalkedPath:
    """A path: its nodes, and the directed relations between them."""

    nodes: tuple[int, ...]
    relations: tuple[int, ...]
    position: Position


@dataclass(frozen=True, slots=True)
class PathBounds:
    """Which paths are wanted: those of ``min_hops .. max_hops`` hops from any of ``starts`` to any of ``ends`` (None:
    anywhere) that take no forbidden directed relation. ``revisit``: whether a node may occur twice. Literals end a
    path."""

    starts: tuple[int, ...]
    ends: tuple[int, ...] | None
    min_hops: int
    max_hops: int
    revisit: bool = False
    forbidden: frozenset[int] = frozenset()


class PathSearch:
    """One enumeration. Paths come by their hops, then by the number of their start, then by their steps (directed
    relation, node). Before each step it looks at the time: what it has not found by then, it finds ``after`` its
    ``position``.

    Time: a path costs the degrees of its nodes; with ends, that of all nodes within ``max_hops`` of them comes first.
    """

    def __init__(self, graph: Graph | Walkable, bounds: PathBounds) -> None:
        self._graph, self._bounds = graph, bounds
        self._whole = graph.graph if isinstance(graph, Walkable) else graph
        self._allowed = np.ones(2 * graph.num_relations, np.bool_)
        self._allowed[list(bounds.forbidden)] = False
        if isinstance(graph, Walkable):
            self._allowed &= graph.allowed
        self._leading: list[Nodes] | None = None
        self.position: Position = (bounds.min_hops, 0)

    def paths(self, after: Position | None = None) -> Iterator[WalkedPath]:
        """Yield the paths after a position. Raises ``OutOfTime``."""
        self.position = after or self.position
        self._leading = self._leads_to_ends()
        for length in range(self.position[0], self._bounds.max_hops + 1):
            for number, start in enumerate(self._bounds.starts):
                begin = self.position if self.position[:2] >= (length, number) else (length, number)
                if begin[:2] == (length, number) and self._may_lead(np.array([start], np.int32), length)[0]:
                    yield from self._grow(begin[:2], [start], [], begin[2:])

    def _grow(self, place: Position, nodes: list[int], relations: list[int], rest: Position) -> Iterator[WalkedPath]:
        """Yield the paths that begin with a path; ``rest``: its next steps are those of a path that was given before,
        or later ones."""
        length, hop = place[0], len(relations) + 1
        steps = self._steps(nodes, hop, length)
        first = steps.index_of(rest) if rest else 0
        for relation, node in zip(steps.relations[first:].tolist(), steps.nodes[first:].tolist(), strict=True):
            look()
            known = rest[:2] == (relation, node)
            deeper = rest[2:] if known else ()
            here = (*place, relation, node)
            if not deeper:
                self.position = here
            if hop < length:
                yield from self._grow(here, [*nodes, node], [*relations, relation], deeper)
            elif not known:
                yield WalkedPath((*nodes, node), (*relations, relation), here)

    def _steps(self, nodes: list[int], hop: int, length: int) -> _Steps:
        """Return the steps that a path may take as its hop ``hop`` of ``length``, in order."""
        out, inc, size = self._graph.out, self._graph.inc, self._graph.num_relations
        away, back = _row(out, nodes[-1]), _row(inc, nodes[-1])
        relations = np.concatenate([out.relation[away], inc.relation[back] + size])
        reached = np.concatenate([out.node[away], inc.node[back]])
        keep = self._allowed[relations] & self._may_lead(reached, length - hop)
        if not self._bounds.revisit:
            keep &= ~np.isin(reached, nodes)
        if hop < length:
            keep &= reached < self._whole.num_entities
        if isinstance(self._graph, Walkable):
            keep &= np.isin(reached, self._graph.fits(reached, hop))
            if hop == length:
                keep &= np.isin(reached, self._graph.ending(reached))
        return _Steps(relations[keep], reached[keep])

    def _may_lead(self, nodes: Nodes, hops: int) -> Bool:
        """Return which nodes may lead to an end in so many hops: none is left out that does."""
        if self._leading is None:
            return np.ones(len(nodes), np.bool_)
        return np.isin(nodes, self._leading[hops])

    def _leads_to_ends(self) -> list[Nodes] | None:
        """Return, by the number of hops, the nodes from which the ends are reached; None: a path may end anywhere."""
        if self._bounds.ends is None:
            return None
        found = [np.unique(np.array(self._bounds.ends, np.int32))]
        for _ in range(self._bounds.max_hops):
            found.append(self._before(found[-1]))
        return found

    def _before(self, nodes: Nodes) -> Nodes:
        """Return the nodes from which an allowed directed relation leads to one of these, ascending."""
        size, whole = self._whole.num_relations, self._whole
        some = []
        for side, inverse in ((whole.out, size), (whole.inc, 0)):  # who it leads to walks back by the inverse
            look()
            at = _places(side, nodes)
            some.append(side.node[at][self._allowed[side.relation[at] + inverse]])
        return np.unique(np.concatenate(some))


@dataclass(frozen=True, slots=True)
class _Steps:
    """The steps from a node, ascending: directed relations and the nodes they lead to, each int32[n]."""

    relations: Nodes
    nodes: Nodes

    def index_of(self, step: Position) -> int:
        """Return the index of the first step that is not before this one."""
        low = int(np.searchsorted(self.relations, step[0]))
        high = int(np.searchsorted(self.relations, step[0], "right"))
        return low + int(np.searchsorted(self.nodes[low:high], step[1]))


def _row(side: EdgeRows, node: int) -> slice:
    return slice(int(side.ptr[node]), int(side.ptr[node + 1]))


def _places(side: EdgeRows, nodes: Nodes) -> Int64:
    """Return the places of all edges of some nodes: int64[their number]."""
    first, counts = side.ptr[nodes], side.ptr[nodes + 1] - side.ptr[nodes]
    before = np.cumsum(counts) - counts
    return np.repeat(first - before, counts) + np.arange(int(counts.sum()), dtype=np.int64)
