"""Names as spans are the labels that a graph gives one by one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.labels.names import node_names
from tests.tries.labelled import KEYS, Statements, graph_of, statements

Rows = set[tuple[int, str, bool]]


def flat(graph: Graph, count: int, chosen: np.ndarray | None = None) -> list[tuple[int, str, bool]]:
    return [
        (node, text, alternative)
        for names in node_names(graph, count, chosen)
        for (node, text), alternative in zip(names, names.alternative.tolist(), strict=True)
    ]


def one_by_one(graph: Graph, nodes: range | list[int]) -> Iterator[tuple[int, str, bool]]:
    for node in nodes:
        labels = [label for label in graph.labels(node) if label.kind != "description"]
        yield from ((node, label.text, label.kind == "alternative") for label in labels)
        if all(label.kind != "preferred" for label in labels) and node not in graph.nameless:
            yield node, graph.label(node), False


@given(statements(14), st.sets(st.integers(0, 30)))
def test_names_of_nodes(said: Statements, wanted: set[int]) -> None:
    graph = graph_of(said)
    for count in (graph.num_entities, graph.num_nodes):
        assert sorted(flat(graph, count)) == sorted(one_by_one(graph, range(count)))
        chosen = sorted(node for node in wanted if node < graph.num_nodes)
        below = [node for node in chosen if node < count]
        assert sorted(flat(graph, count, np.array(chosen, np.int64))) == sorted(one_by_one(graph, below))


PARTS = st.sampled_from(["http", "https", "urn", "x", ":", "/", "//", "#", "_", "%20", "é", "Q42", " ", "", "a b", "-"])


@given(st.lists(st.lists(PARTS, min_size=1, max_size=8).map("".join).filter(bool), min_size=1, max_size=8))
@example(KEYS)
@example(
    ["http://", "http:///", "https://a", "http:/", "http://x#", "http://x/#", "http://x#a/b", "https:x", "httpx://a/b"]
)
def test_names_of_nodes_without_labels(keys: list[str]) -> None:
    graph = from_triples([(key, "r", keys[0]) for key in keys])
    assert sorted(flat(graph, graph.num_nodes)) == sorted(one_by_one(graph, range(graph.num_nodes)))
