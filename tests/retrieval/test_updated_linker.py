"""The index of an updated graph answers as one built anew, whatever changed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta import Delta
from clew.kg.store.earlier import Earlier
from clew.kg.store.snapshot import write_snapshot
from clew.retrieval.linking.index import stored
from clew.retrieval.linking.index.fuzzy_index import FuzzyIndex
from clew.retrieval.linking.index.stored import LinkerIndex
from clew.retrieval.linking.index.updated_index import UpdatedFuzzyIndex
from clew.retrieval.linking.linker import EntityLinker
from clew.retrieval.linking.words import fold_words
from tests.tries.labelled import EdgeStatement, LabelStatement, Statements, graph_of, statements

QUESTIONS = ["who made pariss new york or straße", "is Q42 the new yrok city aab", "what is abcdefgi", "Paris's rel x"]


@pytest.fixture(autouse=True, scope="module")
def changes_of_any_size() -> Iterator[None]:
    """The law holds for any change of any graph; the limits only say where it pays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "MIN_UPDATED_INDEX", 0)
        patch.setattr(stored, "MAX_UPDATED_NAMES_SHARE", float("inf"))
        yield


def same_answers(graph: Graph, updated: LinkerIndex, anew: LinkerIndex, asked: list[str]) -> None:
    assert isinstance(updated.fuzzy, UpdatedFuzzyIndex)
    assert updated.degree == anew.degree
    one, other = updated.fuzzy, anew.fuzzy
    texts = [other.text(label) for label in range(len(other))]
    assert [one.text(label) for label in range(len(one))] == texts
    assert [one.nodes(label) for label in range(len(one))] == [other.nodes(label) for label in range(len(other))]
    names = [graph.label(node) for node in range(graph.num_nodes)] + [label.text for _, label in graph.iter_labels()]
    for word in {word for text in [*texts, *asked] for word in fold_words(text).split()}:
        assert one.word_frequency(word) == other.word_frequency(word)
        assert one.with_word(word) == other.with_word(word)
    for question in asked:
        words = fold_words(question).split()
        for limit in (1, 3, 64):
            assert one.candidates(words, limit).tolist() == other.candidates(words, limit).tolist()
        for nested in (False, True):
            assert updated.trie.scan(question, nested) == anew.trie.scan(question, nested)
        assert EntityLinker(graph, updated).link(question) == EntityLinker(graph, anew).link(question)
    for name in names + asked:
        assert updated.trie.lookup(name) == anew.trie.lookup(name)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Statements, list[tuple[Statements, Statements]]]:
    """A graph's statements and one to three updates: statements added, statements deleted."""
    base = draw(statements(14))
    known, updates = list(base), []
    for _ in range(draw(st.integers(1, 3))):
        add = draw(statements(4))
        delete = draw(st.lists(st.sampled_from(known), max_size=4)) if known else []
        updates.append((add, delete))
        known += add
    return base, updates


LONDON = LabelStatement("k1", "London", "", "preferred")
LIVES = EdgeStatement("k1", "rel", "Paris")
CITY, STATE = LabelStatement("k1", "New York City", "", "preferred"), LabelStatement("rel", "New York", "", "preferred")
LONG = LabelStatement("k1", "zork mnopqrstuvwxyz", "", "preferred")
OTHERS = [LabelStatement(key, f"{key} {i}", "", "preferred") for i, key in enumerate(["wd:Q1", "rel", "_:b0", "ключ"])]
ALIKE = [LabelStatement("a_b", f"mnopqrstuvwxyz {letter}", "", "alternative") for letter in "abcde"]


@settings(max_examples=30)
@given(changes(), st.lists(st.sampled_from(QUESTIONS), min_size=1, max_size=2))
@example(([LONDON], [([LIVES], [LONDON])]), QUESTIONS)
@example(([LabelStatement("rel", "made", "", "preferred")], [([LIVES], [])]), QUESTIONS)
@example(([LIVES, LONDON], [([], [LIVES, LONDON]), ([LIVES, LONDON], [])]), QUESTIONS)
@example(([CITY, STATE], [([], [CITY])]), ["who lives in New York City"])
@example(([LONG, *OTHERS], [(ALIKE, OTHERS)]), ["zork"])
def test_an_updated_index_answers_as_one_built_anew(
    change: tuple[Statements, list[tuple[Statements, Statements]]], asked: list[str]
) -> None:
    said, updates = change
    folder = Path(tempfile.mkdtemp())
    try:
        graph = graph_of(said)
        stored.build(graph, folder / "0")
        for number, (add, delete) in enumerate(updates, 1):
            delta = Delta.of(graph).then(graph_of(add), graph_of(delete))
            graph = delta.whole()
            here, before = folder / str(number), folder / str(number - 1)
            updated, anew = stored.update(graph, here, delta, before), stored.build(graph)
            assert updated is not None
            same_answers(graph, updated, anew, asked)
            shutil.rmtree(before)  # what it needs of the version before, it has
            same_answers(graph, stored.load(graph, here), anew, asked)
    finally:
        shutil.rmtree(folder)


