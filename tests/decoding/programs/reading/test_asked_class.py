"""Whether what a program finds is of the class asked for, against the classes of each node."""

from __future__ import annotations

import pytest

from clew.decoding.programs.reading.ranking import FEATURES
from clew.kg.graph.graph import Graph
from clew.tries.programs.sets import NodeSet
from tests.decoding.programs.reading.ferries import ferries, read


def classes(graph: Graph, node: int) -> set[str]:
    return {graph.label(cls) for cls in graph.types(node).tolist()}


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("which ferries sail to Torvik?", "ferry"),
        ("harbours of Norland", "harbour"),
        ("the captains of ferries to Sandness", "captain"),
        ("which ferries are longer than 70?", "ferry"),
    ],
)
def test_the_share_of_another_class_is_that_of_the_nodes(question: str, asked: str) -> None:
    graph, readings = ferries(), read(question)
    missed = readings.rows[:, FEATURES.index("of another class")]
    seen = 0
    for one, share in zip(readings.found, missed.tolist(), strict=True):
        value = one.top.value
        if isinstance(value, NodeSet) and len(value):
            nodes = value.nodes.tolist()
            assert share == pytest.approx(sum(asked not in classes(graph, node) for node in nodes) / len(nodes))
            seen += 1
    assert seen
    assert missed[0] == 0


def test_what_is_counted_is_looked_at() -> None:
    readings = read("how many ferries sail to Sandness?")
    assert readings.rows[0, FEATURES.index("of another class")] == 0
    assert readings.rows[:, FEATURES.index("of another class")].max() <= 1
