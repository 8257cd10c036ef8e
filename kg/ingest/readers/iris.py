"""A fast compiled check for absolute IRIs (RFC 3987). Unusual IRIs are left to the parser library."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel

Array = np.ndarray[Any, np.dtype[Any]]

_SCHEME, _AUTHORITY, _PATH = 1, 2, 4


def _iri_classes() -> Array:
    """For each byte the parts of an IRI it may stand in unconditionally (``%``, ``[``, ``]``, ``#`` may not)."""
    classes = np.zeros(256, np.uint8)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    for chars, part in (
        (letters + "+-.", _SCHEME),
        (letters + "-._~", _AUTHORITY),
        (letters + "-._~:/?@!$&'()*+,;=", _PATH),
    ):
        for char in chars:
            classes[ord(char)] |= part
    return classes


CLASSES = _iri_classes()


@kernel
def is_word(byte: int) -> bool:
    """An ASCII letter, a digit or an underscore."""
    return 48 <= byte <= 57 or 65 <= byte <= 90 or 97 <= byte <= 122 or byte == 95


@kernel
def is_hex(byte: int) -> bool:
    """A hexadecimal digit."""
    return 48 <= byte <= 57 or 65 <= byte <= 70 or 97 <= byte <= 102


@kernel
def end_of_iri(data: Array, start: int, end: int) -> int:
    """The position of the ``>`` that ends a certainly valid absolute IRI from ``start``, or -1."""
    at = start
    while at < end and CLASSES[data[at]] & _SCHEME:
        at += 1
    if at == start or at >= end or data[at] != 58 or not (65 <= (data[start] & 0xDF) <= 90):
        return -1
    at += 1
    if at + 1 < end and data[at] == 47 and data[at + 1] == 47:
        at += 2
        while at < end and CLASSES[data[at]] & _AUTHORITY:
            at += 1
        if at >= end or not (data[at] == 47 or data[at] == 63 or data[at] == 35 or data[at] == 62):
            return -1
    fragment = False
    while True:
        place, stop = np.uint64(at), np.uint64(end)  # unsigned: no check for negative indices
        while place < stop and CLASSES[data[place]] & _PATH:
            place += np.uint64(1)
        at = np.int64(place)  # type: ignore[assignment]  # a number in compiled code
        if at >= end or data[at] == 62:
            break
        byte = data[at]
        if byte >= 128:
            length = _unicode(data, at, end)
            if length == 0:
                return -1
            at += length
        elif byte == 37 and at + 2 < end and is_hex(data[at + 1]) and is_hex(data[at + 2]):
            at += 3
        elif byte == 35 and not fragment:
            fragment = True
            at += 1
        else:
            return -1
    return at if at < end else -1


@kernel
def _unicode(data: Array, at: int, end: int) -> int:
    """The length of the UTF-8 character at ``at`` if RFC 3987 allows it everywhere in a path, else 0."""
    lead = data[at]
    length = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 0
    if length == 0 or at + length > end:
        return 0
    point = np.int64(lead) & (0x7F >> length)
    for i in range(1, length):
        if data[at + i] & 0xC0 != 0x80:
            return 0
        point = (point << 6) | (np.int64(data[at + i]) & 0x3F)
    if length == 2:
        return length if point >= 0xA0 else 0
    if length == 3:
        plain = 0x800 <= point < 0xD800 or 0xF900 <= point < 0xFDD0 or 0xFDF0 <= point < 0xFFF0
        return length if plain else 0
    return length if 0x10000 <= point < 0xE0000 and (point & 0xFFFF) < 0xFFFE else 0
