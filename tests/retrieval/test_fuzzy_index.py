"""The candidate index: what is one edit away is proposed, and the stored index is the built one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.index.fuzzy_index import ARRAYS, FuzzyIndex
from clew.retrieval.linking.words import fold_words
from clew.tries.labels.names import Names
from tests.retrieval.slow_fuzzy_index import SlowFuzzyIndex
from tests.tries.labelled import TEXTS, Statements, graph_of, statements

LABELS = [
    "Temuera Morrison",
    "Once Were Warriors",
    "Tracker",
    "River Queen",
    "Troy",
    "Police",
    "Some Mother's Son",
    "1999",
    "Up",
    "東京物語",
    "Black Snake Moan",
]
LETTERS = "abcdefghijklmnopqrstuvwxyz "


def index_of(labels: Sequence[str]) -> FuzzyIndex:
    return FuzzyIndex.of([Names.of((node, label, False) for node, label in enumerate(labels))], "f")


def index() -> FuzzyIndex:
    return index_of(LABELS)


@st.composite
def typos(draw: st.DrawFn, text: str) -> str:
    """One insertion, deletion, replacement or swap of neighbours."""
    at = draw(st.integers(0, len(text) - 1))
    letter = draw(st.sampled_from(LETTERS))
    return draw(
        st.sampled_from(
            [
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
                text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
            ]
        )
    )


@given(st.data(), st.sampled_from([label for label in LABELS if len(label) > 3]))
def test_one_typo_keeps_the_label_among_the_candidates(data: st.DataObject, label: str) -> None:
    typed = fold_words(data.draw(typos(fold_words(label))))
    words = ["what", "did", *typed.split(), "do"]
    fuzzy = index()
    proposed = {fuzzy.text(one) for one in fuzzy.candidates(words, 8).tolist()}
    assert fold_words(label) in proposed


@given(st.lists(st.text(alphabet=LETTERS + "éß東", max_size=14), max_size=30))
def test_texts_nodes_and_words_survive(labels: list[str]) -> None:
    fuzzy = index_of(labels)
    expected: dict[str, list[int]] = {}
    for node, label in enumerate(labels):
        if fold_words(label):
            expected.setdefault(fold_words(label), []).append(node)
    assert {fuzzy.text(i): fuzzy.nodes(i) for i in range(len(fuzzy))} == expected
    for word in {word for text in expected for word in text.split()} | {"absent"}:
        having = [i for i, text in enumerate(sorted(expected)) if word in text.split()]
        assert fuzzy.with_word(word) == having
        assert fuzzy.word_frequency(word) == len(having)


def test_short_labels_come_by_deletions() -> None:
    fuzzy = index()
    assert {fuzzy.text(i) for i in fuzzy.candidates(["tory"], 8).tolist()} >= {"troy"}
    assert OSA.distance("tory", "troy") == 1


def test_nothing_in_nothing_out() -> None:
    assert index().candidates([], 8).tolist() == []
    empty = index_of([])
    assert len(empty) == 0
    assert empty.candidates(["word"], 8).tolist() == []


def test_descriptions_are_no_names(graph: Graph) -> None:
    fuzzy = FuzzyIndex.build(graph)
    texts = {fuzzy.text(i) for i in range(len(fuzzy))}
    assert "le fabuleux destin damelie poulain" in texts
    assert "a crew meets something hungry" not in texts
    assert fuzzy.fingerprint == graph.content_hash


def test_stored_index_is_the_built_one(tmp_path: Path) -> None:
    fuzzy = index()
    fuzzy.save(tmp_path / "fuzzy")
    again = FuzzyIndex.load(tmp_path / "fuzzy", "f")
    for name in ARRAYS:
        np.testing.assert_array_equal(again.arrays[name], fuzzy.arrays[name])
    assert again.candidates(["polise"], 8).tolist() == fuzzy.candidates(["polise"], 8).tolist()


def test_empty_index_can_be_stored(tmp_path: Path) -> None:
    index_of([]).save(tmp_path / "fuzzy")
    assert len(FuzzyIndex.load(tmp_path / "fuzzy", "f")) == 0


def test_stale_index(tmp_path: Path) -> None:
    with pytest.raises(StaleIndex):
        FuzzyIndex.load(tmp_path / "none", "f")
    index().save(tmp_path / "fuzzy")
    with pytest.raises(StaleIndex):
        FuzzyIndex.load(tmp_path / "fuzzy", "another version")
    (tmp_path / "fuzzy" / "grams.npy").unlink()
    with pytest.raises(StaleIndex):
        FuzzyIndex.load(tmp_path / "fuzzy", "f")


@given(statements(14), st.lists(TEXTS, max_size=3), st.integers(1, 6))
def test_index_is_that_of_the_slow_build(said: Statements, asked: list[str], limit: int) -> None:
    graph = graph_of(said)
    fast, slow = FuzzyIndex.build(graph), SlowFuzzyIndex.build(graph)
    for name in ARRAYS:
        np.testing.assert_array_equal(fast.arrays[name], slow.arrays[name])
    words = fold_words(" ".join(asked)).split()
    assert fast.candidates(words, limit).tolist() == slow.candidates(words, limit).tolist()


def test_many_words_and_labels() -> None:
    labels = [f"{word} {i % 7} {i}" for i, word in enumerate(["alpha", "Beta", "gämma", "di"] * 900)]
    fast, slow = index_of(labels), SlowFuzzyIndex.of(enumerate(labels), "f")
    for name in ARRAYS:
        np.testing.assert_array_equal(fast.arrays[name], slow.arrays[name])
    for asked in ("betta 3 5", "alpha", "gamma 1", "d"):
        assert fast.candidates(asked.split(), 8).tolist() == slow.candidates(asked.split(), 8).tolist()
