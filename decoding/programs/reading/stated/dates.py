"""Dates, months and years in the forms that people write ("May 3rd, 1990", "3.5.1990", "44 BC")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from clew.decoding.programs.reading.stated.forms import (
    day_literal,
    month_literal,
    year_literal,
    yearly_literal,
)
from clew.decoding.programs.reading.stated.numerals import numbered
from clew.decoding.programs.reading.stated.ordinals import ORDINAL, ordinal_value
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import XSD

Dated = tuple[int, tuple[Literal, ...]]
"""Where what states a time ends, and its readings, the likeliest first."""

MONTHS = numbered("january february march april may june july august september october november december", 1)
"""Names of months."""
_SHORT = {name[:3]: n for name, n in MONTHS.items()} | {"sept": 9}
_MONTH = rf"({'|'.join(MONTHS)}|(?:{'|'.join(sorted(_SHORT, key=len, reverse=True))})(?![a-z])\.?)"
_DAY = rf"(\d{{1,2}}(?!\d)(?:st|nd|rd|th)?|(?!hundredth){ORDINAL})"
ERA = r"(?:\s?(BCE?\b|bce?\b|B\.\s?C\.(?:\s?E\.)?|CE\b|C\.\s?E\.|AD\b|A\.\s?D\.))"
"""Behind a year."""
_YEAR = rf"((?:AD\s|A\.D\.\s)?\d{{4}}(?![\d%])|\d{{1,4}}(?={ERA})|(?:AD\s|A\.D\.\s)\d{{1,4}}(?!\d)){ERA}?"
_BEFORE_MONTH = re.compile(r"\b(?:in|of|since|until|till|before|after|by|during|from|on|between|and|to)\s\Z", re.I)
_WHOLE_MONTH = re.compile(r"\b(?:in|during|each|every|since|until|before|after)\s\Z", re.IGNORECASE)
_WORDS_AS_WELL = frozenset(("may", "march", "mar", "dec", "jan"))


def _form(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern + r"(?![\w%]|-\d|[.:/]\d|,\d)", re.IGNORECASE | re.ASCII)


_DAY_MONTH = _form(rf"{_DAY}[\s-](?:of\s)?{_MONTH}(?:,?[\s-](?:of\s)?{_YEAR})?")
_MONTH_DAY = _form(rf"{_MONTH}\s(?:the\s)?{_DAY}(?:(?:\s?,\s?|\s)(?:of\s)?{_YEAR})?")
_MONTH_YEAR = _form(rf"{_MONTH},?[\s-](?:of\s)?{_YEAR}")
_YEAR_MONTH_DAY = _form(rf"(\d{{4}})\s{_MONTH}\s{_DAY}")
_MONTH_ALONE = _form(rf"({'|'.join(MONTHS)})")
_ISO = _form(r"-?\d{4,6}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?")
_ISO_MONTH = _form(r"(\d{4})-(\d\d)")
_PARTS = _form(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHED = _form(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_TWO_WAYS = _form(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_DOTTED = _form(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_MONTH_SLASH_YEAR = _form(r"(\d{1,2})/(\d{4})")
_ERA_YEAR = re.compile(rf"{_YEAR}(?!\w)", re.ASCII)
_CLOCK = _form(r"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?:\s?([ap])\.?m\b\.?)?")
_HOUR = _form(r"(\d{1,2})\s?([ap])(?:\.m\.|m)")


def date_at(text: str, start: int) -> Dated | None:
    """Return the date, the month or the year with its era that begins at ``start``; None where none does."""
    first = text[start]
    forms = _FROM_DIGITS if first.isdigit() or first in "-\u2212" else _FROM_LETTERS
    for pattern, read in forms:
        match = pattern.match(text, start)
        found = tuple(read(text, match)) if match else ()
        if match and found:
            return match.end(), found
    return None


def year_of(digits: str, era: str | None) -> int:
    """Return a year as XML Schema counts it, 0 for 1 BC."""
    year = int(digits.upper().removeprefix("AD").removeprefix("A.D.").strip())
    return 1 - year if era and era[0] in "bB" else year


def _days(year: int, month: int, day: int) -> Iterator[Literal]:
    found = day_literal(year, month, day)
    if found is not None:
        yield found


def _month(name: str) -> int:
    return _SHORT[name[:3].lower()]


def _day(text: str) -> int:
    return int(text) if text.isdigit() else ordinal_value(text)


def _named_day(text: str, match: re.Match[str], day: str, month: str, year: str, era: str | None) -> Iterator[Literal]:
    if not year:
        found = yearly_literal(_month(month), _day(day))
        if found is not None and not _is_word(text, match, month):
            yield found
        return
    yield from _days(year_of(year, era), _month(month), _day(day))


def _is_word(text: str, match: re.Match[str], month: str) -> bool:
    """Whether what looks like a month may be another word: "may" and "march" in small letters, no preposition before
    them."""
    if month.lower().rstrip(".") not in _WORDS_AS_WELL or month[0].isupper():
        return False
    return _BEFORE_MONTH.search(text, max(match.start() - 9, 0), match.start()) is None


def _day_month(text: str, match: re.Match[str]) -> Iterator[Literal]:
    yield from _named_day(text, match, match[1], match[2], match[3], match[4] or match[5])


def _month_day(text: str, match: re.Match[str]) -> Iterator[Literal]:
    yield from _named_day(text, match, match[2], match[1], match[3], match[4] or match[5])


def _month_year(text: str, match: re.Match[str]) -> Iterator[Literal]:
    if not _is_word(text, match, match[1]):
        yield month_literal(year_of(match[2], match[3] or match[4]), _month(match[1]))


def _whole_month(text: str, match: re.Match[str]) -> Iterator[Literal]:
    found = yearly_literal(_month(match[1]))
    if found is not None and _WHOLE_MONTH.search(text, max(match.start() - 8, 0), match.start()):
        yield found


def _iso(text: str, match: re.Match[str]) -> Iterator[Literal]:
    whole = match.group().upper()
    literal = Literal(whole, XSD + ("dateTime" if "T" in whole else "date"))
    if literal.typed is not None and "-00" not in whole[5:10]:
        yield literal


def _parts(text: str, match: re.Match[str]) -> Iterator[Literal]:
    """A date in numbers; a month or a day of 0 is unknown."""
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if day:
        yield from _days(year, month, day)
    elif month <= 12:
        yield month_literal(year, month) if month else year_literal(year)


def _iso_month(text: str, match: re.Match[str]) -> Iterator[Literal]:
    if 1 <= int(match[2]) <= 12:
        yield month_literal(int(match[1]), int(match[2]))


def _two_ways(text: str, match: re.Match[str]) -> Iterator[Literal]:
    """Month first, then day first, where both are dates."""
    one, other, year = int(match[1]), int(match[3]), int(match[4])
    yield from dict.fromkeys((*_days(year, one, other), *_days(year, other, one)))


def _month_slash_year(text: str, match: re.Match[str]) -> Iterator[Literal]:
    if 1 <= int(match[1]) <= 12:
        yield month_literal(int(match[2]), int(match[1]))


def _era_year(text: str, match: re.Match[str]) -> Iterator[Literal]:
    era = match[2] or match[3]
    if era is None and match[1].isdigit():
        return
    year = year_of(match[1], era)
    if int(re.sub(r"\D", "", match[1])):
        yield year_literal(year)


def _clock(text: str, match: re.Match[str]) -> Iterator[Literal]:
    hour, half = int(match[1]), (match[4] or "").lower()
    if not half or 1 <= hour <= 12:
        hour = hour if not half else hour % 12 + 12 * (half == "p")
        literal = Literal(f"{hour:02d}:{match[2]}:{match[3] or '00'}", XSD + "time")
        if literal.typed is not None:
            yield literal


def _hour(text: str, match: re.Match[str]) -> Iterator[Literal]:
    if 1 <= int(match[1]) <= 12:
        hour = int(match[1]) % 12 + 12 * (match[2].lower() == "p")
        yield Literal(f"{hour:02d}:00:00", XSD + "time")


Reading = Callable[[str, re.Match[str]], Iterator[Literal]]
_FROM_DIGITS: tuple[tuple[re.Pattern[str], Reading], ...] = (
    (_ISO, _iso),
    (_PARTS, _parts),
    (_SLASHED, lambda _, m: _days(int(m[1]), int(m[2]), int(m[3]))),
    (_TWO_WAYS, _two_ways),
    (_DOTTED, lambda _, m: _days(int(m[3]), int(m[2]), int(m[1]))),
    (_DAY_MONTH, _day_month),
    (_YEAR_MONTH_DAY, lambda _, m: _days(int(m[1]), _month(m[2]), _day(m[3]))),
    (_ISO_MONTH, _iso_month),
    (_MONTH_SLASH_YEAR, _month_slash_year),
    (_ERA_YEAR, _era_year),
    (_CLOCK, _clock),
    (_HOUR, _hour),
)
_FROM_LETTERS: tuple[tuple[re.Pattern[str], Reading], ...] = (
    (_DAY_MONTH, _day_month),
    (_MONTH_DAY, _month_day),
    (_MONTH_YEAR, _month_year),
    (_MONTH_ALONE, _whole_month),
    (_ERA_YEAR, _era_year),
)
