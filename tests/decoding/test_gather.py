from __future__ import annotations

from itertools import islice, product
from time import monotonic

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.answers.gather import _Common, gather
from clew.decoding.answers.proof_writer import to_proof
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.proof import checker
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_NIL
from tests.clocks import install

triples = st.lists(
    st.tuples(st.sampled_from("abcdefg"), st.sampled_from(["r", "s", "t"]), st.sampled_from("abcdefg")),
    min_size=1,
    max_size=25,
)


def reasoning(topic: int, *paths: tuple[tuple[int, ...], float]) -> Reasoning:
    ranked = [RankedPath(Topic(topic), relations, float(np.log(p)), p) for relations, p in paths]
    return Reasoning(tuple(ranked), confidence=1.0)


def networkx_instances(graph: Graph, topic: int, relations: tuple[int, ...]) -> set[tuple[int, ...]]:
    """Every instance, by brute force over a networkx copy."""
    copy = nx.MultiDiGraph()
    for edge in range(graph.num_edges):
        head, relation, tail = graph.edge_triple(edge)
        copy.add_edge(head, tail, relation)
        copy.add_edge(tail, head, relation + graph.num_relations)
    if topic not in copy:
        return set()
    return {
        (topic, *rest)
        for rest in product(range(graph.num_nodes), repeat=len(relations))
        if (topic not in rest or rest == (topic,))
        and all(copy.has_edge(x, y, r) for x, y, r in zip((topic, *rest), rest, relations, strict=False))
    }


@given(triples, st.data())
@settings(max_examples=150, deadline=None)
def test_answers_and_paths_equal_brute_force(statements, data) -> None:
    graph = from_triples(statements)
    topic = data.draw(st.integers(0, graph.num_nodes - 1))
    relation = st.integers(0, 2 * graph.num_relations - 1)
    path = data.draw(st.lists(relation, min_size=1, max_size=3).map(tuple))
    gathered = gather(graph, reasoning(topic, (path, 0.5)), Bounds(max_hops=3))
    expected = networkx_instances(graph, topic, path)
    assert {a.node for a in gathered.answers} == {nodes[-1] for nodes in expected}
    for answer in gathered.answers:
        mine = [p.nodes for p in answer.paths]
        every = {nodes for nodes in expected if nodes[-1] == answer.node}
        assert set(mine) <= every
        assert len(mine) == len(set(mine)) == min(limits.MAX_PATHS_PER_ANSWER, len(every))
        report = checker.verify(graph, to_proof(graph, answer))
        assert len(report.alternatives) == len(mine)
    names = [(graph.label(a.node), graph.key(a.node)) for a in gathered.answers]
    assert names == sorted(names)


def two_ways() -> Graph:
    return from_triples(
        [
            ("film", "director", "ann"),
            ("film", "writer", "ann"),
            ("film", "actor", "bob"),
            ("film", "actor", "eve"),
            ("other", "actor", "bob"),
        ]
    )


def test_relation_paths_with_the_same_ends_are_one_reading() -> None:
    graph = two_ways()
    film = graph.node("film")
    director, writer, actor = (graph.relation(r) for r in ("director", "writer", "actor"))
    found = gather(graph, reasoning(film, ((actor,), 0.4), ((director,), 0.35), ((writer,), 0.25)), Bounds(max_hops=1))
    assert [graph.key(a.node) for a in found.answers] == ["ann"]
    assert [p.relations for p in found.paths] == [(director,), (writer,)]
    (answer,) = found.answers
    assert answer.score == 0.6
    assert {p.relations for p in answer.paths} == {(director,), (writer,)}
    assert [r.num_ends for r in found.readings] == [1, 2]
    assert not found.partial


def test_paths_never_step_back_onto_the_topic() -> None:
    graph = two_ways()
    actor = graph.relation("actor")
    found = gather(graph, reasoning(graph.node("film"), ((actor, actor + graph.num_relations), 1.0)), Bounds(2))
    assert [graph.key(a.node) for a in found.answers] == ["other"]


def test_a_best_path_without_ends_gives_way_to_the_next() -> None:
    graph = two_ways()
    director, actor = graph.relation("director"), graph.relation("actor")
    back = (director, director + graph.num_relations)
    found = gather(graph, reasoning(graph.node("film"), (back, 0.9), ((actor,), 0.1)), Bounds(2))
    assert [graph.key(a.node) for a in found.answers] == ["bob", "eve"]


