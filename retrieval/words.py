"""The folded words of a text: how labels and questions are compared when spelling may differ.

On top of ``tries.folding`` (case, accents): apostrophes vanish ("Mother's" = "mothers"), and every other character that
is neither letter, digit nor vowel sign ends a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from unicodedata import category

from tries.folding import fold, fold_with_offsets


@dataclass(frozen=True, slots=True)
class Word:
    """A folded word and the span ``[start, end)`` of the original text that it stands for."""

    text: str
    start: int
    end: int


def fold_words(text: str) -> str:
    """Return the folded words, joined by one space."""
    return " ".join("".join(map(_spelled, fold(text))).split())


def folded_words(text: str) -> list[Word]:
    """Return the folded words with their places; joined by spaces they are ``fold_words(text)``."""
    folded = fold_with_offsets(text)
    words: list[Word] = []
    letters: list[int] = []
    for at, char in enumerate(folded.text):
        spelled = _spelled(char)
        if spelled == char and char != " ":
            letters.append(at)
        elif spelled == " " and letters:
            words.append(_word(folded.text, letters, folded.start, folded.end))
            letters = []
    if letters:
        words.append(_word(folded.text, letters, folded.start, folded.end))
    return words


def _word(text: str, letters: list[int], start: list[int], end: list[int]) -> Word:
    return Word("".join(text[at] for at in letters), start[letters[0]], end[letters[-1]])


def _spelled(char: str) -> str:
    if char == "'":
        return ""
    return char if char.isalnum() or category(char)[0] == "M" else " "
