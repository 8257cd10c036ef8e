"""The survey and the columns that follow an update are those that are made anew."""

from __future__ import annotations

import gc
import weakref
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta import Delta
from clew.kg.store.earlier import Earlier
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XL_FORM, XL_LABEL, XSD
from clew.tries.columns import updated as updated_columns
from clew.tries.columns.arrays import ColumnArrays
from clew.tries.columns.columns import ValueColumns
from clew.tries.columns.stored import columns_of, keep_columns_in, save
from clew.tries.survey import updated as updated_survey
from clew.tries.survey.stored import open_survey
from clew.tries.survey.survey import Survey

Triple = tuple[str, str, str | Literal]

NODES = ("a", "b", "c", "d", "_:e", "f", "City", "Person")
RELATIONS = ("born in", "birthplace of", "knows", "likes", RDF_TYPE)
VALUES = (Literal("1"), Literal("12", XSD + "integer"), Literal("1999-01-02", XSD + "date"), Literal("text"))


def same_survey(one: Survey, other: Survey) -> bool:
    return all(
        np.array_equal(left := getattr(one, field.name), right := getattr(other, field.name))
        and left.dtype == right.dtype
        for field in fields(Survey)
    )


def same_columns(one: ValueColumns, other: ValueColumns) -> bool:
    return one.groups == other.groups and all(
        np.array_equal(left := getattr(one.arrays, field.name), right := getattr(other.arrays, field.name))
        and left.dtype == right.dtype
        for field in fields(ColumnArrays)
    )


def changed(base: Graph, add: list[Triple], delete: list[Triple], labels: dict[str, str] | None = None) -> Delta:
    return Delta.of(base).then(from_triples(add, labels or {}), from_triples(delete))


def check(delta: Delta) -> tuple[bool, bool]:
    """Compare with what is made anew; return whether the survey and the columns followed."""
    graph = delta.whole()
    survey = updated_survey.updated(Survey.of(delta.base), delta, graph)
    assert survey is None or same_survey(survey, Survey.of(graph))
    columns = updated_columns.updated(ValueColumns.of(delta.base), delta, graph)
    assert columns is None or same_columns(columns, ValueColumns.of(graph))
    return survey is not None, columns is not None


triple = st.tuples(
    st.sampled_from(NODES), st.sampled_from(RELATIONS), st.one_of(st.sampled_from(NODES), st.sampled_from(VALUES))
)
link = st.tuples(st.sampled_from(NODES), st.sampled_from(RELATIONS[:4]), st.sampled_from(NODES))
every: list[Triple] = [("a", relation, "b") for relation in RELATIONS]
"""So that each relation is there before and after."""


@given(
    st.lists(triple, max_size=40),
    st.lists(st.one_of(link, triple), max_size=6),
    st.data(),
    st.dictionaries(st.sampled_from((*NODES, "new")), st.sampled_from(["One", "Two"]), max_size=2),
)
@settings(deadline=None, max_examples=300)
def test_what_follows_an_update_is_what_is_made_anew(
    facts: list[Triple], add: list[Triple], data: st.DataObject, labels: dict[str, str]
) -> None:
    base = from_triples([*every, *facts], {"a": "An A", "City": "city"})
    delete = data.draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    check(changed(base, [*every, *add], [one for one in delete if one not in every], labels))


def town(people: int) -> list[Triple]:
    """Relations of several sizes, some of which run the other way, with dates."""
    facts: list[Triple] = []
    for i in range(people):
        one, other = f"p{i}", f"p{(7 * i) % people}"
        facts += [(one, "child", other), (other, "parent", one), (one, RDF_TYPE, "Person" if i % 3 else "Child")]
        facts += [(one, "born", Literal(f"19{10 + i % 80}-01-0{1 + i % 9}", XSD + "date")), (one, "near", f"p{i // 2}")]
        if i % 4 == 0:
            facts += [(one, "spouse", f"p{i + 1}"), (f"p{i + 1}", "spouse", one), (one, "home", f"town{i % 5}")]
    return facts


UPDATES: dict[str, tuple[list[Triple], list[Triple]]] = {
    "a link": ([("p3", "home", "town1")], []),
    "a new node": ([("aa", "near", "p3"), ("p9", "near", "zz")], []),
    "a node goes": ([], [(f"p{i}", "home", "town4") for i in range(0, 400, 4)]),
    "an inverse no longer": ([(f"p{i}", "parent", f"q{i}") for i in range(200)], []),
    "a symmetric one no longer": ([(f"p{i}", "spouse", f"q{i}") for i in range(60)], []),
    "an inverse from now on": ([(f"p{i // 2}", "home", f"p{i}") for i in range(400)], []),
    "fewer": ([], [(f"p{i}", "child", f"p{(7 * i) % 400}") for i in range(0, 400, 3)]),
}


@pytest.mark.parametrize("name", UPDATES)
def test_updates_of_relations_that_depend_on_each_other(name: str) -> None:
    add, delete = UPDATES[name]
    assert check(changed(from_triples(town(400)), add, delete)) == (True, True)


def test_updates_after_updates() -> None:
    base, graph = from_triples(town(200)), None
    survey, columns = Survey.of(base), ValueColumns.of(base)
    for i in range(5):
        delta = changed(base, [(f"new{i}", "near", f"p{i}"), (f"p{i}", "home", f"new{i}")], [("p2", "near", f"p{i}")])
        graph = delta.whole()
        survey = updated_survey.updated(survey, delta, graph) or pytest.fail("not followed")
        columns = updated_columns.updated(columns, delta, graph) or pytest.fail("not followed")
        base = graph
    assert same_survey(survey, Survey.of(base))
    assert same_columns(columns, ValueColumns.of(base))


