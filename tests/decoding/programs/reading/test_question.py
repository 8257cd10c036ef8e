"""The words of a question."""

from __future__ import annotations

import pytest

from clew.decoding.programs.reading.question import AskedWords


@pytest.mark.parametrize(
    ("question", "said", "naming"),
    [
        ("the captain name of each ferry", "captain", "name"),
        ("the name of the captain", "captain", "name"),
        ("names of their captains", "captains", "names"),
        ("the name and the captain", "captain", ""),
        ("captain", "captain", ""),
    ],
)
def test_a_word_that_asks_for_a_name_belongs_to_the_words_beside_it(question: str, said: str, naming: str) -> None:
    asked = AskedWords(question)
    found = asked.naming(1 << asked.texts.index(said))
    assert found == (1 << asked.texts.index(naming) if naming else 0)
