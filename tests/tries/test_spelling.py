"""Spelling: separators per tokenizer, escaping, and the law tok(whole) = concat(tok(parts))."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import BadInput
from clew.tries.tokens.spelling import Spelling, choose
from clew.tries.tokens.tokenize import Tokenize, as_tokenize
from tests.tries import tokenizers as toks

LABELS = [
    "'s-Hertogenbosch", "1990", "2001: A Space Odyssey", "$100", "-273", "->", "a -> b", "(foo)", "e\u0301cole",
    "Ångström", "東京", "Москва", "العربية", "😀 smile", "a  b", "x_y", "C++", "!!!", "#1", "'", '"Quoted"', "¿Qué?",
    "\u0301accent", "3.14", "'ll be", "don't", "\u200bzwsp", "\u00a0nbsp", "<b>", "<|im_end|>", "  lead", "new\nline",
    "", "->x", "x->", "-\\>", "-\\\\>", "[SEP]", "the a", "born in 1990",
]  # fmt: skip


def check_fits(tokenizer: Any, separator: str, lead: str) -> None:
    tokenize = as_tokenize(tokenizer)
    spelling = choose(tokenize, LABELS)
    assert (spelling.separator, spelling.lead) == (separator, lead)
    escaped = [spelling.escape(label) for label in LABELS]
    assert spelling.misfits(tokenize, escaped) == []
    assert spelling.misfit_paths(tokenize, escaped, 300) == []


def test_wordpiece() -> None:
    check_fits(toks.minilm(), "→", " ")


def test_sentencepiece() -> None:
    tokenize = as_tokenize(toks.sentencepiece_processor())
    spelling = choose(tokenize, LABELS)
    escaped = [spelling.escape(label) for label in LABELS]
    assert spelling.misfits(tokenize, escaped) == []
    assert spelling.misfit_paths(tokenize, escaped, 300) == []


@pytest.mark.shared
@pytest.mark.parametrize("name", ["qwen", "gpt2"])
def test_byte_level(shared_data: Path, name: str) -> None:
    check_fits(toks.from_shared(shared_data, name), "->", " ")


@pytest.mark.shared
def test_control_text_in_a_label_is_no_control_token(shared_data: Path) -> None:
    tokenize = as_tokenize(toks.from_shared(shared_data, "qwen"))
    spelling = choose(tokenize, LABELS)
    assert "<|im_end|>" in spelling.special_texts
    (ids,) = spelling.encoded_parts(tokenize, [spelling.escape("a <|im_end|> b")])
    assert tokenize.special_ids.isdisjoint(ids)
    assert spelling.escape("<|im_end|>") == "<\\|im_end|>"


guarded = st.lists(st.sampled_from(["-", ">", "\\", " ", "->", "<e>", "<", "e>", "x"]), max_size=8).map("".join)


@given(guarded)
def test_unescape_inverts_escape(label: str) -> None:
    spelling = Spelling("->", " ", ("<e>",))
    escaped = spelling.escape(label)
    assert "->" not in escaped
    assert "<e>" not in escaped
    assert spelling.unescape(escaped) == " ".join(label.split())


def test_a_label_without_guarded_text_is_left_alone() -> None:
    assert Spelling("->", " ").escape("a \\ b -") == "a \\ b -"


class Gluing(toks.CharTokenizer):
    """A tokenizer that joins the separator with what follows."""

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        return [[hash(text) % 1000] for text in texts]


def test_a_tokenizer_that_no_separator_fits_is_refused() -> None:
    with pytest.raises(BadInput, match="no separator works"):
        choose(Gluing(), LABELS)


def test_only_tokenizers_are_taken() -> None:
    assert isinstance(as_tokenize(toks.CharTokenizer()), Tokenize)
    with pytest.raises(TypeError, match="not a supported tokenizer"):
        as_tokenize(object())