def test_a_type_that_gets_a_name() -> None:
    base = from_triples([*every, ("x", RDF_TYPE, "_:kind"), ("y", RDF_TYPE, "_:kind"), ("_:kind", "knows", "a")])
    assert check(changed(base, [("a", "likes", "b")], [], {"_:kind": "Kind"}))[0]


def test_a_type_whose_label_node_gets_its_text() -> None:
    label, other = [("_:kind", XL_LABEL, "_:label")], [("_:other", XL_FORM, Literal("Other"))]
    base = from_triples([*every, ("x", RDF_TYPE, "_:kind"), *label, *other])
    delta = changed(base, [("_:label", XL_FORM, Literal("Kind"))], [])
    assert check(delta) == (True, False)
    assert len(Survey.of(delta.whole()).classes) == len(Survey.of(base).classes) + 1


@pytest.mark.parametrize(
    ("add", "survey", "columns"),
    [
        ([("a", RDF_TYPE, "d")], False, True),
        ([("a", "a new relation", "b")], False, False),
        ([("a", "knows", Literal("1"))], True, False),
    ],
    ids=["type", "relation", "literal"],
)
def test_what_is_made_anew(add: list[Triple], survey: bool, columns: bool) -> None:
    assert check(changed(from_triples([*every, ("c", "knows", "d")]), add, [])) == (survey, columns)


def test_another_version_is_not_followed() -> None:
    delta = changed(from_triples(every), [("a", "knows", "d")], [])
    other = from_triples([*every, ("a", "knows", "c")])
    assert updated_survey.updated(Survey.of(delta.base), delta, other) is None
    assert updated_columns.updated(ValueColumns.of(delta.base), delta, other) is None


def test_stored_indices_follow_those_of_the_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    delta = changed(from_triples(town(60)), [("p1", "home", "p2")], [])
    graph = delta.whole()
    Survey.of(delta.base).save(tmp_path / "old survey", delta.base)
    save(ValueColumns.of(delta.base), tmp_path / "old columns")
    right, values = Survey.of(graph), ValueColumns.of(graph)
    with monkeypatch.context() as patch:
        patch.setattr(Survey, "of", None)
        patch.setattr(ValueColumns, "of", None)
        assert same_survey(open_survey(graph, tmp_path / "survey", lambda: (delta, tmp_path / "old survey")), right)
        keep_columns_in(graph, tmp_path / "columns", lambda: (delta, tmp_path / "old columns"))
        assert same_columns(columns_of(graph), values)
    assert same_survey(Survey.load(tmp_path / "survey", graph), right)


@pytest.mark.parametrize("damage", ["missing", "flipped"])
def test_damaged_indices_of_the_base_are_not_followed(tmp_path: Path, damage: str) -> None:
    delta = changed(from_triples(town(60)), [("p1", "home", "p2")], [])
    graph = delta.whole()
    Survey.of(delta.base).save(tmp_path / "survey", delta.base)
    save(ValueColumns.of(delta.base), tmp_path / "columns")
    for file in (tmp_path / "survey" / "edge.npy", tmp_path / "columns" / "edges.npy"):
        data = file.read_bytes()
        file.unlink()
        if damage == "flipped":
            file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(StaleIndex):
        Survey.load(tmp_path / "survey", delta.base)
    survey = open_survey(graph, tmp_path / "new survey", lambda: (delta, tmp_path / "survey"))
    assert same_survey(survey, Survey.of(graph))
    keep_columns_in(graph, tmp_path / "new columns", lambda: (delta, tmp_path / "columns"))
    assert same_columns(columns_of(graph), ValueColumns.of(graph))


def test_nothing_holds_a_graph_whose_columns_were_kept(tmp_path: Path) -> None:
    delta = changed(from_triples(every), [("a", "knows", "d")], [])
    graph = delta.whole()
    keep_columns_in(graph, tmp_path / "columns", lambda: (delta, tmp_path / "none"))
    known = weakref.ref(graph)
    del graph
    gc.collect()
    assert known() is None


def lines(facts: list[Triple]) -> str:
    def term(value: str | Literal) -> str:
        if isinstance(value, Literal):
            return f'"{value.lexical}"^^<{value.datatype}>'
        return f"<{value}>" if ":" in value else f"<urn:{value}>"

    return "".join(f"{term(head)} {term(relation)} {term(tail)} .\n" for head, relation, tail in facts)


def test_an_update_leads_to_the_indices_of_a_fresh_ingest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue, here = Catalogue(tmp_path / "home"), IngestOptions(isolated=False)
    facts, more = town(80), [("p1", "home", "aaa"), ("zzz", "near", "p3"), ("p5", "child", "aaa")]
    for name, some in (("facts", facts), ("more", more), ("all", [*facts, *more])):
        (tmp_path / f"{name}.nt").write_text(lines(some))
    ingest(catalogue, [tmp_path / "facts.nt"], "updated", here)
    ingest(catalogue, [tmp_path / "all.nt"], "fresh", here)
    before = catalogue.open("updated")
    open_survey(before, catalogue.derived(before, "survey", "1"))
    keep_columns_in(before, catalogue.derived(before, "columns", "1"))
    columns_of(before)
    update(catalogue, "updated", [tmp_path / "more.nt"], options=here)
    graph, fresh = catalogue.open("updated"), catalogue.open("fresh")
    right, values, earlier = Survey.of(fresh), ValueColumns.of(fresh), Earlier(catalogue, graph)
    monkeypatch.setattr(Survey, "of", None)
    monkeypatch.setattr(ValueColumns, "of", None)
    assert same_survey(open_survey(graph, tmp_path / "survey", earlier.index("survey", "1")), right)
    keep_columns_in(graph, tmp_path / "columns", earlier.index("columns", "1"))
    assert same_columns(columns_of(graph), values)
