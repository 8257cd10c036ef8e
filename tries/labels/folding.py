"""Case and accent folding that remembers where each folded character came from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
"""Letters that Unicode does not decompose but readers of other languages type without their stroke or ligature."""

_QUOTES = dict.fromkeys("‘’‚‛ʼ´`′", "'") | dict.fromkeys("“”„‟″«»", '"')
_DASHES = dict.fromkeys("‐‑‒–—―−", "-")
_PLAIN = _LETTERS | _QUOTES | _DASHES


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text; character i came from ``original[start[i]:end[i]]``."""

    text: str
    start: list[int]
    end: list[int]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original offsets of the folded span ``[start, end)``, which must not be empty."""
        return self.start[start], self.end[end - 1]


def _is_accent(char: str) -> bool:
    """Return whether a combining mark is one that people leave out.

    Accents of Latin, Greek and Cyrillic have combining class 200 and above, the points of Hebrew and Arabic 10 to 36;
    vowel signs of Indic scripts and the Japanese voicing mark lie outside and make other words, so they stay.
    """
    order = unicodedata.combining(char)
    return order >= 200 or 10 <= order <= 36


@lru_cache(maxsize=65_536)
def fold_char(char: str) -> str:
    """Return what one character folds to: possibly nothing, possibly several characters; white space to one space."""
    if char.isspace():
        return " "
    if unicodedata.category(char) in ("Cc", "Cf"):  # controls, zero-width joiners, directional marks, soft hyphens
        return ""
    lowered = "".join(_PLAIN.get(c, c) for c in char.casefold())
    decomposed = unicodedata.normalize("NFKD", lowered).casefold()
    return "".join(_PLAIN.get(c, c) for c in decomposed if not _is_accent(c))


def fold(text: str) -> str:
    """Return the text without case and accents, with quotes, dashes and white space made uniform and ends stripped."""
    if text.isascii() and text.isprintable() and "`" not in text:
        return " ".join(text.lower().split())
    return " ".join("".join(map(fold_char, text)).split())


def fold_with_offsets(text: str) -> Folded:
    """Fold a text as ``fold`` does, keeping the original offsets of every folded character.

    A combining accent that folds to nothing belongs to the character before it, so that spans never cut one.
    """
    chars: list[str] = []
    start: list[int] = []
    end: list[int] = []
    for i, char in enumerate(text):
        folded = fold_char(char)
        if not folded and chars and unicodedata.combining(char):
            end[-1] = i + 1
        for c in folded:
            if c == " " and (not chars or chars[-1] == " "):
                continue
            chars.append(c)
            start.append(i)
            end.append(i + 1)
    while chars and chars[-1] == " ":
        chars.pop()
        start.pop()
        end.pop()
    return Folded("".join(chars), start, end)
