"""RDF lists and containers are read as their members; what is not well formed stays as it was stated."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.collection import Collection

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.lists import FoldedLists, fold_lists
from clew.kg.graph.statements import edge_attributes, iter_edges
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import LIST_POSITION, RDF, RDF_FIRST, RDF_NIL, RDF_REST, RDF_TYPE

Row = tuple[str, str, "str | Literal"]


def fold(rows: list[Row], labels: dict[str, str] | None = None) -> tuple[Graph, FoldedLists]:
    builder = GraphBuilder()
    for row in rows:
        builder.edge(*row)
    for key, text in (labels or {}).items():
        builder.label(key, text)
    found = fold_lists(builder)
    return builder.build(), found


def stated(graph: Graph) -> set[Row]:
    return {tuple(edge[:3]) for edge in iter_edges(graph)}  # type: ignore[misc]


def places(graph: Graph) -> dict[Row, set[str]]:
    return {
        tuple(edge[:3]): {value.lexical for name, value in edge_attributes(graph, i) if name == LIST_POSITION}  # type: ignore[misc]
        for i, edge in enumerate(iter_edges(graph))
    }


def cells(name: str, members: list[str | Literal], end: str = RDF_NIL) -> list[Row]:
    names = [f"_:{name}{i}" for i in range(len(members))] + [end]
    firsts: list[Row] = [(names[i], RDF_FIRST, member) for i, member in enumerate(members)]
    return firsts + [(names[i], RDF_REST, names[i + 1]) for i in range(len(members))]


def test_a_list_gives_an_edge_to_each_member_with_its_place() -> None:
    graph, found = fold([("book", "author", "_:c0"), *cells("c", ["ann", Literal("Bo"), "ann", "cy"])])
    assert places(graph) == {
        ("book", "author", "ann"): {"1", "3"},
        ("book", "author", Literal("Bo")): {"2"},
        ("book", "author", "cy"): {"4"},
    }
    assert found == FoldedLists(lists=1, members=4)
    assert list(graph.relation_keys) == ["author"]


def test_two_lists_of_one_relation_are_told_apart() -> None:
    rows = [("b", "p", "_:x0"), ("b", "p", "_:y0"), *cells("x", ["m", "n"]), *cells("y", ["n", "m"])]
    graph, found = fold(rows)
    assert places(graph) == {("b", "p", "m"): {"1.1", "2.2"}, ("b", "p", "n"): {"1.2", "2.1"}}
    assert found.lists == 2


@pytest.mark.parametrize("kind", ["Bag", "Seq", "Alt"])
def test_a_container_gives_its_members(kind: str) -> None:
    rows: list[Row] = [
        ("b", "p", "_:c"),
        ("_:c", RDF_TYPE, RDF + kind),
        ("_:c", RDF + "_1", "m"),
        ("_:c", RDF + "_12", "n"),
    ]
    graph, found = fold(rows)
    assert places(graph) == {("b", "p", "m"): {"1"}, ("b", "p", "n"): {"12"}}
    assert found == FoldedLists(1, 2)


MALFORMED: dict[str, list[Row]] = {
    "two rests": [("b", "p", "_:c0"), *cells("c", ["m", "n"]), ("_:c0", RDF_REST, RDF_NIL)],
    "two firsts": [("b", "p", "_:c0"), *cells("c", ["m", "n"]), ("_:c1", RDF_FIRST, "o")],
    "a cycle": [("b", "p", "_:c0"), *cells("c", ["m", "n"], "_:c0")],
    "a cycle of its own": [("b", "p", "x"), *cells("c", ["m", "n"], "_:c0")],
    "no nil": [("b", "p", "_:c0"), *cells("c", ["m", "n"], "_:end")],
    "an end that is named": [("b", "p", "_:c0"), *cells("c", ["m", "n"], "end")],
    "a shared tail": [("b", "p", "_:c0"), ("b", "q", "_:c1"), *cells("c", ["m", "n"])],
    "two heads": [("b", "p", "_:c0"), ("d", "p", "_:c0"), *cells("c", ["m"])],
    "a list as a subject": [("_:c0", "p", "b"), *cells("c", ["m", "n"])],
    "a list that says more": [("b", "p", "_:c0"), ("_:c1", "p", "b"), *cells("c", ["m", "n"])],
    "a list in a list": [("b", "p", "_:c0"), *cells("c", ["m", "_:d0"]), *cells("d", ["n"])],
    "a cell without a first": [("b", "p", "_:c0"), ("_:c0", RDF_REST, RDF_NIL), ("_:x", RDF_FIRST, "m")],
    "a cell with a key": [("b", "p", "c"), ("c", RDF_FIRST, "m"), ("c", RDF_REST, RDF_NIL)],
    "a cell in a triple term": [
        ("b", "p", "_:c0"), *cells("c", ["m"]), ("r", RDF + "reifies", "<<( <b> <p> _:c0 )>>"),
    ],
    "nothing leads to it": cells("c", ["m", "n"]),
    "two members of one number": [("b", "p", "_:c"), ("_:c", RDF + "_1", "m"), ("_:c", RDF + "_1", "n")],
    "a container that says more": [("b", "p", "_:c"), ("_:c", RDF + "_1", "m"), ("_:c", "q", "n")],
    "a container in a container": [("b", "p", "_:c"), ("_:c", RDF + "_1", "_:d"), ("_:d", RDF + "_1", "n")],
    "a list in a container": [("b", "p", "_:x"), ("_:x", RDF + "_1", "_:c0"), *cells("c", ["m"])],
    "a container in a list": [("b", "p", "_:c0"), *cells("c", ["_:x"]), ("_:x", RDF + "_1", "m")],
}  # fmt: skip


@pytest.mark.parametrize("kind", MALFORMED)
def test_what_is_not_well_formed_stays_as_it_was_stated(kind: str) -> None:
    good: list[Row] = [("ok", "p", "_:g0"), *cells("g", ["m", "n"])]
    graph, found = fold([*MALFORMED[kind], *good])
    assert stated(graph) == {*MALFORMED[kind], ("ok", "p", "m"), ("ok", "p", "n")}
    assert found == FoldedLists(1, 2)


def test_a_cell_with_a_label_is_kept() -> None:
    rows: list[Row] = [("b", "p", "_:c0"), *cells("c", ["m"])]
    assert stated(fold(rows, {"_:c0": "The authors"})[0]) == set(rows)


def test_a_graph_without_lists_is_left_alone() -> None:
    rows: list[Row] = [("a", "p", "b"), ("b", RDF_FIRST, "c")]
    graph, found = fold(rows)
    assert (stated(graph), found) == (set(rows), FoldedLists())


members = st.lists(st.sampled_from(["m", "n", "o"]), min_size=1, max_size=5)
statements = st.lists(
    st.tuples(
        st.sampled_from(["_:a", "_:b", "_:c", "_:d", "x"]),
        st.sampled_from([RDF_FIRST, RDF_REST, "p", RDF + "_1", RDF + "_2"]),
        st.sampled_from(["_:a", "_:b", "_:c", "_:d", RDF_NIL, "m"]),
    ),
    max_size=14,
)


@given(st.lists(st.tuples(st.sampled_from("bd"), st.sampled_from("pq"), members), max_size=4), statements, st.randoms())
def test_folding_does_not_depend_on_the_order_and_is_done_once(
    lists: list[tuple[str, str, list[str]]], more: list[Row], rng: random.Random
) -> None:
    rows = list(more)
    for i, (head, relation, some) in enumerate(lists):
        rows += [(head, relation, f"_:l{i}x0"), *cells(f"l{i}x", list(some))]
    graph, found = fold(rows)
    assert found.lists >= len(lists)
    shuffled = rows + rng.sample(rows, len(rows) // 2)
    rng.shuffle(shuffled)
    assert fold(shuffled)[0].content_hash == graph.content_hash
    again, none = fold([tuple(edge[:3]) for edge in iter_edges(graph)])  # type: ignore[misc]
    assert none == FoldedLists()
    assert stated(again) == stated(graph)
    for head, relation, some in lists:
        assert {(head, relation, member) for member in some} <= stated(graph)


@given(statements)
def test_only_what_holds_lists_together_is_dropped(rows: list[Row]) -> None:
    """A plain walk over each head's value gives the same members."""
    graph, _ = fold(rows)
    lost = set(rows) - stated(graph)
    for head, relation, tail in lost:
        cell = head if relation in (RDF_FIRST, RDF_REST, RDF + "_1", RDF + "_2") and head.startswith("_:") else tail
        assert str(cell).startswith("_:")
        assert all(cell not in (h, t) for h, _, t in stated(graph))
    for head, relation, member in stated(graph) - set(rows):
        walked = [walk(rows, tail) for h, r, tail in set(rows) if (h, r) == (head, relation)]
        assert any(member in some for some in walked)


