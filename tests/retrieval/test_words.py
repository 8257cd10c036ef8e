"""Folded words: laws that hold for any text."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from clew.retrieval.linking.words import fold_words, folded_words


@given(st.text(max_size=60) | st.text(alphabet="ab's_- Ä", max_size=12))
@example("Some Mother's Son")
@example("e\u0301a\u0301 'x' — ŉ ﬁne İstanbul ß")
@example("' a'b '")
@example("a_'s b's_ c''s d's's")
def test_words_with_places_are_the_folded_text(text: str) -> None:
    assert " ".join(word.text for word in folded_words(text)) == fold_words(text)


@given(st.text(max_size=60))
def test_places_are_in_order_and_hold_the_word(text: str) -> None:
    start, end = 0, 0
    for word in folded_words(text):
        assert start <= word.start < word.end <= len(text)  # "¼" is two words of one character
        assert end <= word.end
        assert word.text in fold_words(text[word.start : word.end])
        start, end = word.start, word.end


def test_what_folding_forgives() -> None:
    assert fold_words("Amélie") == fold_words("AMELIE") == "amelie"
    assert fold_words("Some Mother's Son") == fold_words("SOME MOTHER’S SON")
    assert fold_words("Alien's") == "alien"
    assert fold_words("12 O'Clock Boys") == "12 oclock boys"
    assert fold_words("J.R.R. Tolkien") == "j r r tolkien"
    assert fold_words("—!?") == ""
