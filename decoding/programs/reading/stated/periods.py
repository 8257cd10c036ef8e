"""Stretches of time: decades, centuries, quarters ("the 1990s", "the nineties", "5th century BC", "Q3 2021")."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from clew.decoding.programs.reading.stated.dates import ERA
from clew.decoding.programs.reading.stated.forms import month_literal, year_literal
from clew.decoding.programs.reading.stated.numerals import numbered
from clew.decoding.programs.reading.stated.ordinals import ORDINAL, WORDS, ordinal_value
from clew.kg.terms.literal import Literal

Stretch = tuple[Literal, Literal | None]
"""The first and the last year, month or day of a stretch of time; the last is None where there is one only."""
Period = tuple[int, tuple[Stretch, ...]]
"""Where what states a stretch ends, and its readings, the likeliest first."""

DECADES = numbered("twenties thirties forties fifties sixties seventies eighties nineties", 20, 10)
"""Decades by their names."""
_HUNDREDS = {"nineteen": 1900, "eighteen": 1800, "seventeen": 1700}
_LONG_DECADE = re.compile(r"(1\d|2[01])(\d)0['’]?s\b", re.ASCII)
_SHORT_DECADE = re.compile(r"['’‘]?(\d)0['’]?s\b", re.ASCII)
_NAMED_DECADE = re.compile(rf"(?:({'|'.join(_HUNDREDS)})[\s-])?({'|'.join(DECADES)})\b", re.IGNORECASE)
_AS_DECADE = re.compile(r"(?:\bthe\s|\b(?:early|mid|late)[\s-]|['’‘])\Z", re.IGNORECASE)
_SIZE = re.compile(r"\b(?:than|least|most|over|under|up\sto|about|exactly|h[ie][sr]|their)\s\Z", re.IGNORECASE)
_ERA_NAME = rf"(century|centuries|millennium|millennia)\b(?!-){ERA}?"
_ERAS = re.compile(rf"({ORDINAL})[\s-]{_ERA_NAME}", re.IGNORECASE | re.ASCII)
_SHARED_ERAS = re.compile(
    rf"({ORDINAL})(?=(?:\s(?:to|and|or)\s(?:the\s)?|\s?[-–]\s?){ORDINAL}[\s-]{_ERA_NAME})", re.IGNORECASE | re.ASCII
)
"""The first of two: "the 18th and 19th centuries"."""
_YEARS = {"century": 100, "centuries": 100, "millennium": 1000, "millennia": 1000}
_PART = re.compile(r"([QH])([1-4])[\s/-]?(?:of\s)?(\d{4})\b|(\d{4})[\s-]?([QH])([1-4])\b", re.ASCII)
_NAMED_PART = re.compile(
    r"(first|second|third|fourth|last)\s(quarter|half)\sof\s(?:the\syear\s)?(\d{4})\b", re.IGNORECASE | re.ASCII
)
_SPAN = re.compile(r"(\d{4})([-–—/])(\d{2})(?![\w%]|[-.:/,]\d)", re.ASCII)


def period_at(text: str, start: int, today: date) -> Period | None:
    """Return the stretch of time that begins at ``start``, None where none does.

    The 19th century are the years from 1801 to 1900; "the 1800s" are from 1800 to 1899, or the decade.
    """
    for read in (_long_decade, _short_decade, _named_decade, _century, _part_of_year, _years):
        found = read(text, start, today)
        if found is not None and found[1]:
            return found
    return None


def years_from(first: int, count: int) -> tuple[Literal, Literal]:
    """Return ``count`` years from ``first`` on."""
    return year_literal(first), year_literal(first + count - 1)


def _long_decade(text: str, start: int, today: date) -> Period | None:
    match = _LONG_DECADE.match(text, start)
    if match is None:
        return None
    first = int(match[1] + match[2] + "0")
    readings: list[Stretch] = [years_from(first, 10)]
    if match[2] == "0":
        readings.insert(1 if first >= 2000 else 0, years_from(first, 100))
    if match.group()[-2] in "'’" and not is_decade(text, start):  # "1990's films": those of the year, or of the decade
        readings.append((year_literal(first), None))
    return match.end(), tuple(readings)


def _short_decade(text: str, start: int, today: date) -> Period | None:
    match = _SHORT_DECADE.match(text, start)
    if match is None or _SIZE.search(text, max(start - 8, 0), start):
        return None
    return match.end(), tuple(_of_two_digits(int(match[1]) * 10, today))


def _named_decade(text: str, start: int, today: date) -> Period | None:
    match = _NAMED_DECADE.match(text, start)
    if match is None:
        return None
    number = DECADES[match[2].lower()]
    if match[1]:
        return match.end(), (years_from(_HUNDREDS[match[1].lower()] + number, 10),)
    return (match.end(), tuple(_of_two_digits(number, today))) if is_decade(text, start) else None


def is_decade(text: str, start: int) -> bool:
    """Return whether what stands before a number in the plural makes it a decade."""
    return _AS_DECADE.search(text, max(start - 8, 0), start) is not None


def _of_two_digits(number: int, today: date) -> Iterator[Stretch]:
    """The decades that end so: that of the last century, and that of this one if it has begun; the nearer one of the
    first two decades of a century."""
    this = today.year // 100 * 100 + number
    decades = [years_from(first, 10) for first in (this - 100, this) if first <= today.year]
    yield from reversed(decades) if number < 20 else decades


def _century(text: str, start: int, today: date) -> Period | None:
    match = _ERAS.match(text, start) or _SHARED_ERAS.match(text, start)
    count = _YEARS[match[2].lower()] if match else 0
    place = ordinal_value(match[1]) if match else 0
    if match is None or not 1 <= place * count <= 9_900:
        return None
    before = match[3] is not None and match[3][0] in "bB"
    return match.end(), (years_from(1 - place * count if before else (place - 1) * count + 1, count),)


def _part_of_year(text: str, start: int, today: date) -> Period | None:
    match, named = _PART.match(text, start), _NAMED_PART.match(text, start)
    if match is not None:
        letter, number, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[6], match[4])
        return match.end(), _months(int(year), int(number), 3 if letter == "Q" else 6)
    if named is None:
        return None
    count = 3 if named[2].lower() == "quarter" else 6
    place = WORDS.get(named[1].lower(), 12 // count)
    return named.end(), _months(int(named[3]), place, count)


def _months(year: int, place: int, count: int) -> tuple[Stretch, ...]:
    """The months of a part of a year; nothing where it has no such part."""
    last = place * count
    return ((month_literal(year, last - count + 1), month_literal(year, last)),) if last <= 12 else ()


def _years(text: str, start: int, today: date) -> Period | None:
    """ "1914-18" and "1998/99"; "1990-05" is a month."""
    match = _SPAN.match(text, start)
    if match is None:
        return None
    first, last = int(match[1]), int(match[1][:2] + match[3])
    if first >= last or (match[2] == "-" and 1 <= int(match[3]) <= 12) or (match[2] == "/" and last != first + 1):
        return None
    return match.end(), (years_from(first, last - first + 1),)
