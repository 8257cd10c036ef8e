"""Folding in compiled code is folding in Python, text by text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from clew.kg.columnar.interner import spans_of
from clew.tries.labels.flat_folding import FoldedTexts, TextFolder, written
from clew.tries.labels.folding import fold
from clew.tries.labels.hashing import text_hash
from tests.tries.labelled import NAMES, TEXTS


def texts_of(folded: FoldedTexts) -> list[str]:
    bounds = folded.bounds.tolist()
    return [folded.blob[low:high].tobytes().decode() for low, high in pairwise(bounds)]


@given(
    st.lists(st.lists(TEXTS | st.text(st.characters(exclude_categories=["Cs"]), max_size=40), max_size=6), max_size=3)
)
@example([NAMES, NAMES[::-1]])
@example([["\ufdfa" * 20, "``´´ `", "\x1c\x1d a \x1e b", "\x7f\x00"], ["ﬃ", "a" * 5000]])
def test_texts_lengths_and_spellings(batches: list[list[str]]) -> None:
    folder = TextFolder()
    for texts in batches:
        folded = folder.fold(*spans_of(texts))
        assert texts_of(folded) == [fold(text) for text in texts]
        assert folded.length.tolist() == [len(fold(text)) for text in texts]
        assert folded.spelling.tolist() == [text_hash(written(text)) for text in texts]


def test_every_character_folds_as_it_does_alone() -> None:
    chars = [chr(code) for code in range(0x11000) if not 0xD800 <= code < 0xE000]
    assert texts_of(TextFolder().fold(*spans_of(chars))) == [fold(char) for char in chars]


@given(st.lists(st.binary(max_size=12), max_size=6))
@example([b"\xbd" * 12, b"\xef\xb7", b"\xff\xff\xff\xff", b"\xf0", b"\xc0\x80", b"\xe2\x84"])
def test_bytes_that_are_no_text_stay_within_their_room(texts: list[bytes]) -> None:
    ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
    starts = ends - np.array([len(text) for text in texts], np.int64)
    folder = TextFolder()
    blob = np.frombuffer(b"".join(texts), np.uint8)
    folded = folder.fold(blob, starts, ends)
    assert (np.diff(folded.bounds) <= folder._growth * (ends - starts)).all()
