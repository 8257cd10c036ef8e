"""The survey of a graph tells what looking at its edges one by one tells, and is the same when it is stored."""

from __future__ import annotations

import gc
import logging
import weakref
from collections import Counter
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.limits import MAX_KINDRED, MAX_SAMPLED_TARGETS
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE
from clew.tries.survey.picks import pick, pick_each, spread, strides
from clew.tries.survey.stored import open_survey
from clew.tries.survey.survey import Survey, survey_of

FILMS = [
    *((f"film{i}", "by", f"person{i % 7}") for i in range(300)),
    *((f"film{i}", RDF_TYPE, "Film") for i in range(300)),
    *((f"film{i}", RDF_TYPE, "Classic") for i in range(0, 300, 9)),
    *((f"film{i}", "year", Literal(str(1900 + i % 50))) for i in range(300)),
    *((f"person{i}", RDF_TYPE, "Person") for i in range(5)),
    ("Film", RDF_TYPE, "Class"),
]


@pytest.fixture
def films() -> Graph:
    return from_triples(FILMS, name="films")


def rows(graph: Graph, directed: int) -> np.ndarray:
    """The edges of a relation on the side where their owner is what the directed relation reaches."""
    side = graph.inc if directed < graph.num_relations else graph.out
    return np.flatnonzero(np.asarray(side.relation) == directed % graph.num_relations)


def sampled(graph: Graph, directed: int) -> list[int]:
    side = graph.inc if directed < graph.num_relations else graph.out
    found = rows(graph, directed)
    count = min(len(found), MAX_SAMPLED_TARGETS)
    picked = found[np.linspace(0, len(found) - 1, count).astype(np.int64)] if count else found
    return sorted({int(np.searchsorted(side.ptr, row, side="right")) - 1 for row in picked})


def check(graph: Graph) -> None:
    survey, kind = Survey.of(graph), graph.type_relation
    edges = [graph.edge_triple(edge) for edge in range(graph.num_edges)]
    assert survey.classes.tolist() == sorted({tail for _, r, tail in edges if r == kind})
    assert survey.instances_of == Counter(tail for _, r, tail in edges if r == kind)
    for directed in range(2 * graph.num_relations):
        nodes = sampled(graph, directed)
        things = [node for node in nodes if not graph.is_literal(node)]
        types = [graph.types(node).tolist() for node in things]
        assert survey.reached[directed].tolist() == [len(nodes), len(things), sum(map(bool, types))]
        classes, counts = survey.classes_reached(directed)
        assert dict(zip(classes.tolist(), counts.tolist(), strict=True)) == Counter(c for some in types for c in some)
        assert sorted(classes.tolist()) == classes.tolist()
    for relation in range(graph.num_relations):
        own = [edge for edge, (_, r, _) in enumerate(edges) if r == relation]
        assert survey.edges(relation).tolist() == own[:: max(1, len(own) // MAX_KINDRED)]


def test_a_survey_tells_what_the_edges_tell(films: Graph) -> None:
    check(films)


node = st.sampled_from("abcdefgh")
triples = st.lists(
    st.tuples(
        node,
        st.sampled_from(["likes", "knows", RDF_TYPE]),
        st.one_of(node, st.sampled_from(["1", "2"]).map(Literal)),
    ),
    max_size=60,
)


@given(triples)
@settings(deadline=None)
def test_surveys_of_random_graphs(some: list[tuple[str, str, str | Literal]]) -> None:
    check(from_triples(some))


@given(st.integers(0, 500), st.integers(1, 60))
def test_ranks_are_distinct_and_within_bounds(size: int, most: int) -> None:
    for ranks, low, high in ((spread(size, most), most, most), (strides(size, most), most, 2 * most - 1)):
        assert (np.diff(ranks) > 0).all()
        assert min(size, low) <= len(ranks) <= min(size, high)
        assert not size or (ranks[0] == 0 and ranks[-1] < size)


@given(triples, st.data())
@settings(deadline=None)
def test_picks_are_the_edges_of_those_ranks(some: list[tuple[str, str, str | Literal]], data: st.DataObject) -> None:
    graph = from_triples(some)
    for side in (graph.out, graph.inc):
        own = [np.flatnonzero(np.asarray(side.relation) == r) for r in range(graph.num_relations)]
        ranks = [sorted(data.draw(st.sets(st.integers(0, len(edges) - 1)))) if len(edges) else [] for edges in own]
        found = pick(side, [np.array(some, np.int64) for some in ranks])
        for r, edges in enumerate(own):
            positions = found.position[found.ptr[r] : found.ptr[r + 1]]
            assert positions.tolist() == [int(edges[rank]) for rank in ranks[r]]
            assert (side.ptr[found.owners(r)] <= positions).all()
            assert (positions < side.ptr[found.owners(r) + 1]).all()


@given(triples, st.lists(st.integers(0, 5), max_size=4))
@settings(deadline=None)
def test_runs_are_the_rows_of_neighbours(some: list[tuple[str, str, str | Literal]], places: list[int]) -> None:
    graph = from_triples(some)
    nodes = [place for place in places if place < graph.num_nodes]
    for directed in range(2 * graph.num_relations):
        side = graph.out if directed < graph.num_relations else graph.inc
        first, last = graph.runs(nodes, directed)
        for at, start in enumerate(nodes):
            assert side.node[first[at] : last[at]].tolist() == graph.neighbours(start, directed).tolist()


def same(one: Survey, other: Survey) -> bool:
    return all(np.array_equal(getattr(one, field.name), getattr(other, field.name)) for field in fields(Survey))


@pytest.mark.parametrize("triples", [FILMS, FILMS[:1], []], ids=["films", "one edge", "empty"])
def test_stored_is_computed_anew(triples: list[tuple[str, str, str | Literal]], tmp_path: Path) -> None:
    graph = from_triples(triples)
    Survey.of(graph).save(tmp_path / "survey", graph)
    assert same(Survey.load(tmp_path / "survey", graph), Survey.of(graph))


def test_a_survey_is_made_once_and_goes_with_its_graph(films: Graph, tmp_path: Path) -> None:
    stored = open_survey(films, tmp_path / "survey")
    assert survey_of(films) is stored
    again = from_triples(FILMS, name="films")
    before = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "survey").iterdir()}
    assert same(open_survey(again, tmp_path / "survey"), stored)
    assert {file.name: file.stat().st_mtime_ns for file in (tmp_path / "survey").iterdir()} == before
    known = weakref.ref(again)
    del again
    gc.collect()
    assert known() is None


