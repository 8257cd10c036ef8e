"""Compiled reading of times: a year of four digits, in UTC or without a zone."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.terms.typed.calendar import DAY
from clew.tries.columns.forms import COLON, DIGITS_HELD, LETTER_T, LETTER_Z, MINUS, POINT, TIME, UNREAD, ZERO, is_digit

Array = np.ndarray[Any, np.dtype[Any]]


@kernel
def read_time(blob: Array, start: Any, stop: Any, depth: int) -> tuple[Any, Any, Any, Any]:
    """A time of a year of four digits, in UTC or without a zone."""
    if stop > start and blob[stop - 1] == LETTER_Z:
        stop -= 1
    size = stop - start
    if size < 4 or (size > 4 and blob[start + 4] != MINUS) or (size > 7 and blob[start + 7] != MINUS):
        return UNREAD, 0, 0, 0
    year, month, day, seconds, part = _field(blob, start, start + 4), 1, 1, 0, 0
    if size >= 7:
        month = _field(blob, start + 5, start + 7)
    if size >= 10:
        day = _field(blob, start + 8, start + 10)
    if size >= 19:
        seconds, part = _clock(blob, start + 10, stop)
    found = 1 if size == 4 else 2 if size == 7 else 3 if size == 10 else 4 if size >= 19 else 9
    if found == 9 or year < 0 or seconds < 0 or not 1 <= month <= 12 or day < 1:
        return UNREAD, 0, 0, 0
    if day > days_since_1970(year, month + 1, 1) - days_since_1970(year, month, 1):
        return UNREAD, 0, 0, 0
    depth = min(depth, found)
    if depth == 4:
        instant = days_since_1970(year, month, day) * DAY + seconds
        return TIME, instant, part, instant
    month = 1 if depth < 2 else month
    first = days_since_1970(year, month, day if depth == 3 else 1)
    after = first + 1
    if depth < 3:
        after = days_since_1970(year, month + 1, 1) if depth == 2 else days_since_1970(year + 1, 1, 1)
    return TIME, first * DAY, 0, after * DAY


@kernel
def _clock(blob: Array, start: Any, stop: Any) -> tuple[Any, Any]:
    """The seconds of ``T12:34:56.7`` and their ``PARTS``; -1 where it is no such time."""
    if blob[start] != LETTER_T or blob[start + 3] != COLON or blob[start + 6] != COLON:
        return -1, 0
    hour, minute = _field(blob, start + 1, start + 3), _field(blob, start + 4, start + 6)
    second, part = _field(blob, start + 7, start + 9), 0
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return -1, 0
    places = stop - start - 10
    if stop > start + 9:
        part = _field(blob, start + 10, stop)
        if blob[start + 9] != POINT or not 0 < places <= DIGITS_HELD or part < 0:
            return -1, 0
        for _ in range(DIGITS_HELD - places):
            part *= 10
    return hour * 3600 + minute * 60 + second, part


@kernel
def _field(blob: Array, start: Any, stop: Any) -> Any:
    """A whole number of digits only, -1 where it is none."""
    found = np.int64(0)
    for i in range(start, stop):
        if not is_digit(blob[i]):
            return -1
        found = found * 10 + np.int64(blob[i]) - ZERO
    return found


@kernel
def days_since_1970(year: int, month: int, day: int) -> int:
    """What ``clew.kg.terms.typed.calendar.days_before`` returns, for a month of 1 .. 13."""
    if month > 12:
        year, month = year + 1, month - 12
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468
