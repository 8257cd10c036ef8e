"""The graph against a brute-force oracle of dicts, for every member."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.graph.interop import from_triples
from clew.kg.terms.literal import Literal
from tests.kg.oracle import OracleGraph, Triple, triples


@given(triples)
def test_counts_and_keys(statements: list[Triple]) -> None:
    graph, oracle = from_triples(statements), OracleGraph(statements)
    assert graph.num_edges == graph.num_statements == len(oracle.edges)
    assert graph.num_entities == len(oracle.entities)
    assert graph.num_nodes == len(oracle.entities) + len(oracle.literals)
    keys = [graph.key(node) for node in range(graph.num_nodes)]
    assert keys[: graph.num_entities] == sorted(oracle.entities, key=str.encode)
    assert set(keys[graph.num_entities :]) == set(oracle.literals)
    assert [graph.node(key) for key in keys] == list(range(graph.num_nodes))
    assert [graph.relation_key(r) for r in range(graph.num_relations)] == oracle.relations
    for node, key in enumerate(keys):
        assert graph.is_literal(node) == (key in oracle.literals)
        if graph.is_literal(node):
            assert graph.literal(node) == oracle.literals[key]


@given(triples)
def test_walking(statements: list[Triple]) -> None:
    graph, oracle = from_triples(statements), OracleGraph(statements)
    for node in range(graph.num_nodes):
        key = graph.key(node)
        assert graph.relations_of(node).tolist() == oracle.relations_of([key])
        for r in range(2 * graph.num_relations):
            reached = graph.neighbours(node, r).tolist()
            assert {graph.key(n) for n in reached} == oracle.reach([key], r)
            assert reached == sorted(set(reached))
            for tail in reached:
                edge = graph.edge(node, r, tail)
                assert edge is not None
                forward = (node, r, tail) if r < graph.num_relations else (tail, r - graph.num_relations, node)
                assert graph.edge_triple(edge) == forward


@given(triples, st.data())
def test_frontiers(statements: list[Triple], data: st.DataObject) -> None:
    graph, oracle = from_triples(statements), OracleGraph(statements)
    if not graph.num_nodes:
        return
    nodes = data.draw(st.lists(st.integers(0, graph.num_nodes - 1), max_size=20))
    keys = [graph.key(node) for node in nodes]
    assert graph.frontier_relations(nodes).tolist() == oracle.relations_of(keys)
    for r in range(2 * graph.num_relations):
        reached = graph.expand(nodes, r).tolist()
        assert {graph.key(n) for n in reached} == oracle.reach(keys, r)
        assert reached == sorted(set(reached))


@given(triples)
def test_adjacency_arrays(statements: list[Triple]) -> None:
    graph = from_triples(statements)
    ends = np.repeat(np.arange(graph.num_nodes), np.diff(graph.inc.ptr))
    backward = list(zip(ends.tolist(), graph.inc.relation.tolist(), graph.inc.node.tolist(), strict=True))
    assert backward == sorted(backward)
    for (tail, relation, head), edge in zip(backward, graph.inc.edge.tolist(), strict=True):
        assert graph.edge_triple(edge) == (head, relation, tail)
    assert graph.out.edge.tolist() == list(range(graph.num_edges))


@given(triples, st.randoms())
def test_order_and_repetition_do_not_matter(statements: list[Triple], random: object) -> None:
    again = statements + statements[:3]
    random.shuffle(again)  # type: ignore[attr-defined]
    assert from_triples(again).content_hash == from_triples(statements).content_hash


@given(triples, triples)
def test_hash_tells_graphs_apart(left: list[Triple], right: list[Triple]) -> None:
    same = OracleGraph(left).edges == OracleGraph(right).edges
    assert (from_triples(left).content_hash == from_triples(right).content_hash) == same


def test_large_frontier_is_marked_and_small_is_sorted() -> None:
    hub = [("hub", "r", f"n{i:05d}") for i in range(3000)] + [(f"n{i:05d}", "s", f"m{i % 7}") for i in range(3000)]
    graph = from_triples(hub)
    middle = graph.expand([graph.node("hub")], graph.relation("r"))
    assert [graph.key(node) for node in middle] == [f"n{i:05d}" for i in range(3000)]
    assert [graph.key(n) for n in graph.expand(middle, graph.relation("s"))] == [f"m{i}" for i in range(7)]
    assert graph.frontier_relations(middle).tolist() == [graph.relation("s"), graph.relation("r") + 2]


def test_unknown_things() -> None:
    graph = from_triples([("a", "r", "b")])
    assert graph.find_node("c") is None
    with pytest.raises(UnknownNode, match="'c'"):
        graph.node("c")
    with pytest.raises(UnknownRelation):
        graph.relation("q")
    for node in (-1, 2):
        with pytest.raises(UnknownNode):
            graph.label(node)
        with pytest.raises(UnknownNode):
            graph.expand([node], 0)
    for r in (-1, 2):
        with pytest.raises(UnknownRelation):
            graph.neighbours(0, r)
    with pytest.raises(UnknownNode, match="not a literal"):
        graph.literal(0)
    assert graph.types(0).tolist() == []
    assert graph.type_relation is None


def test_a_lone_surrogate_is_refused_and_unknown() -> None:
    with pytest.raises(BadInput, match="Unicode"):
        from_triples([("a\ud800", "r", "b")])
    assert from_triples([("a", "r", "b")]).find_node("\ud800") is None


def test_a_key_that_reads_as_a_literal() -> None:
    assert from_triples([("a", "r", '"b"')]).key(0) == '"b"'
    with pytest.raises(BadInput, match="both an entity and a literal"):
        from_triples([("a", "r", '"b"'), ("a", "r", Literal("b"))])


def test_empty_graph() -> None:
    graph = from_triples([])
    assert (graph.num_nodes, graph.num_edges, graph.num_relations) == (0, 0, 0)
    assert list(graph.iter_labels()) == []
    assert graph.frontier_relations([]).tolist() == []
