"""Updates and differences: equal to loading the result from scratch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import BadInput, BadLine, VersionChanged
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.graph.statements import edge_attributes, iter_statements
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta import Delta, apply
from clew.kg.store.delta_files import write_delta
from clew.kg.store.diff import diff
from clew.kg.terms.literal import Literal
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import RDFS_LABEL
from tests.kg.oracle import keys, literals, relations

Row = tuple[str, str, "str | Literal"]
rows = st.lists(
    st.one_of(
        st.tuples(keys, relations, st.one_of(keys, literals)),
        st.tuples(st.one_of(keys, relations), st.just(RDFS_LABEL), st.builds(Literal, st.sampled_from(["x", "y", ""]))),
    ),
    max_size=25,
)


def build(statements: Sequence[Row]) -> Graph:
    builder = GraphBuilder()
    for subject, predicate, value in statements:
        builder.statement(subject, predicate, value)
    return builder.build()


@given(rows, rows, rows)
def test_an_update_is_the_result_from_scratch(old: list[Row], add: list[Row], delete: list[Row]) -> None:
    result = [row for row in old if row not in delete] + add
    assert apply(build(old), build(add), build(delete)).content_hash == build(result).content_hash


@given(rows, rows)
def test_add_then_delete_gives_the_original(old: list[Row], add: list[Row]) -> None:
    graph = build(old)
    new = build([row for row in add if row not in old])
    assert apply(apply(graph, add=new), delete=new).content_hash == graph.content_hash


@given(rows, rows)
def test_a_difference_leads_from_one_to_the_other(old: list[Row], new: list[Row]) -> None:
    before, after = build(old), build(new)
    found = diff(before, after)
    has = lambda graph: {statement[:3] for statement in iter_statements(graph)}  # noqa: E731
    assert {statement[:3] for statement in found.added()} == has(after) - has(before)
    assert {statement[:3] for statement in found.removed()} == has(before) - has(after)
    assert (found.num_added, found.num_removed) == (len(has(after) - has(before)), len(has(before) - has(after)))
    again = apply(before, build([s[:3] for s in found.added()]), build([s[:3] for s in found.removed()]))
    assert again.content_hash == after.content_hash


def test_attributes_and_sources_are_kept() -> None:
    builder = GraphBuilder()
    for i in range(10):
        builder.edge("a", "r", f"b{i}", Source("f.csv", i, "g" if i % 2 else ""), {"n": Literal(str(i))})
    graph = apply(builder.build(), delete=from_triples([("a", "r", "b3")]), add=from_triples([("0", "r", "a")]))
    assert graph.num_edges == 10
    for edge in range(1, graph.num_edges):
        number = int(graph.key(graph.edge_triple(edge)[2])[1:])
        assert edge_attributes(graph, edge) == [("n", Literal(str(number)))]
        assert graph.edge_source(edge) == Source("f.csv", number, "g" if number % 2 else "")


def test_anonymous_nodes_of_an_update_are_new_ones(tmp_path: Path) -> None:
    catalogue, here = Catalogue(tmp_path / "home"), IngestOptions(isolated=False)
    (tmp_path / "g.ttl").write_text("<a:a> <a:p> [ <a:q> <a:x> ], _:named .")
    (tmp_path / "add.ttl").write_text("<a:b> <a:p> [ <a:q> <a:y> ], _:named .")
    ingest(catalogue, [tmp_path / "g.ttl"], "g", here)
    for _ in range(2):
        update(catalogue, "g", [tmp_path / "add.ttl"], options=here)
    graph = catalogue.open("g")
    blank = [graph.key(node) for node in range(graph.num_nodes) if graph.key(node).startswith("_:")]
    assert len(blank) == 4
    assert "_:named" in blank


def test_update_publishes_a_version(tmp_path: Path) -> None:
    catalogue, here = Catalogue(tmp_path / "home"), IngestOptions(isolated=False)
    (tmp_path / "g.txt").write_text("a|p|b\nb|p|c\n")
    (tmp_path / "add.nt").write_text("<x:a> <x:p> <x:b> .\n")
    (tmp_path / "delete.csv").write_text("b,p,c\nnot,there,at all\n")
    (tmp_path / "broken.csv").write_text("a,p,b\nbroken\n")
    first = ingest(catalogue, [tmp_path / "g.txt"], "g", here)
    second = update(catalogue, "g", [tmp_path / "add.nt"], [tmp_path / "delete.csv"], here)
    expected = from_triples([("a", "p", "b"), ("x:a", "x:p", "x:b")])
    assert second.content_hash == expected.content_hash == catalogue.open("g").content_hash
    assert catalogue.versions("g") == [first.version, second.version]
    third = update(catalogue, "g", [tmp_path / "delete.csv"], [tmp_path / "add.nt"], replace(here, isolated=True))
    assert third.edges == 3
    with pytest.raises(BadInput):
        update(catalogue, "g")
    with pytest.raises(BadLine):
        update(catalogue, "g", [tmp_path / "broken.csv"], options=here)
    assert catalogue.current("g") == third.version
    skipped = update(catalogue, "g", [tmp_path / "broken.csv"], options=replace(here, on_error="skip"))
    assert skipped.rejected == {"column count": 1}


def test_lists_of_an_update_are_their_members_as_if_loaded_from_scratch(tmp_path: Path) -> None:
    catalogue, here = Catalogue(tmp_path / "home"), IngestOptions(isolated=False)
    (tmp_path / "g.ttl").write_text("<a:a> <a:p> ( <a:x> <a:y> ) ; <a:q> <a:z> .")
    (tmp_path / "add.ttl").write_text("<a:b> <a:p> ( <a:y> <a:x> ) .")
    (tmp_path / "all.ttl").write_text("<a:b> <a:p> ( <a:y> <a:x> ) . <a:a> <a:q> <a:z> ; <a:p> ( <a:x> <a:y> ) .")
    first = ingest(catalogue, [tmp_path / "g.ttl"], "g", here)
    added = update(catalogue, "g", [tmp_path / "add.ttl"], options=here)
    assert (added.lists, added.list_members, added.edges) == (1, 2, 5)
    assert added.content_hash == ingest(catalogue, [tmp_path / "all.ttl"], "all", here).content_hash
    deleted = update(catalogue, "g", delete=[tmp_path / "add.ttl"], options=here)
    assert deleted.content_hash == first.content_hash


def test_an_update_beside_another_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other publishes its version after the first has read the graph."""
    names = ("old", "one", "other")
    for name in names:
        (tmp_path / f"{name}.tsv").write_text(f"{name}\tmeets\tfriend of {name}\n", encoding="utf-8")
    catalogue, files = Catalogue(tmp_path / "home"), {name: [str(tmp_path / f"{name}.tsv")] for name in names}
    ingest(catalogue, files["old"], "g")

    def beside(delta: Delta, base: Path, folder: Path) -> None:
        monkeypatch.undo()
        update(catalogue, "g", files["other"])
        write_delta(delta, base, folder)

    monkeypatch.setattr("clew.kg.ingest.update.write_delta", beside)
    with pytest.raises(VersionChanged):
        update(catalogue, "g", files["one"])
    assert catalogue.open("g").find_node("other") is not None
    update(catalogue, "g", files["one"])
    graph = catalogue.open("g")
    assert all(graph.find_node(name) is not None for name in names)
