"""The order in which answers are asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from clew.decoding.programs.reading.order import asked_order
from clew.decoding.programs.reading.question import AskedWords
from tests.decoding.programs.reading.ferries import said
from tests.decoding.programs.reading.texts import ANY_TEXT


@pytest.mark.parametrize(
    ("question", "words", "descending"),
    [
        ("ferries sorted by length", "sorted by length", False),
        ("ferries in descending order of length", "in descending order of length", True),
        ("list the ferries ordered alphabetically", "ordered alphabetically", False),
        ("ferries by length in ascending order", "in ascending order", False),
        ("captains ranked by age, please", "ranked by age", False),
        ("captains sorted by age, highest to lowest", "sorted by age", False),
        ("ferries ranked from the longest to the shortest", "ranked from the longest to the shortest", True),
        ("captains arranged from the youngest to the oldest", "arranged from the youngest to the oldest", False),
    ],
)
def test_words_for_an_order(question: str, words: str, descending: bool) -> None:
    asked = AskedWords(question)
    found = asked_order(asked)
    assert found is not None
    assert (" ".join(said(asked, found.bits)), found.descending) == (words, descending)


def test_an_adjective_says_what_is_ordered_by() -> None:
    found = asked_order(AskedWords("ferries ranked from the longest to the shortest"))
    assert found is not None
    assert "length" in found.measures


@pytest.mark.parametrize(
    "question",
    ["which ferry is the longest?", "who gave the order?", "ferries by length", "the rank of the captain", "in order"],
)
def test_no_order(question: str) -> None:
    assert asked_order(AskedWords(question)) is None


@given(ANY_TEXT)
@settings(max_examples=40, deadline=None)
def test_any_text_has_an_order_of_its_words_or_none(text: str) -> None:
    asked = AskedWords(text)
    found = asked_order(asked)
    assert found is None or 0 < found.bits < 1 << len(asked.words)
