"""Numerals in names: "Apollo 13" is not a typo of "Apollo 11"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

ROMAN = re.compile(r"(?=[ivxlc])(c{0,3})(xc|xl|l?x{0,3})(ix|iv|v?i{0,3})")
WORDS_THAT_LOOK_ROMAN = frozenset({"c", "l", "mix", "xi", "li", "ci"})
"""Roman numerals that are as often a letter, a word or a surname."""
YEAR = re.compile(r"1[0-9]{3}|20[0-9]{2}")


@lru_cache(maxsize=4_096)
def is_numeral(word: str) -> bool:
    """Whether a folded word has a digit, or is a Roman numeral below 400 that is no common word."""
    if any(char.isdigit() for char in word):
        return True
    return word not in WORDS_THAT_LOOK_ROMAN and len(word) <= 7 and ROMAN.fullmatch(word) is not None


_NUMBER_WORDS = """two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million second
    third fourth fifth sixth seventh eighth ninth tenth"""
NUMBER_WORDS = frozenset(_NUMBER_WORDS.split())


def numerals(words: Sequence[str]) -> list[str]:
    """The numerals and the words for numbers among folded words, sorted, leading zeros dropped."""
    return sorted(word.lstrip("0") or "0" for word in words if is_numeral(word) or word in NUMBER_WORDS)


def is_year(word: str) -> bool:
    """Whether a folded word is a year from 1000 to 2099, which a question often names beside an entity."""
    return YEAR.fullmatch(word) is not None
