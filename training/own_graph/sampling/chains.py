"""Samples plausible questions of a graph: frequent relation chains from topics that have them.

A chain is drawn edge by edge, each relation with a probability that grows with the number of its edges (tempered, so
that rare relations are asked for too), as long as it leads on to a set of answers of a size that someone would want.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.embedded.search.walks import PathWalks
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SAMPLED_ENDS, MAX_SAMPLED_FRONTIER
from clew.training.own_graph.sampling.edges import EdgesByRelation, Int32

TEMPER = 0.4
"""Power of a relation's number of edges that its weight is: 0 asks for all alike, 1 for hardly any rare one."""
BRANCHING = -0.5
"""Power of the mean number of nodes that a relation leads to: a film's director is asked for more than all films of a
year, and what comes by way of the latter hardly ever."""
OVERLAP = 0.3
"""Power of how much of what one relation reaches is what the next one leaves: a year that is also a tag is chance."""
KIND = 0.1
"""Factor for the relation between instances and classes: most of a typed graph's edges, little of what is asked."""
ROUND_TRIP = 0.25
"""Weight, against any other step, of walking back along the relation just taken ("other films by the director of")."""
TRIES = 8
"""Draws of a chain of given length before a shorter one is taken: some graphs have none of three hops."""


@dataclass(frozen=True, slots=True)
class SampledChain:
    """A relation chain from a topic: directed relations, and all nodes that it reaches, ascending (never the topic)."""

    topic: int
    relations: tuple[int, ...]
    ends: tuple[int, ...]


class ChainSampler:
    """Draws chains of a graph; the same generator state gives the same chains.

    No chain leads through a literal, takes a walk that ``Walks`` forbids, steps back onto its topic, or turns round
    more than once: a relation, its inverse and the relation again say nothing that the relation alone does not.
    """

    def __init__(
        self, graph: Graph, walks: PathWalks, rng: random.Random, hop_weights: Sequence[float] = (0.3, 0.38, 0.32)
    ) -> None:
        self._graph, self._walks, self._rng, self._hop_weights = graph, walks, rng, tuple(hop_weights)
        self._edges = EdgesByRelation(graph)
        self._relation_counts = self._edges.counts()
        counts = np.tile(self._relation_counts, 2).astype(np.float64)
        self._domains = [self._edges.sources(r) for r in range(len(counts))]
        sources = np.array([max(len(nodes), 1) for nodes in self._domains])
        self._weights = counts**TEMPER * np.maximum(counts / sources, 1) ** BRANCHING
        if graph.type_relation is not None:
            self._weights[[graph.type_relation, graph.type_relation + graph.num_relations]] *= KIND
        self._overlaps: dict[tuple[int, int], float] = {}
        self._starts = [r for r in range(len(counts)) if counts[r] and r not in walks.redundant]
        self._start_weights = [float(self._weights[r]) for r in self._starts]

    def draw(self) -> SampledChain | None:
        """Return a chain; None if the graph seems to have none."""
        hops = self._rng.choices(range(1, len(self._hop_weights) + 1), self._hop_weights)[0]
        for length in range(hops, 0, -1):
            for _ in range(TRIES if self._starts else 0):
                chain = self._draw(length)
                if chain is not None:
                    return chain
        return None

    def _draw(self, hops: int) -> SampledChain | None:
        first = self._rng.choices(self._starts, self._start_weights)[0]
        topic = self._source(first)
        if self._graph.is_literal(topic):
            return None
        forbidden = self._walks.forbidden(topic)
        taken: list[int] = []
        nodes: Int32 = np.array([topic], np.int32)
        while len(taken) < hops:
            barred = topic if taken else -1  # as in answering: only a self-loop, as the whole chain, leads to the topic
            nodes = nodes[nodes != barred]
            following = first if not taken else self._following(taken, nodes, forbidden)
            if following is None or following in forbidden:
                return None
            nodes = self._graph.expand(nodes, following)
            nodes = nodes[nodes != barred]
            if not 0 < len(nodes) <= MAX_SAMPLED_FRONTIER:
                return None
            taken.append(following)
        return SampledChain(topic, tuple(taken), tuple(nodes.tolist())) if len(nodes) <= MAX_SAMPLED_ENDS else None

    def _source(self, directed: int) -> int:
        """Return the start of a random edge of a directed relation: much linked entities are asked about more."""
        relation = directed % self._graph.num_relations
        head, tail = self._edges.ends(relation, self._rng.randrange(int(self._relation_counts[relation])))
        return int(head[0] if directed == relation else tail[0])

    def _following(self, taken: list[int], nodes: Int32, forbidden: frozenset[int]) -> int | None:
        """Return a relation to go on with from these nodes (literals lead nowhere); None if there is none."""
        entities = nodes[nodes < self._graph.num_entities]
        back = self._walks.inverse(taken[-1])
        turned = len(taken) > 1 and taken[-2] == back
        options, weights = [], []
        for relation in self._graph.frontier_relations(entities).tolist() if len(entities) == len(nodes) else ():
            if relation in forbidden or (relation == back and turned):
                continue
            options.append(relation)
            weights.append(float(self._weights[relation]) * self._overlap(taken[-1], relation))
        if back in options:
            at = options.index(back)
            others = sum(weights) - weights[at]
            weights[at] = ROUND_TRIP / (1 - ROUND_TRIP) * others if others else 1.0
        return self._rng.choices(options, weights)[0] if options else None

    def _overlap(self, first: int, second: int) -> float:
        """Return a weight in (0, 1] for going on by ``second`` after ``first``."""
        known = self._overlaps.get((first, second))
        if known is None:
            reached, left = self._domains[self._walks.inverse(first)], self._domains[second]
            shared = len(np.intersect1d(reached, left, assume_unique=True))
            known = (max(shared, 1) / max(len(reached), len(left), 1)) ** OVERLAP
            self._overlaps[first, second] = known
        return known
