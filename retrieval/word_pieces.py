"""Texts to an encoder's tokens, with the ``tokenizers`` library alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import BadInput, ModelUnavailable

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


@dataclass(frozen=True, slots=True)
class Pieces:
    """One tokenised text: token ids and each token's character span (empty for a special token)."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class WordPieces:
    """Tokenises with a fast tokenizer. Text that spells a special token stays text: labels and questions are data.

    ``pad`` and ``unknown`` are the ids of those tokens. Safe to share by threads: nothing is set after it was made.
    """

    def __init__(self, tokenizer: Tokenizer, pad: int, unknown: int) -> None:
        self._tokenizer = type(tokenizer).from_str(tokenizer.to_str())  # what is set here is not set for others
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._tokenizer.encode_special_tokens = True
        self.pad, self.unknown = pad, unknown

    @classmethod
    def read(cls, path: Path) -> WordPieces:
        """Read a BERT's ``tokenizer.json``. Raises ``ModelUnavailable`` where it is missing or damaged."""
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises nothing narrower
            raise ModelUnavailable(f"{path}: no tokenizer could be read ({error})") from error
        pad, unknown = (tokenizer.token_to_id(name) for name in ("[PAD]", "[UNK]"))
        if pad is None or unknown is None:
            raise ModelUnavailable(f"{path}: a BERT's tokenizer has the tokens [PAD] and [UNK]")
        return cls(tokenizer, pad, unknown)

    def __call__(self, texts: Sequence[str], limit: int) -> list[Pieces]:
        """Tokenise texts, special tokens added; of more than ``limit`` tokens, these included, the rest is cut off."""
        if isinstance(texts, str):
            raise BadInput("a list of texts is needed, not one text")
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

    def _cut(self, text: str, limit: int) -> Encoding:
        found = self._tokenizer.encode(text, add_special_tokens=False)
        found.truncate(limit - self._tokenizer.num_special_tokens_to_add(False))
        return self._tokenizer.post_process(found)