def test_no_paths_no_answers() -> None:
    found = gather(two_ways(), Reasoning((), 0.0), Bounds(2))
    assert found.answers == ()
    assert found.readings == ()


def test_cut_answers_are_partial(monkeypatch) -> None:
    graph = from_triples([("hub", "r", f"n{i:04}") for i in range(50)])
    monkeypatch.setattr(limits, "MAX_ANSWERS", 10)
    found = gather(graph, reasoning(graph.node("hub"), ((0,), 1.0)), Bounds(1))
    assert [graph.key(a.node) for a in found.answers] == [f"n{i:04}" for i in range(10)]
    assert found.partial
    assert found.readings[0].num_ends == 50


def test_a_frontier_too_large_is_partial_not_wrong(monkeypatch) -> None:
    graph = from_triples([("hub", "r", f"n{i:04}") for i in range(50)] + [("hub", "s", "x")])
    monkeypatch.setattr(limits, "MAX_FRONTIER_NODES", 10)
    found = gather(graph, reasoning(graph.node("hub"), ((0,), 0.9), ((1,), 0.1)), Bounds(1))
    assert [graph.key(a.node) for a in found.answers] == ["x"]
    assert found.partial


def test_after_the_deadline_nothing_is_gathered_and_nothing_is_claimed() -> None:
    graph = two_ways()
    director, actor = graph.relation("director"), graph.relation("actor")
    found = gather(graph, reasoning(graph.node("film"), ((actor,), 0.6), ((director,), 0.4)), Bounds(1, deadline=0.0))
    assert not found.answers
    assert found.partial
    assert found.late


def test_literals_can_be_answers() -> None:
    from clew.kg.terms.literal import Literal

    graph = from_triples([("film", "year", Literal("1994"))])
    found = gather(graph, reasoning(graph.node("film"), ((0,), 1.0)), Bounds(1))
    (answer,) = found.answers
    assert graph.is_literal(answer.node)
    checker.verify(graph, to_proof(graph, answer))


@given(triples, st.data())
@settings(max_examples=100, deadline=None)
def test_paths_that_begin_alike_are_followed_as_each_by_itself(statements, data) -> None:
    literals = [(head, "says", Literal(tail)) for head, _, tail in statements[:5]]
    graph = from_triples([*statements, *literals])
    topic = data.draw(st.integers(0, graph.num_entities - 1))
    relation = st.integers(0, 2 * graph.num_relations - 1)
    paths = data.draw(st.lists(st.lists(relation, min_size=1, max_size=3).map(tuple), min_size=2, unique=True))
    paths += [path[:cut] for path in paths for cut in range(1, len(path))]
    distinct = list(dict.fromkeys(paths))
    bounds = Bounds(max_hops=3)
    together = gather(graph, reasoning(topic, *((path, 0.1) for path in distinct)), bounds)
    found = {path.relations: reading.num_ends for reading in together.readings for path in reading.paths}
    alone = {path: gather(graph, reasoning(topic, (path, 0.1)), bounds) for path in distinct}
    assert found == {path: len(one.answers) for path, one in alone.items() if one.answers}
    if together.answers:
        assert {a.node for a in together.answers} == {a.node for a in alone[together.paths[0].relations].answers}


def test_what_paths_share_is_followed_once(monkeypatch) -> None:
    graph, asked = two_ways(), []
    expand = Graph.expand

    def counted(self, nodes, relation):
        asked.append(relation)
        return expand(self, nodes, relation)

    monkeypatch.setattr(Graph, "expand", counted)
    actor = graph.relation("actor")
    back = actor + graph.num_relations
    film = graph.node("film")
    gather(graph, reasoning(film, ((actor,), 0.5), ((actor, back), 0.3), ((actor, back, actor), 0.2)), Bounds(3))
    assert asked == [actor, back, actor]


ascending = st.lists(st.integers(0, 300), unique=True).map(lambda ids: np.array(sorted(ids), np.int32))


@given(ascending, ascending, st.integers(0, 40))
def test_what_two_rows_share_is_found_as_far_as_it_is_asked_for(a, b, count) -> None:
    expected = sorted(set(a.tolist()) & set(b.tolist()))
    common = _Common(a, b)
    assert list(islice(common, count)) == expected[:count]
    assert list(common) == expected
    assert list(common) == expected  # again, from what is known


