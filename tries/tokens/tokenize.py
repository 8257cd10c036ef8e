"""What the token index needs of a tokenizer, and adapters for the two common libraries."""

from __future__ import annotations

import hashlib
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Tokenize(Protocol):
    """A tokenizer as the token index sees it: text to ids, nothing added, nothing cut, no control tokens."""

    fingerprint: str
    """Changes whenever the same text could give other ids."""

    special_texts: tuple[str, ...]
    """Texts that the tokenizer would turn into one control token wherever they occur."""

    special_ids: frozenset[int]
    """The ids of those tokens: no label may hold one."""

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """Return the token ids of each text, without special tokens, truncation or padding."""


class FastTokenizer:
    """A ``tokenizers.Tokenizer`` (what a Hugging Face fast tokenizer keeps in ``backend_tokenizer``), copied.

    Control tokens' texts are read as plain text; truncation and padding are off.
    """

    def __init__(self, tokenizer: Any) -> None:
        text = tokenizer.to_str()
        self._tokenizer = type(tokenizer).from_str(text)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()
        added = self._tokenizer.get_added_tokens_decoder()
        self.special_texts = tuple(sorted({token.content for token in added.values() if token.content.strip()}))
        self.special_ids = frozenset(
            i for i, token in added.items() if token.content.strip() and not _is_unknown(token)
        )

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """Return the token ids of each text, on all cores that the library is allowed."""
        return [encoding.ids for encoding in self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)]


def _is_unknown(token: Any) -> bool:
    """Return whether an added token is the one for unknown characters, which a label may well hold."""
    return token.content in ("[UNK]", "<unk>", "<UNK>", "<|unk|>")


class SentencePieceTokenizer:
    """A ``sentencepiece.SentencePieceProcessor``."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self.fingerprint = hashlib.sha256(processor.serialized_model_proto()).hexdigest()
        size = processor.get_piece_size()
        control = [i for i in range(size) if processor.is_control(i)]
        self.special_texts: tuple[str, ...] = ()  # the library never reads a control piece's text as that piece
        self.special_ids = frozenset(control)

    def encode_batch(self, texts: list[str]) -> list[list[int]]:
        """Return the token ids of each text."""
        return [list(ids) for ids in self._processor.encode(texts, out_type=int)]


def as_tokenize(tokenizer: Any) -> Tokenize:
    """Return the adapter that fits an object; TypeError where none does."""
    if isinstance(tokenizer, Tokenize):
        return tokenizer
    backend = getattr(tokenizer, "backend_tokenizer", tokenizer)
    if hasattr(backend, "encode_batch_fast") and hasattr(backend, "to_str"):
        return FastTokenizer(backend)
    if hasattr(tokenizer, "serialized_model_proto"):
        return SentencePieceTokenizer(tokenizer)
    raise TypeError(f"{type(tokenizer).__name__} is not a supported tokenizer; see clew.tries.tokens.tokenize")
