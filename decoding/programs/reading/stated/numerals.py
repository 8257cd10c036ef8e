"""Numerals: digits and words for numbers, read from a place in a text on."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from clew.kg.terms.typed.number import Exact, number_in, whole_or_fraction


def numbered(words: str, first: int, step: int = 1) -> dict[str, int]:
    """Return the words of a text with their numbers, from ``first`` on."""
    return {word: first + step * i for i, word in enumerate(words.split())}


_ONES = numbered("one two three four five six seven eight nine", 1)
_TEENS = numbered("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", 10)
_TENS = numbered("twenty thirty forty fifty sixty seventy eighty ninety", 20, 10)
TIMES = numbered("once twice thrice", 1)
"""How often."""
SMALL = {"zero": 0} | _ONES | _TEENS | _TENS | TIMES
"""Words for numbers below a hundred, each one word."""
SCALES = {
    "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12,
    "lakh": 10**5, "crore": 10**7,
}  # fmt: skip
_WORDS = "|".join(sorted((*SMALL, *SCALES, "oh"), key=len, reverse=True))
_NUMBER_WORD = re.compile(rf"(?:\s|-|(?<!\w))(and\s)?({_WORDS})\b(?!['’]s)", re.IGNORECASE)
_HALF = re.compile(r"half\s(?:an?\s)?(dozen|hundred|thousand|million|billion|trillion|lakh|crore)\b", re.IGNORECASE)
UNITS_WITH_ARTICLE = (
    r"(?:second|minute|hour|day|week|month|year|mile|met(?:re|er)|kilomet(?:re|er)|foot|yard|inch|pound|ton|tonne"
    r"|kilogram|gram|lit(?:re|er)|acre|hectare|dollar|euro)\b"
)
_A_UNIT = re.compile(rf"(an?)\s(?={UNITS_WITH_ARTICLE})", re.IGNORECASE)
_HALF_A_UNIT = re.compile(rf"(half\san?)\s(?={UNITS_WITH_ARTICLE})", re.IGNORECASE)
_COMPARED = re.compile(r"\b(?:than|least|most|over|under|exactly|within)\s\Z", re.IGNORECASE)
_AND_A_HALF = re.compile(r"\sand\sa\shalf\b", re.IGNORECASE)
_ARTICLE = re.compile(r"an?\s(?=(?:hundred|thousand|million|billion|trillion|dozen|lakh|crore)\b)", re.IGNORECASE)
_SCALE = re.compile(rf"[\s-]?({'|'.join(SCALES)})\b", re.IGNORECASE)
_SHORT_SCALE = re.compile(r"(k|K|mio|mln|mn|M|bn)(?!\w)")
_SHORT_SCALES = {"k": 10**3, "K": 10**3, "mio": 10**6, "mln": 10**6, "mn": 10**6, "M": 10**6, "bn": 10**9}
_DIGITS = re.compile(
    r"(?:[1-9]\d{0,2}(?:,\d{3}){1,24}(?![\d])|[1-9]\d?(?:,\d{2}){1,24},\d{3}(?!\d)"
    r"|[1-9]\d{0,2}(?:[\u00a0\u2009\u202f’']\d{3}){1,24}(?!\d)|[1-9]\d{0,2}(?: \d{3}){0,24} 000(?![\d.,]\d|\d)"
    r"|\d{1,99}(?!\d))(?:\.\d{1,99})?(?:[eE][+-]?\d{1,2}(?!\w))?|\.\d{1,99}",
    re.ASCII,
)
_COMMA = re.compile(r"\d{1,3},\d{1,2}(?!\w|,\d|[-.:/]\w)", re.ASCII)
"""A decimal comma: no thousands are grouped so."""
_BETWEEN = re.compile(r"\b(?:between|from)\s\Z", re.IGNORECASE)
_MINUS = re.compile(r"[-\u2212]|minus\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number that a text writes up to ``end``. digits: it is written as digits without a point, a comma or a scale,
    or as words in the way of years ("nineteen eighty-four"); scaled: it has a word like "million"; worded: it begins
    with a word."""

    end: int
    value: Exact
    digits: bool = False
    scaled: bool = False
    worded: bool = False


def numeral_at(text: str, start: int) -> Numeral | None:
    """Return the number that begins at ``start``, as far as it goes; None where none does."""
    minus = _MINUS.match(text, start)
    found = _unsigned(text, minus.end() if minus else start)
    if found is None or minus is None:
        return found
    return Numeral(found.end, -found.value, scaled=found.scaled, worded=found.worded)


