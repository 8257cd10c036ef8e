from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.embedded.search.wording import PLACEHOLDER, MaskedQuestion, mask_topic, parse_prompt, readable


@pytest.mark.parametrize(
    ("question", "span", "labels", "text"),
    [
        ("who directed Alpha", (13, 18), (), "who directed x"),
        ("who directed [Alpha]", (14, 19), (), "who directed x"),
        ('who directed "Alpha"?', (14, 19), (), "who directed x?"),
        ("who directed alpha", None, ("Alpha",), "who directed x"),
        ("who directed the alphabet", None, ("Alpha",), "who directed the alphabet"),
        ("films by New York Dolls", None, ("New York", "New York Dolls"), "films by x"),
    ],
)
def test_the_topic_becomes_the_placeholder(
    question: str, span: tuple[int, int] | None, labels: tuple[str, ...], text: str
) -> None:
    masked = mask_topic(question, span, labels)
    assert masked.text == text
    if PLACEHOLDER in text.split() or span is not None:
        assert masked.span is not None
        assert masked.text[slice(*masked.span)] == PLACEHOLDER


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_prompt_reads_back(before: str, after: str) -> None:
    text = before + PLACEHOLDER + after
    masked = MaskedQuestion(text, (len(before), len(before) + 1))
    if "⟦" not in text and "⟧" not in text:
        assert parse_prompt(masked.prompt) == masked


def test_relation_names_become_words() -> None:
    assert readable("film.film.directedBy") == "film directed by"
    assert readable("http://example.org/birthPlace") == "birth place"