# --- where it is stored


def london(folder: Path) -> tuple[Graph, Delta]:
    """A graph with its index in ``folder``, and a change of it."""
    graph = graph_of([CITY, STATE, LIVES])
    stored.build(graph, folder)
    return graph, Delta.of(graph).then(graph_of([LONDON]), graph_of([CITY]))


def test_what_is_stored_is_found_again(tmp_path: Path) -> None:
    _, delta = london(tmp_path / "old")
    graph = delta.whole()
    linker = EntityLinker.open(graph, tmp_path / "new", base=lambda: (delta, tmp_path / "old"))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["added", "base", "change", "degrees"]
    again = EntityLinker.open(graph, tmp_path / "new")
    for question in ("who is London", "New York City"):
        assert again.link(question) == linker.link(question) == EntityLinker.build(graph).link(question)


@pytest.mark.parametrize("damage", ["fuzzy", "labels", "labels/node.npy", "fuzzy/manifest.json", "."])
def test_a_base_that_cannot_be_used_means_building_anew(tmp_path: Path, damage: str) -> None:
    _, delta = london(tmp_path / "old")
    graph, broken = delta.whole(), tmp_path / "old" / damage
    if broken.is_dir():
        shutil.rmtree(broken)
    else:
        broken.write_bytes(b"broken")
    assert stored.update(graph, tmp_path / "new", delta, tmp_path / "old") is None
    linker = EntityLinker.open(graph, tmp_path / "new", base=lambda: (delta, tmp_path / "old"))
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["degrees", "fuzzy", "labels"]
    assert linker.link("who is London") == EntityLinker.build(graph).link("who is London")


@pytest.mark.parametrize("damage", ["base/fuzzy", "added/labels", "change/void.npy", "change/manifest.json"])
def test_a_stored_change_that_is_damaged_is_replaced(tmp_path: Path, damage: str) -> None:
    _, delta = london(tmp_path / "old")
    graph, broken = delta.whole(), tmp_path / "new" / damage
    stored.update(graph, tmp_path / "new", delta, tmp_path / "old")
    if broken.is_dir():
        shutil.rmtree(broken)
    else:
        broken.write_bytes(b"broken")
    with pytest.raises(StaleIndex):
        stored.load(graph, tmp_path / "new")
    assert isinstance(stored.opened(graph, tmp_path / "new").fuzzy, FuzzyIndex)
    assert len(stored.load(graph, tmp_path / "new").fuzzy) == len(FuzzyIndex.build(graph))


def test_an_index_that_cannot_be_stored_is_used_all_the_same(tmp_path: Path) -> None:
    _, delta = london(tmp_path / "old")
    graph = delta.whole()
    (tmp_path / "file").write_bytes(b"")
    for base in (None, lambda: (delta, tmp_path / "old")):
        linker = EntityLinker.open(graph, tmp_path / "file" / "folder", base=base)
        assert linker.link("who is London") == EntityLinker.build(graph).link("who is London")


def test_limits_say_where_an_index_is_built_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, delta = london(tmp_path / "old")
    graph = delta.whole()
    for limit, value in (("MIN_UPDATED_INDEX", graph.num_nodes + 1), ("MAX_UPDATED_NAMES_SHARE", 0.1)):
        with monkeypatch.context() as patch:
            patch.setattr(stored, limit, value)
            assert stored.update(graph, tmp_path / "new", delta, tmp_path / "old") is None
    assert stored.update(graph.with_languages("fr"), tmp_path / "new", delta, tmp_path / "old") is None
    assert stored.update(delta.base, tmp_path / "new", delta, tmp_path / "old") is None


def test_catalogue_says_what_a_version_was_made_from(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    with catalogue.staging() as folder:
        write_snapshot(graph_of([CITY, STATE, LIVES]), folder)
        catalogue.publish("g", folder)
    first = catalogue.open("g")
    assert Earlier(catalogue, first).index("linker", "f")() is None
    (tmp_path / "more.nt").write_text('<urn:k1> <http://www.w3.org/2000/01/rdf-schema#label> "London" .\n')
    update(catalogue, "g", add=[tmp_path / "more.nt"])
    second = catalogue.open("g")
    earlier = Earlier(catalogue, second).index("linker", "f")()
    assert earlier is not None
    delta, folder = earlier
    assert folder == catalogue.derived(first, "linker", "f")
    assert (delta.base.content_hash, delta.whole().content_hash) == (first.content_hash, second.content_hash)
    assert Earlier(catalogue, graph_of([LONDON])).index("linker", "f")() is None  # it is not in the catalogue
    (catalogue.version_folder("g") / "added.npz").write_bytes(b"broken")
    assert Earlier(catalogue, second).index("linker", "f")() is None
