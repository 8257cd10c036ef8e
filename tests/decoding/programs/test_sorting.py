"""Answers in the order that a question asks for."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.programs.sorting import Sorting
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal

INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


def make_graph(triples: list[tuple[str, str, str | Literal]]) -> Graph:
    builder = GraphBuilder()
    for triple in triples:
        builder.edge(*triple)
    return builder.build("people")


def ages(graph_ages: dict[str, int]) -> Graph:
    return make_graph([(name, "age", Literal(str(age), INTEGER)) for name, age in graph_ages.items()])


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(-20, 20), min_size=1), st.booleans())
def test_answers_ascend_or_descend_by_their_values(some: dict[str, int], descending: bool) -> None:
    graph = ages(some)
    nodes = np.array([graph.node(name) for name in some], np.int32)
    found = [graph.label(node) for node in Sorting(graph.relation("age"), descending).of(graph, nodes)]
    values = [some[name] for name in found]
    assert values == sorted(some.values(), reverse=descending)
    assert sorted(found) == sorted(some)


def test_those_without_a_value_come_last() -> None:
    graph = make_graph(
        [("ann", "age", Literal("9", INTEGER)), ("bo", "knows", "ann"), ("cy", "age", Literal("30", INTEGER))]
    )
    nodes = np.array([graph.node(name) for name in ("bo", "ann", "cy")], np.int32)
    for descending, names in ((False, ["ann", "cy", "bo"]), (True, ["cy", "ann", "bo"])):
        found = Sorting(graph.relation("age"), descending).of(graph, nodes)
        assert [graph.label(node) for node in found] == names


@pytest.mark.parametrize("descending", [False, True])
def test_names_are_sorted_whatever_their_case(descending: bool) -> None:
    graph = ages({"b": 1, "A": 2, "c": 3})
    nodes = np.array([graph.node(name) for name in ("b", "A", "c")], np.int32)
    found = [graph.label(node) for node in Sorting(None, descending).of(graph, nodes)]
    assert found == (["c", "b", "A"] if descending else ["A", "b", "c"])