def test_the_survey_of_another_version_is_not_used(films: Graph, tmp_path: Path) -> None:
    Survey.of(films).save(tmp_path / "survey", films)
    with pytest.raises(StaleIndex, match="graph"):
        Survey.load(tmp_path / "survey", from_triples(FILMS[:-1]))


COUNTS = {"instances", "reached", "class_count"}
"""Of these any number is possible."""
NAMES = {field.name for field in fields(Survey)}


@pytest.mark.parametrize(
    ("field", "damage"),
    [
        *((name, damage) for name in sorted(NAMES) for damage in ("missing", "another type")),
        *((name, "shorter") for name in sorted(NAMES - {"redundant"})),
        *((name, "out of range") for name in sorted(NAMES - COUNTS)),
    ],
)
def test_a_damaged_survey_is_made_anew(
    films: Graph, tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str, damage: str
) -> None:
    folder, right = tmp_path / "survey", Survey.of(films)
    right.save(folder, films)
    array = np.array(getattr(right, field))
    if damage == "missing":
        (folder / f"{field}.npy").unlink()
    elif damage == "shorter":
        (folder / f"{field}.npy").write_bytes((folder / f"{field}.npy").read_bytes()[:-1])
    elif damage == "another type":
        np.save(folder / f"{field}.npy", array.astype(np.float64))
    else:
        np.save(folder / f"{field}.npy", np.concatenate((array, [2**30])).astype(array.dtype))
    with caplog.at_level(logging.WARNING):
        found = open_survey(from_triples(FILMS, name="films"), folder)
    assert same(found, right)
    assert "rebuilding" in caplog.text
    assert same(Survey.load(folder, films), right)


def test_a_survey_that_cannot_be_stored_is_used_all_the_same(
    films: Graph, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    found = open_survey(films, tmp_path / "file" / "survey")
    assert same(found, Survey.of(films))
    assert "is not kept" in caplog.text


def test_several_picks_in_one_pass_are_those_of_several(films: Graph) -> None:
    sizes = np.asarray(films.arrays["relation_count"]).tolist()
    wanted = [
        [spread(size, 7) for size in sizes],
        [strides(size, 11) for size in sizes],
        [np.empty(0, np.int64) for _ in sizes],
    ]
    for found, ranks in zip(pick_each(films.out, wanted), wanted, strict=True):
        alone = pick(films.out, ranks)
        for name in ("ptr", "owner", "position"):
            assert getattr(found, name).tolist() == getattr(alone, name).tolist()
