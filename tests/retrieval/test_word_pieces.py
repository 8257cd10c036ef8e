"""Tokens against those of ``transformers``' tokenizer of the same folder."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadInput, ModelUnavailable
from clew.retrieval.encoder.minilm import package_folder
from clew.retrieval.encoder.word_pieces import Pieces, WordPieces
from tests.retrieval.berts import by_transformers

TEXTS = [
    "who directed the movie Heat",
    "",
    "[CLS] [SEP] [MASK] <s> a label may say anything",
    "Jean-Pierre Léaud — 東京 — Привет",
    "long " * 400,
]
texts = st.lists(st.text(max_size=60) | st.sampled_from(TEXTS), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def pieces() -> WordPieces:
    return WordPieces.read(package_folder() / "tokenizer.json")


def theirs(some: list[str], limit: int) -> list[Pieces]:
    found = by_transformers(package_folder())[1](
        some, truncation=True, max_length=limit, split_special_tokens=True, return_offsets_mapping=True
    )
    return [Pieces(*pair) for pair in zip(found["input_ids"], found["offset_mapping"], strict=True)]


@settings(max_examples=200, deadline=None)
@given(some=texts, limit=st.sampled_from([2, 3, 12, 128, 256]))
def test_tokens_are_those_of_transformers(pieces: WordPieces, some: list[str], limit: int) -> None:
    assert pieces(some, limit) == theirs(some, limit)


@settings(max_examples=50, deadline=None)
@given(text=st.text(max_size=60) | st.sampled_from(TEXTS))
def test_bare_tokens_are_those_between_the_special_ones(pieces: WordPieces, text: str) -> None:
    assert pieces.bare(text) == pieces([text], 1000)[0].ids[1:-1]


def test_text_that_spells_a_special_token_stays_text(pieces: WordPieces) -> None:
    first, last = pieces([""], 9)[0].ids
    assert not {first, last, pieces.pad, pieces.unknown} & set(pieces.bare("[CLS] [SEP] [PAD] [UNK]"))


def test_what_the_json_says_of_truncation_and_padding_does_not_count() -> None:
    from tokenizers import Tokenizer

    original = Tokenizer.from_file(str(package_folder() / "tokenizer.json"))
    original.enable_truncation(7)
    original.enable_padding(length=60)
    own = WordPieces(original.to_str(), "[PAD]", "[UNK]")
    assert (own.pad, own.unknown) == (0, 100)
    assert len(original.encode("[SEP] " * 9).ids) == 60
    assert len(own(["a " * 50], 100)[0].ids) == 52


def test_a_tokenizer_without_the_tokens_is_told() -> None:
    json = (package_folder() / "tokenizer.json").read_text(encoding="utf-8")
    with pytest.raises(ModelUnavailable, match="no token '<pad>'"):
        WordPieces(json, "<pad>", "[UNK]")


def test_threads_with_different_limits_share_it(pieces: WordPieces) -> None:
    limits = [3, 40, 5, 200] * 50
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda limit: pieces(["long " * 400, "short"], limit), limits))
    assert [(len(long.ids), len(short.ids)) for long, short in found] == [(limit, 3) for limit in limits]


def test_nothing_is_no_text_and_a_text_is_no_list(pieces: WordPieces) -> None:
    assert pieces([], 9) == []
    with pytest.raises(BadInput, match="list of texts"):
        pieces("who", 9)


@pytest.mark.parametrize("content", [None, "{", '{"model": {}}'])
def test_a_missing_or_damaged_file_is_told(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "tokenizer.json"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    with pytest.raises(ModelUnavailable, match=r"tokenizer\.json"):
        WordPieces.read(file)