def test_readings_that_a_path_left_may_overtake_are_not_answered() -> None:
    graph = two_ways()
    director, actor = graph.relation("director"), graph.relation("actor")
    for share, sure in ((0.6, True), (0.4, False)):
        told = reasoning(graph.node("film"), ((actor,), share), ((director,), 1 - share))
        with pytest.MonkeyPatch.context() as patch:
            install(patch, 2, jump=59)  # one path was followed
            found = gather(graph, told, Bounds(1, deadline=monotonic() + 60))
        assert found.late
        assert found.partial
        assert len(found.answers) == (2 if sure else 0)


def test_answers_of_equal_score_are_sorted_by_value() -> None:
    shown = ["9", "10", "100", "Ten"]
    graph = from_triples([("a", "r", Literal(text)) for text in reversed(shown)])
    found = gather(graph, reasoning(graph.node("a"), ((graph.relation("r"),), 0.5)), Bounds(max_hops=1))
    assert [graph.label(answer.node) for answer in found.answers] == shown


def address() -> Graph:
    return from_triples(
        [
            ("mill", "address", "_:a"), ("_:a", "street", Literal("Quay 2")), ("_:a", "town", "voss"),
            ("_:a", "geo", "_:g"), ("_:g", "lat", Literal("60")), ("_:g", "near", "mill"), ("_:a", "type of", "voss"),
            ("barn", "address", "_:e"), ("mill", "sibling", "barn"), ("barn", "town", "oslo"),
        ]
    )  # fmt: skip


def test_an_opened_path_goes_on_to_the_values_behind_nodes_without_a_name() -> None:
    graph = address()
    given = reasoning(graph.node("mill"), ((graph.relation("address"),), 0.9), ((graph.relation("sibling"),), 0.1))
    plain = gather(graph, given, Bounds(2))
    assert [graph.label(item.node) for item in plain.answers] == ["barn"]
    assert plain.unnamed == given.paths[:1]
    opened = gather(graph, given, Bounds(1), opened=given.paths[0])
    assert {graph.label(item.node) for item in opened.answers} == {"Quay 2", "voss", "60"}
    assert opened.unnamed == ()
    for item in opened.answers:
        checker.verify(graph, to_proof(graph, item))
        assert all(path.ranked is given.paths[0] for path in item.paths)
        assert all(path.nodes[1] == graph.node("_:a") for path in item.paths)


def test_nothing_behind_a_node_without_a_name_is_no_answer() -> None:
    graph = address()
    given = reasoning(graph.node("barn"), ((graph.relation("address"),), 1.0))
    found = gather(graph, given, Bounds(2), opened=given.paths[0])
    assert found.answers == ()
    assert found.unnamed == given.paths


def test_the_empty_list_is_no_unknown_value() -> None:
    graph = from_triples([("barn", "tenant", RDF_NIL)])
    given = reasoning(graph.node("barn"), ((graph.relation("tenant"),), 1.0))
    found = gather(graph, given, Bounds(2), opened=given.paths[0])
    assert (found.answers, found.unnamed) == ((), ())


nameless_triples = st.lists(
    st.tuples(st.sampled_from(["a", "b", "_:x", "_:y", "_:z"]), st.sampled_from(["r", "s"]),
              st.sampled_from(["a", "b", "c", "_:x", "_:y", "_:z"])),
    min_size=1, max_size=14,
)  # fmt: skip


@given(nameless_triples)
def test_values_behind_are_those_of_a_plain_walk(statements: list[tuple[str, str, str]]) -> None:
    graph = from_triples([("t", "r", "_:x"), ("t", "r", "c"), *statements])
    given = reasoning(graph.node("t"), ((graph.relation("r"),), 1.0))
    found = gather(graph, given, Bounds(1), opened=given.paths[0])
    wanted, level = {"c"}, {"_:x"}
    for _ in range(limits.MAX_NAMELESS_HOPS):
        tails = {tail for head, _, tail in statements if head in level}
        wanted |= {tail for tail in tails if not tail.startswith("_:")}
        level = {tail for tail in tails if tail.startswith("_:")}
    assert {graph.key(item.node) for item in found.answers} == wanted
    for item in found.answers:
        checker.verify(graph, to_proof(graph, item))
