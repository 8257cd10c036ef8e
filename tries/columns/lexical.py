"""Compiled reading of the common lexical forms; what is rarer is left to ``clew.kg.terms.typed``, which agrees."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import inlined, kernel
from clew.kg.limits import MAX_VALUE_TEXT
from clew.kg.terms.typed.calendar import DAY

Array = np.ndarray[Any, np.dtype[Any]]

NO_VALUES, NUMBERS, TEXTS, TRUTHS, OTHERS = range(5)
"""How the literals with a suffix are read; ``OTHERS`` by ``clew.kg.terms.typed``."""
TIMES = 10
"""``TIMES + depth``: times, no finer than 1 (years), 2 (months), 3 (days) or 4 (moments)."""

NOTHING, NUMBER, TIME, TRUTH, UNREAD = range(5)
"""What a literal turned out to be."""
PARTS = 10**18
"""A number is ``whole + part / PARTS``, with ``0 <= part < PARTS``."""

_MAX_DIGITS = 18
_MAX_BEFORE = 8  # characters before the first digit: a sign, a currency, a space, a sign, a point
_ZERO, _NINE, _PLUS, _MINUS, _POINT, _COLON = (ord(char) for char in "09+-.:")
_CAPITALS = (ord("A"), ord("Z"))
_SMALL = (ord("a"), ord("z"))
_TRUE, _FALSE = (np.frombuffer(word, np.uint8) for word in (b"true", b"false"))
_DOLLAR, _T, _P, _Z, _E, _SMALL_E = (ord(char) for char in "$TPZEe")


@kernel
def suffix_ids(blob: Array, offsets: Array, first: int, ids: Array, rows: Array) -> int:
    """Number the suffixes of the literals from node ``first`` on, in ``ids`` (int32; -1: there are more than fit into
    ``rows``, int64, which takes a node that has each). Return how many there are."""
    slots = np.full(4 * len(rows), -1, np.int64)
    count = 0
    for i in range(len(ids)):
        end = np.int64(offsets[first + i + 1])
        cut = end
        spread = np.uint64(1469598103934665603)
        while blob[cut - 1] != 0:
            cut -= 1
            spread = (spread ^ np.uint64(blob[cut])) * np.uint64(1099511628211)
        slot = np.int64(spread % np.uint64(len(slots)))
        while slots[slot] >= 0 and not _same(blob, offsets, rows[slots[slot]], cut, end):
            slot = (slot + 1) % len(slots)
        if slots[slot] < 0 and count < len(rows):
            slots[slot] = count
            rows[count] = first + i
            count += 1
        ids[i] = slots[slot]
    return count


@kernel
def _same(blob: Array, offsets: Array, row: int, cut: Any, end: Any) -> bool:
    """Whether the literal of a row has the suffix ``blob[cut:end]``."""
    stop = np.int64(offsets[row + 1])
    size = end - cut
    if stop - np.int64(offsets[row]) <= size or blob[stop - size - 1] != 0:
        return False
    for i in range(size):  # noqa: SIM110 - compiled
        if blob[stop - size + i] != blob[cut + i]:
            return False
    return True


@kernel
def read_all(
    blob: Array, offsets: Array, first: int, ids: Array, ways: Array, sizes: Array,
    state: Array, whole: Array, part: Array, end: Array, digits: Array,
) -> None:  # fmt: skip
    """Read the literals from node ``first`` on, those of suffix ``ids[i]`` in the way ``ways[ids[i]]``; ``sizes``: the
    bytes of each suffix.

    Fills in ``state``; of numbers, truth values and starts of times ``whole`` and ``part`` (see ``PARTS``), of times
    ``end`` (whole seconds; an instant ends where it starts); how many ``digits`` a plain text of digits has, which is
    no number where it begins with zero. All have the length of ``ids``.
    """
    for i in range(len(ids)):
        state[i] = UNREAD
        way = ways[ids[i]] if ids[i] >= 0 else OTHERS
        if way == OTHERS:
            continue
        start, stop = np.int64(offsets[first + i]) + 1, np.int64(offsets[first + i + 1]) - sizes[ids[i]] - 1
        if way == NO_VALUES:
            state[i] = NOTHING
        elif way == NUMBERS:
            state[i], whole[i], part[i] = _number(blob, start, stop, True)
        elif way == TRUTHS:
            state[i], whole[i] = _truth(blob, start, stop)
        elif way == TEXTS:
            state[i], whole[i], part[i], end[i], digits[i] = _text(blob, start, stop)
        else:
            state[i], whole[i], part[i], end[i] = _time(blob, start, stop, way - TIMES)


@inlined
def _digit(byte: Any) -> Any:
    return _ZERO <= byte <= _NINE


@kernel
def _number(blob: Array, start: Any, stop: Any, plus: bool) -> tuple[Any, Any, Any]:
    """A number without an exponent, of up to ``_MAX_DIGITS`` digits."""
    negative = start < stop and blob[start] == _MINUS
    if negative or (plus and start < stop and blob[start] == _PLUS):
        start += 1
    whole, part = np.int64(0), np.int64(0)
    count, places = 0, -1
    for i in range(start, stop):
        byte = np.int64(blob[i])
        if byte == _POINT and places < 0:
            places = 0
        elif not _digit(byte) or count == _MAX_DIGITS:
            return UNREAD, 0, 0
        elif places < 0:
            whole, count = whole * 10 + byte - _ZERO, count + 1
        else:
            part, count, places = part * 10 + byte - _ZERO, count + 1, places + 1
    if count == 0:
        return UNREAD, 0, 0
    for _ in range(_MAX_DIGITS - max(places, 0)):
        part *= 10
    if negative:
        whole, part = (-whole, part) if part == 0 else (-whole - 1, PARTS - part)
    return NUMBER, whole, part


@kernel
def _truth(blob: Array, start: Any, stop: Any) -> tuple[Any, Any]:
    if stop - start == 1 and _ZERO <= blob[start] <= _ZERO + 1:
        return TRUTH, np.int64(blob[start]) - _ZERO
    if _equals(blob, start, stop, _TRUE):
        return TRUTH, 1
    return (TRUTH, 0) if _equals(blob, start, stop, _FALSE) else (UNREAD, 0)


@kernel
def _equals(blob: Array, start: Any, stop: Any, word: Array) -> bool:
    if stop - start != len(word):
        return False
    for i in range(len(word)):  # noqa: SIM110 - compiled
        if blob[start + i] != word[i]:
            return False
    return True


@kernel
def _field(blob: Array, start: Any, stop: Any) -> Any:
    """A whole number of digits only, -1 where it is none."""
    found = np.int64(0)
    for i in range(start, stop):
        if not _digit(blob[i]):
            return -1
        found = found * 10 + np.int64(blob[i]) - _ZERO
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


@kernel
def _time(blob: Array, start: Any, stop: Any, depth: int) -> tuple[Any, Any, Any, Any]:
    """A time of a year of four digits, in UTC or without a zone."""
    if stop > start and blob[stop - 1] == _Z:
        stop -= 1
    size = stop - start
    if size < 4 or (size > 4 and blob[start + 4] != _MINUS) or (size > 7 and blob[start + 7] != _MINUS):
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
    if blob[start] != _T or blob[start + 3] != _COLON or blob[start + 6] != _COLON:
        return -1, 0
    hour, minute = _field(blob, start + 1, start + 3), _field(blob, start + 4, start + 6)
    second, part = _field(blob, start + 7, start + 9), 0
    if not (0 <= hour <= 23 and 0 <= minute <= 59 and 0 <= second <= 59):
        return -1, 0
    places = stop - start - 10
    if stop > start + 9:
        part = _field(blob, start + 10, stop)
        if blob[start + 9] != _POINT or not 0 < places <= _MAX_DIGITS or part < 0:
            return -1, 0
        for _ in range(_MAX_DIGITS - places):
            part *= 10
    return hour * 3600 + minute * 60 + second, part


@kernel
def _text(blob: Array, start: Any, stop: Any) -> tuple[Any, Any, Any, Any, Any]:
    """A plain text: digits, a plain decimal number, a date or a month; ``UNREAD`` where it may be another value."""
    if _is_prose(blob, start, stop):
        return NOTHING, 0, 0, 0, 0
    size = stop - start
    pure = True
    for i in range(start, stop):
        pure = pure and _digit(blob[i])
    zero = size > 1 and blob[start] == _ZERO
    if pure and size <= 100:
        if zero:
            return NOTHING, 0, 0, 0, size
        found, whole, part = _number(blob, start, stop, False)
        return found, whole, part, 0, size
    if size in (7, 10) and blob[start + 4] == _MINUS and blob[stop - 1] != _Z:
        found, whole, part, end = _time(blob, start, stop, 4)
        return found, whole, part, end, 0
    first = start + 1 if blob[start] == _MINUS else start
    plain = first + 1 < stop and _digit(blob[first]) and _digit(blob[stop - 1])
    if plain and (blob[first] != _ZERO or blob[first + 1] == _POINT):
        found, whole, part = _number(blob, start, stop, False)
        return found, whole, part, 0, 0
    return UNREAD, 0, 0, 0, 0


@kernel
def _is_prose(blob: Array, start: int, stop: int) -> bool:
    """Whether a text is no value for sure: by its length, by what stands before its first digit (a sign, a currency,
    the ``P`` of a duration at most), or by further digits behind a number (identifiers, addresses)."""
    if stop - start > 4 * MAX_VALUE_TEXT:
        return True
    while start < stop and (blob[start] == 32 or 9 <= blob[start] <= 13):
        start += 1
    chars, capitals, letters, others = 0, 0, 0, 0
    for i in range(start, stop):
        byte = blob[i]
        if _digit(byte):
            if blob[start] == _P or (blob[start] == _MINUS and i > start + 1 and blob[start + 1] == _P):
                return False
            money = capitals + letters == 0 or others > 0 or (letters == 0 and capitals == 3)
            return not money or _digits_behind(blob, i, stop) > 1
        chars += (byte & 0xC0) != 0x80
        capitals += _CAPITALS[0] <= byte <= _CAPITALS[1]
        letters += _SMALL[0] <= byte <= _SMALL[1]
        others += byte == _DOLLAR or byte >= 0x80
        if chars > _MAX_BEFORE:
            return True
    return True


@kernel
def _digits_behind(blob: Array, start: int, stop: int) -> int:
    """How many digits follow once the characters of numbers and times have ended; units have one (``km2``)."""
    while start < stop and (blob[start] < _CAPITALS[0] or blob[start] >= 0x80 or _is_sign_of_number(blob[start])):
        start += 1
    count = 0
    for i in range(start, stop):
        count += _digit(blob[i])
    return count


@inlined
def _is_sign_of_number(byte: Any) -> Any:
    return byte in (_T, _Z, _E, _SMALL_E)
