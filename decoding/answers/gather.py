"""From ranked relation paths to answers: every end of the winning relation path, each with concrete proof paths.

Relation paths of one topic that reach the identical set of ends are one reading of the question: their probabilities
add, and each stays as another proof. Unless that is asked for (``Bounds.revisit``), instances never step back onto the
topic (the entity a question is about is not its own answer, and what is reached only through it answers a shorter
question), but by a self-loop that is the whole path; nor do they go on from a literal: what the constraint never admits
proves nothing. Under conditions, only instances that meet them all are followed.

A node without a name is no answer. Where a question asks for such a node itself ("the address of Vindal"), the values
behind it are the answers, and their instances go on to them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clew.decoding.reasoner import Bounds, RankedPath, Reasoning
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.comparison import sort_key
from clew.kg.terms.vocabulary import RDF_NIL
from clew.kg.time_limit import OutOfTime, limited, look, looking

if TYPE_CHECKING:
    from clew.tries.filters.filtered_graph import Walkable

Int32 = NDArray[np.int32]

FIRST_BLOCK = 64
"""Candidates looked at first where three are wanted."""


@dataclass(frozen=True, slots=True)
class PathInstance:
    """A concrete path: nodes ``[n_0 .. n_h]`` and directed relations ``[r_1 .. r_h]``, an instance of ``ranked``. The
    relations are those of ``ranked``, and after them those from a node without a name to a value behind it."""

    nodes: tuple[int, ...]
    relations: tuple[int, ...]
    ranked: RankedPath

    @property
    def log_prob(self) -> float:
        """The reasoner's score of the relation path, nats."""
        return self.ranked.log_prob


