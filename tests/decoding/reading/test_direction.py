"""Which end of a relation questions ask for, and names of relations read as English."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.reading.direction import TOPIC, topic_end
from clew.decoding.reading.relation_name import Form, relation_name
from clew.retrieval.linking.words import fold_words

CASES = tomllib.loads((Path(__file__).parent / "directions.toml").read_text(encoding="utf-8"))["cases"]
MARK = "zzz"


def words(question: str) -> list[str]:
    folded = fold_words(re.sub(r"\bT\b", MARK, question).replace(f"{MARK}'s", f"{MARK} s")).split()
    return [TOPIC if word == MARK else word for word in folded]


@pytest.mark.parametrize(("relation", "question", "end"), CASES)
def test_the_topic_is_at_the_end_that_the_words_say(relation: str, question: str, end: str) -> None:
    found = topic_end(words(question), relation_name(relation))
    assert (found.value if found else "none") == end


def test_both_ends_and_neither_are_among_the_cases() -> None:
    ends = [end for *_, end in CASES]
    assert min(ends.count("head"), ends.count("tail")) > 30


@pytest.mark.parametrize(
    ("label", "form", "core"),
    [
        ("directed by", Form.PASSIVE, ("directed",)),
        ("directedBy", Form.PASSIVE, ("directed",)),
        ("is_written_by", Form.PASSIVE, ("written",)),
        ("capital of", Form.NOUN_OF, ("capital",)),
        ("hasCapital", Form.NOUN, ("capital",)),
        ("birth place", Form.NOUN, ("birth", "place")),
        ("located in", Form.PLACE, ("located",)),
        ("named after", Form.PLACE, ("named",)),
        ("killed", Form.VERB, ("killed",)),
        ("manages", Form.VERB, ("manages",)),
        ("awards", Form.NOUN, ("awards",)),
        ("in language", Form.NOUN, ("language",)),
        ("/people/person/place_of_birth", Form.NOUN, ("place", "of", "birth")),
    ],
)
def test_names_are_read(label: str, form: Form, core: tuple[str, ...]) -> None:
    name = relation_name(label)
    assert (name.form, name.core) == (form, core)


@pytest.mark.parametrize(
    ("label", "core", "owner"),
    [
        ("film country", ("country",), "film"),  # as such labels are made: the last words of the path
        ("film film country", ("country",), "film"),
        ("land of origin", ("land", "of", "origin"), ""),  # a label of its own goes before the key
    ],
)
def test_a_label_made_from_a_path_is_read_by_its_last_segment(label: str, core: tuple[str, ...], owner: str) -> None:
    name = relation_name(label, "/film/film/country")
    assert (name.core, name.owner) == (core, owner)


@pytest.mark.parametrize("label", ["rel_1", "P19", "relation7", "r", "edge", "12", "prop_3", "--", "field 2"])
def test_names_that_say_nothing(label: str) -> None:
    assert relation_name(label).opaque


@pytest.mark.parametrize("label", ["part of", "area", "P53 aircraft", "role", "type", "age", "related to", "is a"])
def test_names_that_say_something(label: str) -> None:
    assert not relation_name(label).opaque


@given(st.text(max_size=40), st.lists(st.sampled_from(["who", "did", TOPIC, "of", "by", "x", "the", "is"]), max_size=8))
def test_any_name_and_any_question_can_be_read(label: str, question: list[str]) -> None:
    name = relation_name(label)
    assert name.core or not name.words
    topic_end(question, name)
