"""Folded words in compiled code are those in Python, text by text."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from clew.kg.columnar.interner import spans_of
from clew.retrieval.linking.index.flat_words import WordFolder
from clew.retrieval.linking.words import fold_words
from clew.tries.labels.flat_folding import TextFolder
from tests.tries.labelled import NAMES, TEXTS

ODD = st.text(alphabet="ab's_- Ä’\u0301\u0903é", max_size=14)


def flat_words(texts: list[str]) -> list[str]:
    blob, bounds = WordFolder().fold(TextFolder().fold(*spans_of(texts)))
    places = bounds.tolist()
    return [blob[low:high].tobytes().decode() for low, high in pairwise(places)]


@given(st.lists(TEXTS | ODD, max_size=8))
@example(NAMES)
@example(["a's's", "a's'sb", "'s", "é's", "\u0903's x", "a''s", "o'clock's 's's", "a's\u0301", "s's_s's"])
def test_words_of_texts(texts: list[str]) -> None:
    assert flat_words(texts) == [fold_words(text) for text in texts]


def test_every_character_between_letters() -> None:
    texts = [f"a{chr(code)}b's" for code in range(0x11000) if not 0xD800 <= code < 0xE000]
    assert flat_words(texts) == [fold_words(text) for text in texts]
