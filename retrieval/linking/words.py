"""Folded words of a text, to compare labels and questions regardless of spelling.

Beyond ``tries.labels.folding`` (case, accents): the genitive "'s" and apostrophes vanish ("Alien's" = "alien",
"O'Clock" = "oclock"), and every other character that is neither letter, digit nor vowel sign ends a word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import category

from clew.tries.labels.folding import fold, fold_with_offsets

GENITIVE = re.compile(r"(?<=[^\W_])'s(?![^\W_])")
_ASCII = {code: None if chr(code) == "'" else " " for code in range(128) if not chr(code).isalnum()}


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word and the span ``[start, end)`` of the original text that it stands for."""

    text: str
    start: int
    end: int


def fold_words(text: str) -> str:
    """Return the folded words, joined by one space."""
    folded = fold(text)
    if folded.isascii():
        return " ".join(GENITIVE.sub("", folded).translate(_ASCII).split())
    return " ".join(word for word, _ in _words(folded))


def folded_words(text: str) -> list[Word]:
    """Return the folded words with their places; joined by spaces they are ``fold_words(text)``."""
    folded = fold_with_offsets(text)
    return [Word(word, *folded.span(letters[0], letters[-1] + 1)) for word, letters in _words(folded.text)]


def _words(folded: str) -> list[tuple[str, list[int]]]:
    """Return each word of a folded text and where its letters stand."""
    genitives = {at for match in GENITIVE.finditer(folded) for at in range(*match.span())}
    words: list[tuple[str, list[int]]] = []
    letters: list[int] = []
    for at, char in enumerate(folded + " "):
        if char.isalnum() or category(char)[0] == "M":
            if at not in genitives:
                letters.append(at)
        elif char != "'" and letters:
            words.append(("".join(folded[letter] for letter in letters), letters))
            letters = []
    return words
