"""The words that people use for relations: the file is what the lexicon says, and tells related words from others."""

from __future__ import annotations

import pytest

from clew.decoding.reading.associations import associated, pairs
from clew.training.synthetic.associations import associations
from clew.training.synthetic.lexicon import read_lexicon


def test_the_file_is_made_from_the_lexicon() -> None:
    made = associations(read_lexicon())
    assert len(made) > 50_000
    assert set(made) == set(pairs()), "run make associations"


@pytest.mark.parametrize(
    ("word", "name"),
    [("lives", "residence"), ("studied", "educated"), ("starred", "actor"), ("empties", "mouth")],
)
def test_words_that_people_use(word: str, name: str) -> None:
    assert associated(word, name)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("won", "plaintiff"),
        ("scrapped", "launch"),
        ("born", "appointed"),
        ("divorced", "spouse"),
        ("qwertz", "capital"),
    ],
)
def test_words_of_something_else(word: str, name: str) -> None:
    assert not associated(word, name)
