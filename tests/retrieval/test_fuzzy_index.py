"""The candidate index: what is one edit away is proposed, and the stored index is the built one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.retrieval.linking import fuzzy_index
from clew.retrieval.linking.fuzzy_index import ARRAYS, FuzzyIndex
from clew.retrieval.linking.words import fold_words

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


def index() -> FuzzyIndex:
    return FuzzyIndex.of(enumerate(LABELS), "f")


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
    fuzzy = FuzzyIndex.of(enumerate(labels), "f")
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
    empty = FuzzyIndex.of([], "f")
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
        np.testing.assert_array_equal(again._arrays[name], fuzzy._arrays[name])
    assert again.candidates(["polise"], 8).tolist() == fuzzy.candidates(["polise"], 8).tolist()


def test_empty_index_can_be_stored(tmp_path: Path) -> None:
    FuzzyIndex.of([], "f").save(tmp_path / "fuzzy")
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


@given(st.lists(st.text(max_size=30), min_size=1, max_size=5))
def test_texts_hashed_one_by_one_or_as_arrays_are_the_same(texts: list[str]) -> None:
    many = [*texts, *(str(i) for i in range(fuzzy_index.FEW_TEXTS))]
    kept = [text for text in texts if "\0" not in text]  # arrays are padded with it
    arrays = dict(zip(many, fuzzy_index._hashes(many).tolist(), strict=True))
    assert [fuzzy_index._hash(text) for text in kept] == [arrays[text] for text in kept]
    assert fuzzy_index._hashes(kept).tolist() == [arrays[text] for text in kept]
