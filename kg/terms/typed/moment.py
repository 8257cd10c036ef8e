"""Times as XML Schema and ISO 8601 write them, each read as the whole stretch that it names.

Years are those of the proleptic Gregorian calendar and may have more than four digits; 0000 is the year before 0001, so
``-0044`` is 45 BCE (XML Schema 1.1). Without a time zone, UTC is meant: XML Schema leaves the order of ``12:00`` and
``14:00Z`` open, which no sorted column can. A month or day of ``00`` is unknown (Wikidata): ``1990-00-00`` is the year.
"""

from __future__ import annotations

import re
from fractions import Fraction

from clew.kg.limits import MAX_YEAR_DIGITS
from clew.kg.terms.typed.calendar import DAY, days_before, days_in_month
from clew.kg.terms.typed.interval import Interval, Timeline, days, months, years
from clew.kg.terms.typed.number import Exact, whole_or_fraction
from clew.kg.terms.vocabulary import XSD

_ZONE = r"(Z|[+-][0-9]{2}:[0-9]{2})?"
_CLOCK = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,100}))?)?"
_DATE = r"([+-]?[0-9]{4,})(?:-([0-9]{2})(?:-([0-9]{2}))?)?"
_MOMENT = re.compile(rf"{_DATE}(?:[T ]{_CLOCK})?{_ZONE}")
_TIME_OF_DAY = re.compile(_CLOCK + _ZONE)
_OF_YEAR = re.compile(rf"--([0-9]{{2}})(?:-([0-9]{{2}})|--)?{_ZONE}")
_OF_MONTH = re.compile(rf"---([0-9]{{2}}){_ZONE}")
_PLAIN = re.compile(
    r"[1-9][0-9]{3}|-[0-9]{4,}|[0-9]{4}-[0-9]{2}"
    r"|[+-]?[0-9]{4,}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
)
DECADE = re.compile(r"([1-9][0-9]{2})0s")
"""``1980s``, which is no number of seconds."""
_LEAP_YEAR = 1972
"""The year that XML Schema compares days of the year in."""

_DEPTH = {XSD + name: depth for name, depth in (("gYear", 1), ("gYearMonth", 2), ("date", 3))}
_MOMENTS = frozenset(_DEPTH) | {XSD + "dateTime", XSD + "dateTimeStamp"}
TIMES = _MOMENTS | {XSD + name for name in ("time", "gMonth", "gMonthDay", "gDay")}
"""The datatypes of times."""


def time_of(lexical: str, datatype: str) -> Interval | None:
    """Return what a literal of one of ``TIMES`` names, None where it is no such time.

    Read as written where that says less than the datatype (a date ``1990-05``), no finer than the datatype where it
    says more (a year ``1990-01-01``).
    """
    if datatype == XSD + "time":
        return _time_of_day(lexical)
    if datatype == XSD + "gDay":
        return _day_of_month(lexical)
    return _moment(lexical, _DEPTH.get(datatype, 4)) if datatype in _MOMENTS else _day_of_year(lexical)


def time_in(text: str) -> Interval | None:
    """Return the time that a plain text writes: ``1990``, ``1990-05``, ``1990-05-17``, with or without a time of day
    and a zone, ``1980s``; None for any other text."""
    decade = DECADE.fullmatch(text)
    if decade is not None:
        return years(int(decade[1]) * 10, 10)
    return _moment(text, 4) if _PLAIN.fullmatch(text) else None


def _moment(lexical: str, depth: int) -> Interval | None:
    match = _MOMENT.fullmatch(lexical)
    if match is None or len(match[1]) > MAX_YEAR_DIGITS:
        return None
    year, month, day = int(match[1]), int(match[2] or 0), int(match[3] or 0)
    clock, shift = _seconds(*match.group(4, 5, 6, 7)), _shift(match[8])
    if clock is None or shift is None or not _is_date(year, month, day) or (match[4] and not match[3]):
        return None
    depth = min(depth, 1 if not month else 2 if not day else 3 if match[4] is None else 4)
    if depth == 4:
        instant = days_before(year, month, day) * DAY + clock - shift
        return Interval(instant, instant)
    found = (years(year), months(year, month or 1), days(year, month or 1, day or 1))[depth - 1]
    return _moved(found, shift)


def _time_of_day(lexical: str) -> Interval | None:
    match = _TIME_OF_DAY.fullmatch(lexical)
    clock, shift = (None, None) if match is None else (_seconds(*match.group(1, 2, 3, 4)), _shift(match[5]))
    if clock is None or shift is None:
        return None
    return Interval(clock % DAY - shift, clock % DAY - shift, Timeline.DAY)


def _day_of_year(lexical: str) -> Interval | None:
    match = _OF_YEAR.fullmatch(lexical)
    shift = None if match is None else _shift(match[3])
    if match is None or shift is None or not 1 <= int(match[1]) <= 12:
        return None
    month, first = int(match[1]), days_before(_LEAP_YEAR) * DAY
    if match[2] is not None and not 1 <= int(match[2]) <= days_in_month(_LEAP_YEAR, month):
        return None
    found = months(_LEAP_YEAR, month) if match[2] is None else days(_LEAP_YEAR, month, int(match[2]))
    return _moved(found, first + shift, Timeline.YEAR)


def _day_of_month(lexical: str) -> Interval | None:
    match = _OF_MONTH.fullmatch(lexical)
    shift = None if match is None else _shift(match[2])
    if match is None or shift is None or not 1 <= int(match[1]) <= 31:
        return None
    return Interval((int(match[1]) - 1) * DAY - shift, int(match[1]) * DAY - shift, Timeline.MONTH)


def _moved(found: Interval, seconds: int, timeline: Timeline = Timeline.TIME) -> Interval:
    return Interval(found.start - seconds, found.end - seconds, timeline)


def _is_date(year: int, month: int, day: int) -> bool:
    return month <= 12 and (day == 0 or (month > 0 and day <= days_in_month(year, month)))


def _seconds(hour: str | None, minute: str | None, second: str | None, fraction: str | None) -> Exact | None:
    """The seconds since midnight; None where there is no such time of day. 24:00:00 is the end of the day."""
    h, m, s = int(hour or 0), int(minute or 0), int(second or 0)
    if h > 24 or m > 59 or s > 59 or (h == 24 and (m, s, int(fraction or 0)) != (0, 0, 0)):
        return None
    whole = h * 3600 + m * 60 + s
    return whole if fraction is None else whole_or_fraction(whole + Fraction(int(fraction), 10 ** len(fraction)))


def _shift(zone: str | None) -> int | None:
    """The seconds by which a zone is ahead of UTC; None where there is no such zone (14 hours are the most)."""
    if zone is None or zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if minutes > 59 or hours * 60 + minutes > 14 * 60:
        return None
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)
