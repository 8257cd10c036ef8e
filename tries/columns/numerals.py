"""Compiled reading of numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.tries.columns.forms import (
    COMMA,
    DIGITS_HELD,
    MINUS,
    NUMBER,
    PARTS,
    PLUS,
    POINT,
    QUOTE,
    UNREAD,
    ZERO,
    is_digit,
)

Array = np.ndarray[Any, np.dtype[Any]]


@kernel
def read_number(blob: Array, start: Any, stop: Any, plus: bool) -> tuple[Any, Any, Any]:
    """A number without an exponent, of up to ``DIGITS_HELD`` digits."""
    negative = start < stop and blob[start] == MINUS
    if negative or (plus and start < stop and blob[start] == PLUS):
        start += 1
    whole, part = np.int64(0), np.int64(0)
    count, places = 0, -1
    for i in range(start, stop):
        byte = np.int64(blob[i])
        if byte == POINT and places < 0:
            places = 0
        elif not is_digit(byte) or count == DIGITS_HELD:
            return UNREAD, 0, 0
        elif places < 0:
            whole, count = whole * 10 + byte - ZERO, count + 1
        else:
            part, count, places = part * 10 + byte - ZERO, count + 1, places + 1
    if count == 0:
        return UNREAD, 0, 0
    for _ in range(DIGITS_HELD - max(places, 0)):
        part *= 10
    if negative:
        whole, part = (-whole, part) if part == 0 else (-whole - 1, PARTS - part)
    return NUMBER, whole, part


@kernel
def leading_number(blob: Array, start: Any, stop: Any) -> tuple[Any, Any, Any, Any]:
    """The plain number that a text begins with, its thousands grouped by commas or not, and where it ends; no number
    where it is not followed by its unit at once, or could be read otherwise."""
    first = start + 1 if blob[start] == MINUS else start
    cut, count, commas, places = first, 0, 0, 0
    whole, part = np.int64(0), np.int64(0)
    while cut < stop and (is_digit(blob[cut]) or (blob[cut] == COMMA and count > 0)):
        if blob[cut] == COMMA:
            bad = count > 3 if commas == 0 else count - commas != 3
            if bad or blob[first] == ZERO or cut + 3 >= stop:
                return False, whole, part, cut
            commas = count
        else:
            whole, count = whole * 10 + np.int64(blob[cut]) - ZERO, count + 1
        cut += 1
    if count == 0 or count > DIGITS_HELD or (count > 1 and blob[first] == ZERO) or (commas > 0 and count - commas != 3):
        return False, whole, part, cut
    if cut + 1 < stop and blob[cut] == POINT and is_digit(blob[cut + 1]):
        cut += 1
        while cut < stop and is_digit(blob[cut]) and count < DIGITS_HELD:
            part, places, count, cut = part * 10 + np.int64(blob[cut]) - ZERO, places + 1, count + 1, cut + 1
    if cut < stop and (is_digit(blob[cut]) or blob[cut] in (COMMA, POINT, PLUS, MINUS, QUOTE)):
        return False, whole, part, cut
    for _ in range(DIGITS_HELD - places):
        part *= 10
    if first > start:
        whole, part = (-whole, part) if part == 0 else (-whole - 1, PARTS - part)
    return True, whole, part, cut