def walk(rows: list[Row], cell: str | Literal) -> list[str | Literal]:
    found: list[str | Literal] = [t for h, r, t in rows if h == cell and r in (RDF + "_1", RDF + "_2")]
    for _ in range(len(rows)):
        found += [t for h, r, t in rows if h == cell and r == RDF_FIRST]
        cell = next((t for h, r, t in rows if h == cell and r == RDF_REST), RDF_NIL)
    return found


def test_members_of_a_turtle_file_are_those_that_rdflib_reads(tmp_path: Path) -> None:
    text = """@prefix : <http://ex.org/> .
    :a :p ( :x "1" ( :inner ) ) ; :q ( :y :z ) . :b :q ( ) ; :p ( :x [ :r :s ] ) ."""
    (tmp_path / "lists.ttl").write_text(text)
    loaded = load([str(tmp_path / "lists.ttl")], IngestOptions())
    oracle = rdflib.Graph().parse(data=text, format="turtle")
    ex = rdflib.Namespace("http://ex.org/")
    wanted = [str(member) for member in Collection(oracle, oracle.value(ex.a, ex.q))]
    found = {row[2]: at for row, at in places(loaded.graph).items() if row[:2] == (str(ex.a), str(ex.q))}
    assert sorted(found, key=lambda member: sorted(found[member])) == wanted
    assert loaded.folded == FoldedLists(lists=2, members=4)
    kept = load([str(tmp_path / "lists.ttl")], IngestOptions(fold_lists=False))
    assert kept.graph.num_edges == len(oracle)
    assert Counter(edge.predicate for edge in iter_edges(kept.graph))[RDF_FIRST] == 8


def test_lines_of_members_are_kept(tmp_path: Path) -> None:
    lines = [
        "<a:b> <a:p> _:c0 .",
        *(f"{h} <{r}> {t if t.startswith('_:') else f'<{t}>'} ." for h, r, t in cells("c", ["a:m", "a:n"])),
    ]  # type: ignore[union-attr]
    (tmp_path / "lists.nt").write_text("\n".join(lines) + "\n")
    graph = load([str(tmp_path / "lists.nt")], IngestOptions()).graph
    found = {graph.key(graph.edge_triple(edge)[2]): graph.edge_source(edge).line for edge in range(graph.num_edges)}
    assert found == {"a:m": 2, "a:n": 3}
