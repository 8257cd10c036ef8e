"""Folding: case, accents and offsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.tries.labels.folding import fold, fold_with_offsets


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("São Tomé", "sao tome"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Łódź", "lodz"),
        ("e\u0301cole", "ecole"),
        ("  two \t words\n", "two words"),
        ("l’été", "l'ete"),
        ("1939–1945", "1939-1945"),
        ("שָׁלוֹם", "שלום"),
        ("が", "か\u3099"),
        ("हिन्दी", "हिन्दी"),
        ("zero\u200bwidth", "zerowidth"),
        ("\u0301", ""),
    ],
)
def test_examples(text: str, expected: str) -> None:
    assert fold(text) == expected


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_offsets_cover_the_text_and_agree_with_fold(text: str) -> None:
    folded = fold_with_offsets(text)
    assert folded.text == fold(text)
    assert len(folded.text) == len(folded.start) == len(folded.end)
    assert folded.start == sorted(folded.start)
    assert all(0 <= a < b <= len(text) for a, b in zip(folded.start, folded.end, strict=True))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_case_does_not_matter(text: str) -> None:
    assert fold(text.casefold()) == fold(text)


def test_span_keeps_a_trailing_accent() -> None:
    text = "cafe\u0301 bar"
    folded = fold_with_offsets(text)
    assert folded.span(0, 4) == (0, 5)
