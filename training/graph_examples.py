"""Training examples over a real graph: chains that its data holds, worded through the lexicon or plain patterns."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import numpy as np

from decoding.embedded.wording import TOPIC_MARK, MaskedQuestion, parse_prompt
from kg.graph import Graph
from training.examples import NEGATIVES, Example, NegativePaths, Path
from training.graph_schema import entity_types, graph_schema, lexical_relations
from training.lexicon import Domain
from training.noise import add_noise
from training.phrases import TOPIC, Hop, Phraser
from tries.relation_automaton import RelationAutomaton, RelationStates

MAX_FRONTIER = 3_000
"""Nodes looked at behind a prefix: enough to know which relations lead on from a hub, and quick."""


class GraphWalks:
    """The relation paths from one node, asked prefix by prefix; what the relation automaton allows."""

    def __init__(self, graph: Graph, topic: int, max_hops: int, forbidden: frozenset[int] = frozenset()) -> None:
        self.automaton = RelationAutomaton(graph, max_hops, forbidden=forbidden, max_frontier=MAX_FRONTIER)
        self._states: dict[Path, RelationStates] = {(): self.automaton.start([topic])}
        self._allowed: dict[Path, tuple[int, ...]] = {}
        self._size = graph.num_relations

    def allowed(self, prefix: Path) -> tuple[int, ...]:
        """Return what may follow a prefix, the end token included."""
        found = self._allowed.get(prefix)
        if found is None:
            found = self._allowed[prefix] = tuple(self.automaton.allowed(self._at(prefix)).token_ids.tolist())
        return found

    def leaving(self, prefix: Path) -> Sequence[int]:
        """Return the directed relations that may follow a prefix."""
        return [token for token in self.allowed(prefix) if token != self.automaton.end_token]

    def inverse(self, directed: int) -> int:
        """Return the same relation walked the other way."""
        return (directed + self._size) % (2 * self._size)

    def _at(self, prefix: Path) -> RelationStates:
        found = self._states.get(prefix)
        if found is None:
            before = self._at(prefix[:-1])
            found = self._states[prefix] = self.automaton.advance(before, np.array(prefix[-1:], np.int32))
        return found


class GraphExampleSampler:
    """Draws questions that a graph can answer; the same seed gives the same ones.

    Chains start at an edge drawn by relation (weights are square roots of frequencies, so that rare relations are
    asked for too) and go on along what leaves the frontier. A relation and its inverse in a row are drawn about as
    often as people ask for siblings.
    """

    def __init__(
        self,
        graph: Graph,
        domains: Sequence[Domain],
        seed: int,
        hop_weights: Sequence[float] = (0.3, 0.38, 0.32),
        forbidden: frozenset[int] = frozenset(),
    ) -> None:
        self._graph, self._rng, self._forbidden = graph, random.Random(seed), forbidden
        self._schema = graph_schema(graph)
        self._relations = lexical_relations(self._schema.words, domains)
        self._phraser = Phraser(entity_types(self._relations), self._rng)
        self._hop_weights, self._max_hops = tuple(hop_weights), len(hop_weights)
        relation = np.asarray(graph.out.relation)
        self._edges = np.argsort(relation, kind="stable")
        self._ptr = np.searchsorted(relation[self._edges], np.arange(graph.num_relations + 1))
        counts = np.diff(self._ptr).astype(np.float64)
        if graph.type_relation is not None:
            counts[graph.type_relation] = 0.0  # "what is x" is seldom asked of a graph
        self._weights: list[float] = np.sqrt(counts).tolist()

    def __iter__(self) -> Iterator[Example]:
        while True:
            yield self.draw()

    def draw(self) -> Example:
        """Return the next example."""
        return self.draw_with_topic()[1]

    def draw_with_topic(self) -> tuple[int, Example]:
        """Return the next example and the node that it starts from."""
        while True:
            topic, first = self._edge()
            walks = GraphWalks(self._graph, topic, self._max_hops, self._forbidden)
            path = self._chain(walks, first)
            if not path:
                continue
            wording = self._phraser.question([self._hop(r) for r in path])
            if wording is None or wording.count(TOPIC) != 1 or len(wording) > 220:
                continue
            question = parse_prompt(add_noise(wording, self._rng).replace(TOPIC, TOPIC_MARK))
            return topic, self.example(question, walks, path)

    def example(self, question: MaskedQuestion, walks: GraphWalks, path: Path) -> Example:
        """Return the example of a question whose gold path is known."""
        negatives = NegativePaths(walks.leaving, walks.inverse, self._max_hops, self._rng).around(path, path, NEGATIVES)
        choices = tuple(walks.allowed(path[:t]) for t in range(len(path) + 1))
        return Example(question, self._schema, "", path, choices, negatives, "", len(path))

    def labelled(self, question: MaskedQuestion, topic: int, path: Path) -> Example | None:
        """Return the example of a labelled question, None if the path is not walkable from the topic."""
        walks = GraphWalks(self._graph, topic, self._max_hops, self._forbidden)
        if not path or any(r not in walks.allowed(path[:t]) for t, r in enumerate(path)):
            return None
        return self.example(question, walks, path)

    def _edge(self) -> tuple[int, int]:
        """Return a topic and the directed relation of one of its edges."""
        size = self._graph.num_relations
        relation = self._rng.choices(range(size), self._weights)[0]
        edge = int(self._edges[self._rng.randrange(int(self._ptr[relation]), int(self._ptr[relation + 1]))])
        head, _, tail = self._graph.edge_triple(edge)
        directed = relation if self._rng.random() < 0.6 else relation + size
        if directed in self._forbidden:
            directed = relation
        return (head, directed) if directed < size else (tail, directed)

    def _chain(self, walks: GraphWalks, first: int) -> Path:
        hops = self._rng.choices(range(1, self._max_hops + 1), self._hop_weights)[0]
        path: Path = (first,) if first in walks.leaving(()) else ()
        while path and len(path) < hops:
            following = self._following(walks, path)
            if following is None:
                return ()
            path = (*path, following)
        return path

    def _following(self, walks: GraphWalks, path: Path) -> int | None:
        size, back = self._graph.num_relations, walks.inverse(path[-1])
        turned = len(path) > 1 and path[-1] == walks.inverse(path[-2])
        onward = walks.leaving(path)
        if back in onward and not turned and self._rng.random() < 0.3:
            return back
        options = [r for r in onward if r != back and (r >= size or self._weights[r] > 0)]
        forward = [r for r in options if r < size]
        if forward and self._rng.random() < 0.6:
            options = forward
        return self._rng.choice(options) if options else None

    def _hop(self, directed: int) -> Hop:
        size = self._graph.num_relations
        return Hop(self._relations[directed % size], directed < size)
