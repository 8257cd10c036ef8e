"""Times that are counted from today: "this year", "last century", "the past five years", "ten years ago"."""

from __future__ import annotations

import re
from datetime import date

from clew.decoding.programs.reading.stated.forms import day_literal, month_literal, year_literal
from clew.decoding.programs.reading.stated.numerals import numeral_at
from clew.decoding.programs.reading.stated.periods import years_from
from clew.kg.terms.literal import Literal

Relative = tuple[int, Literal, Literal | None]
"""Where what states a time ends, the time or the first of a stretch, and the last of a stretch."""

_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_DAY = re.compile(r"(today|yesterday|tomorrow|Today|Yesterday|Tomorrow)\b(?!-)")
_STEPS = {"this": 0, "the current": 0, "current": 0, "last": -1, "previous": -1, "the previous": -1, "next": 1}
_ONE = re.compile(
    r"(this|(?:the\s)?current|last|(?:the\s)?previous|(?<!the\s)next)\s(year|month|week|decade|century)\b(?!\sof\b|-)",
    re.I,
)
_PAST = re.compile(r"(?:the\s)?(last|past|previous)\s(?=[\w])", re.IGNORECASE)
_UNIT = re.compile(r"\s(year|month|week|day|decade)s?\b(?!\sof\b)", re.IGNORECASE)
_AGO = re.compile(r"\s(year|month|week|day|decade)s?\sago\b", re.IGNORECASE)
_PAST_ONE = re.compile(r"(?:the\s)?(last|past)\s(year|month|week|decade|century)\b(?!\sof\b)", re.IGNORECASE)
_A = re.compile(r"an?(?=\s(?:year|month|week|day|decade)\sago\b)", re.IGNORECASE)
_MONTHS = {"year": 12, "decade": 120, "month": 1}
_FARTHEST = 9_000
"""Years."""


def relative_at(text: str, start: int, today: date) -> Relative | None:
    """Return the time counted from today that begins at ``start``, None where none does.

    Stretches are counted in whole units: "the past five years" begin with the year five years ago and end with this
    one, so that they compare with years and with dates.
    """
    for read in (_day, _one, _past, _ago):
        found = read(text, start, today)
        if found is not None:
            return found
    return None


def _day(text: str, start: int, today: date) -> Relative | None:
    match = _DAY.match(text, start)
    if match is None or (match.group()[0].isupper() and text[:start].strip()):
        return None
    return match.end(), _date(today, _DAYS[match.group().lower()]), None


def _one(text: str, start: int, today: date) -> Relative | None:
    match = _PAST_ONE.match(text, start)
    if match is not None and _is_stretch(match):
        return (match.end(), *_since(match[2].lower(), 1, today))
    whole = _ONE.match(text, start)
    if match is None and whole is None:
        return None
    if whole is None:
        assert match is not None
        return (match.end(), *_whole(match[2].lower(), -1, today))
    return (whole.end(), *_whole(whole[2].lower(), _STEPS[" ".join(whole[1].lower().split())], today))


def _is_stretch(match: re.Match[str]) -> bool:
    """Whether what is past reaches up to today: "the last year", "the past decade"; "last year" and "the last century"
    do not."""
    past, unit = match[1].lower() == "past", match[2].lower()
    return unit != "century" and (past or (unit != "decade" and match.group()[:3].lower() == "the"))


def _whole(unit: str, step: int, today: date) -> tuple[Literal, Literal | None]:
    """The year, month, week, decade or century that is so many away from that of today."""
    if unit == "year":
        return year_literal(today.year + step), None
    if unit == "month":
        return month_literal(today.year, today.month + step), None
    if unit == "week":
        monday = 7 * step - today.weekday()
        return _date(today, monday), _date(today, monday + 6)
    return _years(unit, step, today)


def _years(unit: str, step: int, today: date) -> tuple[Literal, Literal]:
    if unit == "decade":
        return years_from(today.year // 10 * 10 + 10 * step, 10)
    return years_from((today.year - 1) // 100 * 100 + 1 + 100 * step, 100)


def _past(text: str, start: int, today: date) -> Relative | None:
    match = _PAST.match(text, start)
    numeral = numeral_at(text, match.end()) if match else None
    unit = _UNIT.match(text, numeral.end) if numeral else None
    if numeral is None or unit is None or not _is_count(numeral.value, unit[1]):
        return None
    return (unit.end(), *_since(unit[1].lower(), int(numeral.value), today))


def _ago(text: str, start: int, today: date) -> Relative | None:
    one = _A.match(text, start)
    numeral = None if one else numeral_at(text, start)
    end = one.end() if one else numeral.end if numeral else start
    unit, count = _AGO.match(text, end), 1 if one or numeral is None else numeral.value
    if end == start or unit is None or not _is_count(count, unit[1]):
        return None
    return unit.end(), _since(unit[1].lower(), int(count), today)[0], None


def _is_count(value: object, unit: str) -> bool:
    """Whether so many units may lie between a time of the calendar and today."""
    return isinstance(value, int) and 0 < value * _MONTHS.get(unit.lower(), 1) < 12 * _FARTHEST


def _since(unit: str, count: int, today: date) -> tuple[Literal, Literal]:
    """The year, month or day that lies so many units before today, and that of today."""
    if unit in ("year", "decade"):
        return year_literal(today.year - count * _MONTHS[unit] // 12), year_literal(today.year)
    if unit == "month":
        return month_literal(today.year, today.month - count), month_literal(today.year, today.month)
    days = count * (7 if unit == "week" else 1)
    return _date(today, -days), _date(today)


def _date(today: date, days: int = 0) -> Literal:
    """The day so many days after today, within the years that ``date`` has."""
    day = date.fromordinal(min(max(today.toordinal() + days, 1), date.max.toordinal()))
    literal = day_literal(day.year, day.month, day.day)
    assert literal is not None
    return literal
