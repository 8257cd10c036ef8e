"""Ordinals: "third", "3rd", "twenty-first"."""

from __future__ import annotations

import re

from clew.decoding.programs.reading.stated.numerals import SMALL, numbered

_TENS = {word: n for word, n in SMALL.items() if n >= 20}
WORDS = (
    numbered("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth", 1)
    | numbered("fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth", 14)
    | {word[:-1] + "ieth": n for word, n in _TENS.items()}
    | {"hundredth": 100}
)
"""Ordinals of one word."""
_WORD = "|".join(sorted(WORDS, key=len, reverse=True))
ORDINAL = rf"(?:\d{{1,4}}(?:st|nd|rd|th)|(?:(?:{'|'.join(_TENS)})[\s-])?(?:{_WORD}))\b"
"""What ordinals look like."""
_ORDINAL = re.compile(ORDINAL, re.IGNORECASE | re.ASCII)
_NO_PLACE = re.compile(r"\b(?:(?:a|an|one|two|three|four|per|each|every)[\s-]|at\s)\Z", re.IGNORECASE)
_FRACTION = re.compile(r"\s(?:of|is|are|was|or|and|than|in|at)\b|\s?[?.,;]|\s?\Z", re.IGNORECASE)


def ordinal_value(text: str) -> int:
    """Return the number of an ordinal."""
    if text[0].isdigit():
        return int(text[:-2])
    first, _, second = text.lower().replace("-", " ").partition(" ")
    return _TENS[first] + WORDS[second] if second else WORDS[first]


def ordinal_at(text: str, start: int) -> tuple[int, int] | None:
    """Return the number and the end of the ordinal that begins at ``start``. ``first`` alone is none, nor are parts
    ("a third of", "per second")."""
    match = _ORDINAL.match(text, start)
    if match is None or match.group().lower() == "first":
        return None
    if _NO_PLACE.search(text, max(start - 8, 0), start) and _FRACTION.match(text, match.end()):
        return None
    value = ordinal_value(match.group())
    return (value, match.end()) if value else None
