"""A small in-memory graph with the members of ``kg.Graph`` that ``tries`` reads, and random ones with every oddity."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st


@dataclass(frozen=True)
class ToyLabel:
    text: str
    language: str = ""
    kind: str = "preferred"


@dataclass(frozen=True)
class ToyAdjacency:
    ptr: np.ndarray
    relation: np.ndarray
    node: np.ndarray
    edge: np.ndarray


class ToyGraph:
    """Nodes ``0 .. len(labels)-1``; those from ``num_entities`` on are literals."""

    def __init__(
        self,
        labels: Sequence[str],
        relation_labels: Sequence[str],
        edges: Sequence[tuple[int, int, int]],
        num_entities: int | None = None,
        alternatives: Sequence[tuple[int, str]] = (),
        types: dict[int, list[int]] | None = None,
    ) -> None:
        self._labels, self._relation_labels, self._alternatives = list(labels), list(relation_labels), alternatives
        self._types = types or {}
        self.edges = sorted(set(edges))
        self.name = "toy"
        self.num_nodes = len(labels)
        self.num_entities = self.num_nodes if num_entities is None else num_entities
        self.num_relations = len(relation_labels)
        self.num_edges = len(self.edges)
        text = repr((self._labels, self._relation_labels, self.edges, list(alternatives)))
        self.content_hash = hashlib.sha256(text.encode()).hexdigest()
        self.out = self._adjacency([(h, r, t, i) for i, (h, r, t) in enumerate(self.edges)])
        self.inc = self._adjacency(sorted((t, r, h, i) for i, (h, r, t) in enumerate(self.edges)))
        self._edge_set = {edge: i for i, edge in enumerate(self.edges)}

    def _adjacency(self, rows: Sequence[tuple[int, int, int, int]]) -> ToyAdjacency:
        table = np.array(rows, dtype=np.int64).reshape(-1, 4)
        ptr = np.searchsorted(table[:, 0], np.arange(self.num_nodes + 1)).astype(np.int64)
        return ToyAdjacency(ptr, table[:, 1].astype(np.int32), table[:, 2].astype(np.int32), table[:, 3])

    def label(self, node: int) -> str:
        return self._labels[node]

    def key(self, node: int) -> str:
        return f"n{node}"

    def iter_labels(self) -> Iterator[tuple[int, ToyLabel]]:
        for node, text in enumerate(self._labels):
            yield node, ToyLabel(text)
        for node, text in self._alternatives:
            yield node, ToyLabel(text, "", "alternative")

    def labels(self, node: int) -> list[ToyLabel]:
        return [label for n, label in self.iter_labels() if n == node]

    def relation_label(self, r: int) -> str:
        label = self._relation_labels[r % self.num_relations]
        return label if r < self.num_relations else f"inverse of {label}"

    def is_literal(self, node: int) -> bool:
        return node >= self.num_entities

    def types(self, node: int) -> np.ndarray:
        return np.array(self._types.get(node, []), dtype=np.int32)

    def steps(self, node: int) -> set[tuple[int, int]]:
        """The (directed relation, reached node) pairs of a node."""
        forward = {(r, t) for h, r, t in self.edges if h == node}
        return forward | {(r + self.num_relations, h) for h, r, t in self.edges if t == node}

    def edge(self, head: int, r: int, tail: int) -> int | None:
        triple = (head, r, tail) if r < self.num_relations else (tail, r - self.num_relations, head)
        return self._edge_set.get(triple)


WORDS = [
    "a",
    "b",
    "ab",
    "a b",
    "a b c",
    "the",
    "The",
    "é",
    "e\u0301",
    "東京",
    "日本",
    "Москва",
    "x_y",
    "1990",
    "😀",
    "C++",
    "b.",
]


def random_graph(rng: random.Random, nodes: int = 7, relations: int = 3, literals: bool = True) -> ToyGraph:
    """A graph with shared labels, prefixes of labels, cycles, self-loops, parallel edges, dead ends and a hub."""
    n, k = rng.randint(1, nodes), rng.randint(1, relations)
    pool = rng.sample(WORDS, rng.choice([1, 2, 4, len(WORDS)]))
    labels = [" ".join(rng.choices(pool, k=rng.choice([0, 1, 1, 1, 1, 2, 2, 3]))) for _ in range(n)]
    relation_labels = [rng.choice(pool) for _ in range(k)]
    if rng.random() < 0.7:  # usually distinct; sometimes two relations share a label
        relation_labels = [f"{label} {i}" for i, label in enumerate(relation_labels)]
    num_entities = rng.randint(max(1, n - 2), n) if literals else n
    edges = [
        (rng.randrange(num_entities), rng.randrange(k), rng.randrange(n)) for _ in range(rng.randint(n // 2, 2 * n))
    ]
    if rng.random() < 0.5:  # a hub
        edges += [(0, rng.randrange(k), rng.randrange(n)) for _ in range(n)]
    return ToyGraph(labels, relation_labels, edges, num_entities)


@st.composite
def toy_graphs(draw: st.DrawFn) -> ToyGraph:
    """Small graphs over any labels that hypothesis likes, shrinking to few nodes, edges and characters."""
    text = st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"]), max_size=4)
    labels = draw(st.lists(st.one_of(text, st.sampled_from(WORDS)), min_size=1, max_size=5))
    relations = draw(st.lists(st.one_of(text, st.sampled_from(["r", "s"])), min_size=1, max_size=2))
    num_entities = draw(st.integers(max(1, len(labels) - 1), len(labels)))
    edge = st.tuples(
        st.integers(0, num_entities - 1), st.integers(0, len(relations) - 1), st.integers(0, len(labels) - 1)
    )
    return ToyGraph(labels, relations, draw(st.lists(edge, max_size=7)), num_entities)