def _unsigned(text: str, start: int) -> Numeral | None:
    half = _HALF.match(text, start)
    if half is not None:
        return Numeral(half.end(), SCALES[half[1].lower()] // 2, scaled=True, worded=True)
    part = _HALF_A_UNIT.match(text, start)
    if part is not None:
        return Numeral(part.end(1), Fraction(1, 2), worded=True)
    single = _A_UNIT.match(text, start)
    if single is not None:
        compared = _COMPARED.search(text, max(start - 9, 0), start)
        return Numeral(single.end(1), 1, worded=True) if compared else None
    if text[start : start + 1].isdigit() or text[start : start + 1] == ".":
        digits = _in_digits(text, start)
        return None if digits is None else _scaled(text, digits)
    return _in_words(text, start)


def _in_digits(text: str, start: int) -> Numeral | None:
    match = _COMMA.match(text, start) or _DIGITS.match(text, start)
    value = None if match is None else number_in(match.group())
    return None if match is None or value is None else Numeral(match.end(), value, match.group().isdigit())


def _scaled(text: str, found: Numeral) -> Numeral:
    """The number times the scale behind it: "2.5 million", "two and a half million", "10k"."""
    half = None if found.scaled else _AND_A_HALF.match(text, found.end)
    value, end = (found.value + Fraction(1, 2), half.end()) if half else (found.value, found.end)
    short = None if half or found.worded else _SHORT_SCALE.match(text, end)
    scale = short or _SCALE.match(text, end)
    if scale is None:
        return Numeral(end, whole_or_fraction(Fraction(value)), found.digits and not half, found.scaled, found.worded)
    size = _SHORT_SCALES[scale[1]] if short else SCALES[scale[1].lower()]
    return Numeral(scale.end(), whole_or_fraction(Fraction(value) * size), scaled=True, worded=found.worded)


# --- words
def _in_words(text: str, start: int) -> Numeral | None:
    """The number that words write: the longest run of them that is one number."""
    article = _ARTICLE.match(text, start)
    at = article.end() if article else start
    words = _run(text, at)
    if not words or (words[0][0] in SCALES and article is None) or words[0][1]:
        return None
    year = _year([word for word, _, _ in words[:3]])
    if year is not None:
        return Numeral(words[year[1] - 1][2], year[0], digits=True, worded=True)
    apart = _BETWEEN.search(text, max(start - 9, 0), start) is not None
    value, used = _value(
        [("one", False)] * (article is not None) + [(word, joined) for word, joined, _ in words], apart
    )
    used -= article is not None
    scaled = any(word in SCALES for word, _, _ in words[:used])
    return _scaled(text, Numeral(words[used - 1][2], value, scaled=scaled, worded=True)) if used else None


def _run(text: str, start: int) -> list[tuple[str, bool, int]]:
    """The words for numbers from ``start`` on: each with whether "and" precedes it, and its end."""
    words: list[tuple[str, bool, int]] = []
    while match := _NUMBER_WORD.match(text, words[-1][2] if words else start):
        if (not words and match.start(2) != start) or len(words) == 30:
            break
        words.append((match[2].lower(), match[1] is not None, match.end()))
    return words


def _year(words: list[str]) -> tuple[int, int] | None:
    """The year that words write in two pairs of digits, and how many words: "nineteen eighty-four", "twenty ten"."""
    century = (_TEENS | {"twenty": 20}).get(words[0], 0)
    if century < 11 or len(words) < 2:
        return None
    second, third = words[1], (words[2] if len(words) > 2 else "")
    if second == "oh" and third in _ONES:
        return 100 * century + _ONES[third], 3
    if second in _TENS:
        return 100 * century + _TENS[second] + _ONES.get(third, 0), 2 + (third in _ONES)
    return (100 * century + _TEENS[second], 2) if second in _TEENS else None


def _value(words: list[tuple[str, bool]], apart: bool) -> tuple[int, int]:
    """The value of the longest run of words that is one number, and how many words it has. apart: "and" may divide two
    numbers ("between one hundred and one thousand")."""
    total, part, last, used = 0, 0, 10**15, 0
    for i, (word, joined) in enumerate(words):
        if word in SCALES:
            size = SCALES[word]
            if joined or not part or size >= last or (size == 100 and part >= 100) or (word == "dozen" and i > 1):
                break
            part, total, last = (part * 100, total, last) if size == 100 else (0, total + part * size, size)
        else:
            small = SMALL.get(word, -1)
            fits = part % 100 == 0 or (part % 10 == 0 and part % 100 >= 20 and 0 < small < 10)
            if small < 0 or not fits or (small == 0 and i) or (joined and not _goes_on(words, i, apart)):
                break
            part += small
        used = i + 1
    return total + part, used


def _goes_on(words: list[tuple[str, bool]], i: int, apart: bool) -> bool:
    """Whether what "and" joins at word ``i`` belongs to the number before it, and is none of its own."""
    after = words[i - 1][0] if i else ""
    tens = i + 1 < len(words) and words[i + 1][0] in _ONES and words[i][0] in _TENS
    scale = words[i + 1 + tens][0] if i + 1 + tens < len(words) else ""
    return after in SCALES and (scale not in SCALES or (scale != "hundred" and after == "hundred" and not apart))
