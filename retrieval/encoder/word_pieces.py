"""Texts to an encoder's tokens, with the ``tokenizers`` library alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clew.kg.errors import BadInput, ModelUnavailable

if TYPE_CHECKING:
    from tokenizers import Encoding


@dataclass(frozen=True, slots=True)
class Pieces:
    """One tokenised text: token ids and each token's character span (empty for a special token)."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class WordPieces:
    """Tokenises with a fast tokenizer, given as JSON, whatever this says of truncation and padding.

    Text that spells a special token stays text: labels and questions are data. ``pad`` and ``unknown`` name those
    tokens, and are their ids. Safe to share by threads: nothing is set after it was made. Raises ``ModelUnavailable``
    for what is no tokenizer, or has no such token.
    """

    def __init__(self, json: str, pad: str, unknown: str) -> None:
        from tokenizers import Tokenizer

        try:
            self._tokenizer = Tokenizer.from_str(json)
        except Exception as error:  # the library raises nothing narrower
            raise ModelUnavailable(f"the tokenizer cannot be loaded: {error}") from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True
        self.pad, self.unknown = self._id(pad), self._id(unknown)

    @classmethod
    def read(cls, path: Path) -> WordPieces:
        """Read a BERT's ``tokenizer.json``. Raises ``ModelUnavailable`` where it is missing or damaged."""
        try:
            return cls(path.read_text(encoding="utf-8"), "[PAD]", "[UNK]")
        except (OSError, UnicodeDecodeError, ModelUnavailable) as error:
            raise ModelUnavailable(f"{path}: the tokenizer cannot be read ({error})") from error

    def __call__(self, texts: Sequence[str], limit: int) -> list[Pieces]:
        """Tokenise texts, special tokens added; of more than ``limit`` tokens, these included, the rest is cut off."""
        if isinstance(texts, str):
            raise BadInput("expected a list of texts, not a single text")
        found = self._tokenizer.encode_batch(list(texts)) if len(texts) != 1 else [self._tokenizer.encode(texts[0])]
        cut = [one if len(one) <= limit else self._cut(text, limit) for text, one in zip(texts, found, strict=True)]
        return [Pieces(one.ids, one.offsets) for one in cut]

    def bare(self, text: str) -> list[int]:
        """Return the token ids of a text without special tokens."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def spelled(self) -> str:
        """Return the tokenizer as JSON."""
        return str(self._tokenizer.to_str())

    def _id(self, name: str) -> int:
        found: int | None = self._tokenizer.token_to_id(name)
        if found is None:
            raise ModelUnavailable(f"the tokenizer has no token {name!r}")
        return found

    def _cut(self, text: str, limit: int) -> Encoding:
        found = self._tokenizer.encode(text, add_special_tokens=False)
        found.truncate(limit - self._tokenizer.num_special_tokens_to_add(False))
        return self._tokenizer.post_process(found)