@dataclass(frozen=True, slots=True)
class AnswerItem:
    """An answer (an entity or a literal), the probability of the reading it comes from, and its proof paths."""

    node: int
    score: float
    paths: tuple[PathInstance, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Relation paths from one topic with the identical set of ``num_ends`` ends; probability is their sum."""

    paths: tuple[RankedPath, ...]
    probability: float
    num_ends: int


@dataclass(frozen=True, slots=True)
class Gathered:
    """The answers of the best reading. ``paths`` are its relation paths, best first; ``readings`` are all, best first.

    ``unnamed``: paths that end at nodes without a name only, which are no answers.
    ``partial``: answers were cut to ``limits.MAX_ANSWERS``, a frontier was too large to follow, or time ran out
    (``late``).
    """

    answers: tuple[AnswerItem, ...]
    paths: tuple[RankedPath, ...]
    partial: bool
    readings: tuple[Reading, ...] = ()
    unnamed: tuple[RankedPath, ...] = ()
    late: bool = False


def gather(graph: Graph, reasoning: Reasoning, bounds: Bounds, opened: RankedPath | None = None) -> Gathered:
    """Return all ends of the winning reading, with up to ``limits.MAX_PATHS_PER_ANSWER`` instances each.

    ``opened``: the path that is followed on from nodes without a name to the values behind them.
    Answers of equal score are sorted by value, those without one by label, then key. A cut keeps the first ends in node
    order, which is key order. Where time runs out before all paths were followed, there are answers only if no other
    reading can be likelier.
    """
    paths = [path for path in reasoning.paths if len(path.relations) >= bounds.min_hops]
    walks = _followed(graph, paths, bounds, opened)
    late = len(walks) < len(paths)
    partial = late or any(walk.cut for walk in walks)
    unnamed = tuple(walk.ranked for walk in walks if walk.unnamed)
    ordered = _grouped(walks)
    if not ordered or (late and not _settled(ordered, paths[len(walks) :])):
        return Gathered((), (), partial, unnamed=unnamed, late=late)
    readings = tuple(
        Reading(tuple(w.ranked for w in group), _probability(group), len(group[0].ends)) for group in ordered
    )
    best = ordered[0]
    kept = best[0].ends[: limits.MAX_ANSWERS].tolist()
    partial |= len(best[0].ends) > len(kept)
    try:
        with limited(lambda: bounds.over):
            answers = [AnswerItem(end, readings[0].probability, _instances(best, end)) for end in looking(kept)]
    except OutOfTime:  # the question is read against all of them, or none
        return Gathered((), (), True, unnamed=unnamed, late=True)
    answers.sort(key=lambda a: (-a.score, *_in_order(graph, a.node)))
    return Gathered(tuple(answers), readings[0].paths, partial, readings, unnamed, late)


def _in_order(graph: Graph, node: int) -> tuple[object, ...]:
    """What answers of equal score are sorted by: 9 comes before 10."""
    value = graph.literal(node).typed if graph.is_literal(node) else None
    return (value is None, () if value is None else sort_key(value), graph.label(node), graph.key(node))


def _followed(graph: Graph, paths: Sequence[RankedPath], bounds: Bounds, opened: RankedPath | None) -> list[_Walk]:
    """Return the paths followed to their ends, the first ones only where time runs out (but for what the rest of the
    work needs)."""
    frontiers = _Frontiers(graph, bounds.within, bounds.revisit)
    sooner = bounds.reserving(limits.RESERVED_SHARE, limits.RESERVED_SECONDS)
    walks: list[_Walk] = []
    with suppress(OutOfTime), limited(lambda: sooner.over):
        for ranked in looking(paths):
            walks.append(_Opened(frontiers, ranked, bounds.forbidden) if ranked is opened else _Walk(frontiers, ranked))
    return walks


def _grouped(walks: Sequence[_Walk]) -> list[list[_Walk]]:
    """Return the walks by topic and ends, the best reading first."""
    groups: dict[tuple[int, bytes], list[_Walk]] = {}
    for walk in walks:
        if len(walk.ends):
            groups.setdefault((walk.ranked.topic.node, walk.ends.tobytes()), []).append(walk)
    return sorted(groups.values(), key=_merit)


def _settled(ordered: Sequence[list[_Walk]], left: Sequence[RankedPath]) -> bool:
    """Return whether the first reading is the likeliest, whatever the paths that are left lead to."""
    rival = _probability(ordered[1]) if len(ordered) > 1 else 0.0
    return _probability(ordered[0]) > rival + sum(path.probability for path in left)


def _probability(group: list[_Walk]) -> float:
    return min(1.0, sum(w.ranked.probability for w in group))


def _merit(group: list[_Walk]) -> tuple[float, float, int, tuple[int, ...]]:
    best = group[0].ranked
    return (-_probability(group), -best.log_prob, best.topic.node, best.relations)


def _instances(walks: list[_Walk], end: int) -> tuple[PathInstance, ...]:
    """Return proof paths of an end: one of each relation path first, then second ones, up to the limit."""
    found = [list(islice(w.instances(end), limits.MAX_PATHS_PER_ANSWER)) for w in walks[: limits.MAX_PATHS_PER_ANSWER]]
    turns = (some[i] for i in range(limits.MAX_PATHS_PER_ANSWER) for some in found if i < len(some))
    return tuple(islice(turns, limits.MAX_PATHS_PER_ANSWER))


class _Frontiers:
    """The nodes that relation paths reach, but for their topic unless ``revisit``; paths that begin alike are followed
    once."""

    def __init__(self, graph: Graph, within: Walkable | None, revisit: bool) -> None:
        self.graph, self.within, self.revisit = graph, within, revisit
        self._walked = graph if within is None else within
        self._known: dict[tuple[int, tuple[int, ...], bool], Int32] = {}

    def after(self, topic: int, relations: tuple[int, ...], nodes: Int32, behind: bool = False) -> Int32:
        """Return what the last relation reaches from ``nodes``, the frontier of the relations before it; ``behind``:
        but for its nodes with a name."""
        found = self._known.get((topic, relations, behind))
        if found is None:
            found = self._walked.expand(nodes, relations[-1])
            if len(relations) > 1 and not self.revisit:
                found = found[found != topic]
            found = found if self.within is None else self.within.fits(found, len(relations))
            self._known[topic, relations, behind] = found
        return found


class _Walk:
    """One relation path followed from its topic: the set of nodes after each hop, and the way back from an end."""

    def __init__(self, frontiers: _Frontiers, ranked: RankedPath, behind: tuple[int, ...] = ()) -> None:
        """``behind``: relations that go on from nodes without a name only."""
        self.ranked, self._graph, self._within = ranked, frontiers.graph, frontiers.within
        self.relations, named = (*ranked.relations, *behind), len(ranked.relations)
        graph, within, topic = frontiers.graph, frontiers.within, ranked.topic.node
        self.cut = False
        self._reached = [np.array([topic], np.int32)]
        self._before: dict[tuple[int, int], _Common] = {}
        for hop in range(1, len(self.relations) + 1):
            nodes = frontiers.after(topic, self.relations[:hop], self._reached[-1], hop > named)
            if hop < len(self.relations):
                nodes = nodes[: np.searchsorted(nodes, graph.num_entities)]
                nodes = nodes if frontiers.revisit else nodes[nodes != topic]
                nodes = nodes if hop < named else graph.nameless_of(nodes)
            self.cut = len(nodes) > limits.MAX_FRONTIER_NODES
            if self.cut or not len(nodes):
                nodes = nodes[:0]
            self._reached.append(nodes)
            if not len(nodes):
                break
        complete = len(self._reached) == len(self.relations) + 1 and len(self.relations) > 0
        ends: Int32 = self._reached[-1] if complete else np.empty(0, np.int32)
        self.nameless = graph.nameless_of(ends)
        ends = ends if within is None else within.ending(ends)
        self.ends = graph.named(ends)
        none = graph.find_node(RDF_NIL)  # the empty list
        held = ends if none is None else ends[ends != none]
        self.unnamed = len(held) > 0 and not len(self.ends)

    def instances(self, end: int) -> Iterator[PathInstance]:
        """Yield the instances that end there, in order of their nodes read from the end."""
        for nodes in self._back(len(self.relations), end):
            yield PathInstance(nodes, self.relations, self.ranked)

    def _back(self, hop: int, node: int) -> Iterator[tuple[int, ...]]:
        if hop == 0:
            yield (node,)
            return
        for before in self._predecessors(hop, node):
            for nodes in self._back(hop - 1, before):
                yield (*nodes, node)

    def _predecessors(self, hop: int, node: int) -> Iterable[int]:
        """Return the nodes reached after ``hop - 1`` hops from which hop ``hop`` reaches this node, ascending.

        Every one of them has a way back to the topic, so walking back never fails, whatever the degrees; they are
        looked for as they are asked for.
        """
        known = self._before.get((hop, node))
        if known is None:
            relation, count = self.relations[hop - 1], self._graph.num_relations
            inverse = relation - count if relation >= count else relation + count
            known = self._before[hop, node] = _Common(self._graph.neighbours(node, inverse), self._reached[hop - 1])
        if self._within is None or self._within.demands.edges is None:
            return known
        within, relation = self._within, self.relations[hop - 1]
        return (before for before in known if within.admits(before, relation, node))


class _Opened(_Walk):
    """A path, and all its ways on from nodes without a name at its end, up to ``limits.MAX_NAMELESS_HOPS`` of them one
    behind the other."""

    def __init__(self, frontiers: _Frontiers, ranked: RankedPath, forbidden: Collection[int]) -> None:
        super().__init__(frontiers, ranked)
        self._own, self._onward = self.ends, list[_Walk]()
        ways: list[tuple[int, ...]] = [()]
        while ways and not self.cut:
            way = ways.pop(0)
            walk = _Walk(frontiers, ranked, way)
            self._onward += [walk] if way and len(walk.ends) else []
            if len(way) < limits.MAX_NAMELESS_HOPS:
                ways += [(*way, r) for r in self._leading(walk) if r not in forbidden]
            self.cut |= walk.cut or len(ways) > limits.MAX_PATHS_BEHIND
        self.ends = np.unique(np.concatenate([self._own, *(walk.ends for walk in self._onward)]))
        self.unnamed = self.unnamed and not len(self.ends)

    def _leading(self, walk: _Walk) -> list[int]:
        """Return the relations that lead on from the nodes without a name at the end of a walk, but for classes."""
        graph, nodes = self._graph, walk.nameless
        found: list[int] = graph.frontier_relations(nodes).tolist() if len(nodes) else []
        return [r for r in found if r < graph.num_relations and r != graph.type_relation and r not in graph.plumbing]

    def instances(self, end: int) -> Iterator[PathInstance]:
        """Yield the instances that end there, the shortest first."""
        if end in self._own:
            yield from super().instances(end)
        for walk in self._onward:
            if end in walk.ends:
                yield from walk.instances(end)


class _Common:
    """What two ascending arrays share, ascending, found block by block as it is asked for: k of them cost O(k log max)
    where they lie side by side, all O(min log max)."""

    def __init__(self, a: Int32, b: Int32) -> None:
        self._few, self._many = (a, b) if len(a) <= len(b) else (b, a)
        self._done, self._found = 0, list[int]()

    def __iter__(self) -> Iterator[int]:
        at = 0
        while at < len(self._found) or self._done < len(self._few):
            if at == len(self._found):
                self._find()
            else:
                yield self._found[at]
                at += 1

    def _find(self) -> None:
        """Look at the next block, twice as long as all before."""
        look()
        few = self._few[self._done : 2 * self._done + FIRST_BLOCK]
        at = np.searchsorted(self._many, few)
        at[at == len(self._many)] = 0
        self._done += len(few)
        self._found += few[self._many[at] == few].tolist() if len(self._many) else []
