"""Compiled reading of the common lexical forms; what is rarer is left to ``clew.kg.terms.typed``, which agrees."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import inlined, kernel
from clew.kg.limits import MAX_VALUE_TEXT
from clew.tries.columns.clock import read_time
from clew.tries.columns.forms import (
    LETTER_T,
    LETTER_Z,
    MINUS,
    NO_VALUES,
    NOTHING,
    NUMBER,
    NUMBERS,
    OTHERS,
    TEXTS,
    TIMES,
    TRUTH,
    TRUTHS,
    UNREAD,
    ZERO,
    is_digit,
)
from clew.tries.columns.numerals import leading_number, read_number

Array = np.ndarray[Any, np.dtype[Any]]

_CHARS_BEFORE = 8  # characters before the first digit: a sign, a currency, a space, a sign, a point
_CAPITALS = (ord("A"), ord("Z"))
_SMALL = (ord("a"), ord("z"))
_TRUE, _FALSE = (np.frombuffer(word, np.uint8) for word in (b"true", b"false"))
_DOLLAR, _P, _E, _SMALL_E = (ord(char) for char in "$PEe")


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
            state[i], whole[i], part[i] = read_number(blob, start, stop, True)
        elif way == TRUTHS:
            state[i], whole[i] = _truth(blob, start, stop)
        elif way == TEXTS:
            state[i], whole[i], part[i], end[i], digits[i] = _text(blob, start, stop)
        else:
            state[i], whole[i], part[i], end[i] = read_time(blob, start, stop, way - TIMES)


@kernel
def _truth(blob: Array, start: Any, stop: Any) -> tuple[Any, Any]:
    if stop - start == 1 and ZERO <= blob[start] <= ZERO + 1:
        return TRUTH, np.int64(blob[start]) - ZERO
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
def _text(blob: Array, start: Any, stop: Any) -> tuple[Any, Any, Any, Any, Any]:
    """A plain text: digits, a plain decimal number, a date or a month; ``UNREAD`` where it may be another value."""
    if _is_prose(blob, start, stop):
        return NOTHING, 0, 0, 0, 0
    size = stop - start
    pure = True
    for i in range(start, stop):
        pure = pure and is_digit(blob[i])
    zero = size > 1 and blob[start] == ZERO
    if pure and size <= 100:
        if zero:
            return NOTHING, 0, 0, 0, size
        found, whole, part = read_number(blob, start, stop, False)
        return found, whole, part, 0, size
    if size in (7, 10) and blob[start + 4] == MINUS and blob[stop - 1] != LETTER_Z:
        found, whole, part, end = read_time(blob, start, stop, 4)
        return found, whole, part, end, 0
    found, whole, part, cut = leading_number(blob, start, stop)
    return (NUMBER, whole, part, 0, 0) if found and cut == stop else (UNREAD, 0, 0, 0, 0)


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
        if is_digit(byte):
            if blob[start] == _P or (blob[start] == MINUS and i > start + 1 and blob[start + 1] == _P):
                return False
            money = capitals + letters == 0 or others > 0 or (letters == 0 and capitals == 3)
            return not money or _digits_behind(blob, i, stop) > 1
        chars += (byte & 0xC0) != 0x80
        capitals += _CAPITALS[0] <= byte <= _CAPITALS[1]
        letters += _SMALL[0] <= byte <= _SMALL[1]
        others += byte == _DOLLAR or byte >= 0x80
        if chars > _CHARS_BEFORE:
            return True
    return True


@kernel
def _digits_behind(blob: Array, start: int, stop: int) -> int:
    """How many digits follow once the characters of numbers and times have ended; units have one (``km2``)."""
    while start < stop and (blob[start] < _CAPITALS[0] or blob[start] >= 0x80 or _is_sign_of_number(blob[start])):
        start += 1
    count = 0
    for i in range(start, stop):
        count += is_digit(blob[i])
    return count


@inlined
def _is_sign_of_number(byte: Any) -> Any:
    return byte in (LETTER_T, LETTER_Z, _E, _SMALL_E)
