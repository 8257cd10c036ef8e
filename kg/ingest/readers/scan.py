"""A compiled scanner for the plain part of N-Triples and N-Quads.

It takes the lines that it fully understands (RDF 1.1 N-Triples, https://www.w3.org/TR/n-triples/, section 7, with the
IRI and language checks narrowed to what is certainly valid) and leaves every other line to the parser library, which
accepts it or says what is wrong. So it never decides that a line is bad, only that a line is plain.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.ingest.readers.iris import end_of_iri, is_hex, is_word
from clew.kg.terms.names import BASE

Array = np.ndarray[Any, np.dtype[Any]]

XSD_PREFIX = np.frombuffer(b"http://www.w3.org/2001/XMLSchema#", np.uint8)
RDF_PREFIX = np.frombuffer(b"http://www.w3.org/1999/02/22-rdf-syntax-ns#", np.uint8)
STRING = np.frombuffer(b"string", np.uint8)
BASE_PREFIX = np.frombuffer(BASE.encode(), np.uint8)
SHORT_XSD = np.frombuffer(b"^^xsd:", np.uint8)

# columns of a scanned statement: where its terms lie in the output blob
SUBJECT, PREDICATE, OBJECT, SUFFIX, GRAPH, END, LINE, WIDTH = 0, 1, 2, 3, 4, 5, 6, 7
"""Term i lies at ``[row[i], row[i+1])``; SUFFIX is where a literal's suffix begins and -1 for other objects."""


@kernel
def scan(
    data: Array, quads: bool, scope: Array, line: int, out: Array, rows: Array, hard: Array
) -> tuple[int, int, int]:
    """Scan whole lines of ``data`` from line number ``line``.

    Writes the normalised terms to ``out`` (``len(data) + (len(scope) + 2) * 3`` bytes a line suffice), one row a
    statement to ``rows`` int64[., WIDTH] and (start, end, line number) of every line left to the library to ``hard``
    int64[., 3]. ``scope`` is put before every blank node's label. Returns the numbers of rows, hard lines and lines.
    """
    found, left, used, start = 0, 0, 0, 0
    first = line
    while start < len(data):
        end = _end_of_line(data, start)
        content = _skip(data, start, end)
        if content < end and data[content] != 35 and data[content] != 13:  # not blank, not a comment
            filled = _statement(data, content, end, quads, scope, out, used, rows[found])
            if filled >= 0:
                rows[found, LINE] = line
                found += 1
                used = filled
            else:
                hard[left, 0], hard[left, 1], hard[left, 2] = start, end, line
                left += 1
        elif content < end and data[content] == 13 and _skip(data, content + 1, end) < end:
            hard[left, 0], hard[left, 1], hard[left, 2] = start, end, line  # a lone CR ends a line too
            left += 1
        line += 1
        start = end + 1
    return found, left, line - first


@kernel
def _end_of_line(data: Array, start: int) -> int:
    place, stop = np.uint64(start), np.uint64(len(data))  # unsigned: no check for negative indices
    while place < stop and data[place] != 10:
        place += np.uint64(1)
    return np.int64(place)  # type: ignore[return-value]  # a number in compiled code


@kernel
def copy(source: Array, start: int, target: Array, place: int, length: int) -> None:
    """Copy ``length`` bytes."""
    here, there = np.uint64(start), np.uint64(place)
    for _ in range(length):
        target[there] = source[here]
        here += np.uint64(1)
        there += np.uint64(1)


@kernel
def _skip(data: Array, position: int, end: int) -> int:
    while position < end and (data[position] == 32 or data[position] == 9):
        position += 1
    return position


@kernel
def _statement(data: Array, at: int, end: int, quads: bool, scope: Array, out: Array, used: int, row: Array) -> int:
    """One statement: fills ``row`` and returns the new end of ``out``, or -1 where the line is not plain."""
    row[SUBJECT] = used
    at, used = _resource(data, at, end, scope, out, used, True)
    if at < 0:
        return -1
    row[PREDICATE] = used
    at, used = _resource(data, _skip(data, at, end), end, scope, out, used, False)
    if at < 0:
        return -1
    row[OBJECT], row[SUFFIX] = used, -1
    at = _skip(data, at, end)
    if at < end and data[at] == 34:
        at, used, row[SUFFIX] = _literal(data, at, end, out, used)
    else:
        at, used = _resource(data, at, end, scope, out, used, True)
    if at < 0:
        return -1
    row[GRAPH] = used
    at = _skip(data, at, end)
    if quads and at < end and data[at] != 46:
        at, used = _resource(data, at, end, scope, out, used, True)
        if at < 0:
            return -1
        at = _skip(data, at, end)
    row[END] = used
    if at >= end or data[at] != 46:
        return -1
    at = _skip(data, at + 1, end)
    if at < end and data[at] == 13:
        at = _skip(data, at + 1, end)
    if at < end and data[at] == 35:
        while at < end and data[at] != 13:
            at += 1
        return used if at >= end - 1 else -1
    return used if at >= end else -1


@kernel
def _resource(data: Array, at: int, end: int, scope: Array, out: Array, used: int, blank: bool) -> tuple[int, int]:
    """An IRI or (if ``blank``) a blank node; the positions after it in ``data`` and ``out``, or -1."""
    if at + 2 < end and data[at] == 60:
        stop = end_of_iri(data, at + 1, end)
        if stop < 0:
            return -1, used
        at += 1
        if data[at] == 117 and _starts(data, at, stop, BASE_PREFIX):  # a key that is no IRI, written as one
            at += len(BASE_PREFIX)
            if at == stop or not _is_unreserved(data, at, stop):
                return -1, used
        copy(data, at, out, used, stop - at)
        return stop + 1, used + stop - at
    if blank and at + 2 < end and data[at] == 95 and data[at + 1] == 58:
        stop = at + 2
        while stop < end and (is_word(data[stop]) or (stop > at + 2 and (data[stop] == 45 or data[stop] == 46))):
            stop += 1
        if stop == at + 2 or data[stop - 1] == 46 or (stop < end and data[stop] >= 128):
            return -1, used
        out[used], out[used + 1] = 95, 58
        used += 2
        for byte in scope:
            out[used] = byte
            used += 1
        for position in range(at + 2, stop):
            out[used] = data[position]
            used += 1
        return stop, used
    return -1, used


@kernel
def _literal(data: Array, at: int, end: int, out: Array, used: int) -> tuple[int, int, int]:
    """A literal as NUL, lexical form, NUL, suffix; positions after it in ``data`` and ``out`` and of its suffix."""
    out[used] = 0
    used += 1
    at += 1
    while at < end and data[at] != 34:
        byte = data[at]
        if byte == 92:
            at, used = _escape(data, at + 1, end, out, used)
            if at < 0:
                return -1, used, -1
        elif byte == 13:
            return -1, used, -1
        else:
            place, target, stop = np.uint64(at), np.uint64(used), np.uint64(end)
            while place < stop and data[place] != 34 and data[place] != 92 and data[place] != 13:
                out[target] = data[place]
                place += np.uint64(1)
                target += np.uint64(1)
            at, used = np.int64(place), np.int64(target)  # type: ignore[assignment]  # as above
    if at >= end:
        return -1, used, -1
    out[used] = 0
    used += 1
    suffix = used
    at += 1
    if at < end and data[at] == 64:
        at, used = _language(data, at + 1, end, out, used)
    elif at + 3 < end and data[at] == 94:
        if data[at + 1] != 94 or data[at + 2] != 60:
            return -1, used, -1
        at, used = _datatype(data, at + 3, end, out, used)
    return at, used, suffix


@kernel
def _escape(data: Array, at: int, end: int, out: Array, used: int) -> tuple[int, int]:
    """One escape sequence, ``at`` just after its backslash."""
    byte = data[at] if at < end else 0
    plain = 0
    if byte == 110:
        plain = 10
    elif byte == 116:
        plain = 9
    elif byte == 114:
        plain = 13
    elif byte == 98:
        plain = 8
    elif byte == 102:
        plain = 12
    elif byte == 34 or byte == 39 or byte == 92:
        plain = byte
    if plain:
        out[used] = plain
        return at + 1, used + 1
    digits = 4 if byte == 117 else 8 if byte == 85 else 0
    if digits == 0 or at + digits >= end:
        return -1, used
    point = 0
    for i in range(1, digits + 1):
        byte = data[at + i]
        if not is_hex(byte):
            return -1, used
        point = point * 16 + (byte - 48 if byte < 58 else (byte | 32) - 87)
    if 0xD800 <= point < 0xE000 or point >= 0x110000:
        return -1, used
    return at + digits + 1, _encode(point, out, used)


@kernel
def _encode(point: int, out: Array, used: int) -> int:
    if point < 0x80:
        out[used] = point
        return used + 1
    if point < 0x800:
        out[used] = 0xC0 | (point >> 6)
        out[used + 1] = 0x80 | (point & 0x3F)
        return used + 2
    if point < 0x10000:
        out[used] = 0xE0 | (point >> 12)
        out[used + 1] = 0x80 | ((point >> 6) & 0x3F)
        out[used + 2] = 0x80 | (point & 0x3F)
        return used + 3
    out[used] = 0xF0 | (point >> 18)
    out[used + 1] = 0x80 | ((point >> 12) & 0x3F)
    out[used + 2] = 0x80 | ((point >> 6) & 0x3F)
    out[used + 3] = 0x80 | (point & 0x3F)
    return used + 4


@kernel
def _language(data: Array, at: int, end: int, out: Array, used: int) -> tuple[int, int]:
    """A language tag of two or three letters, perhaps with a region or script; lower-cased."""
    out[used] = 64
    used += 1
    start = at
    while at < end and (65 <= (data[at] & 0xDF) <= 90) and data[at] < 128:
        out[used] = data[at] | 32
        used += 1
        at += 1
    if not 2 <= at - start <= 3:
        return -1, used
    if at < end and data[at] == 45:
        out[used] = 45
        used += 1
        at += 1
        start = at
        while at < end and (65 <= (data[at] & 0xDF) <= 90) and data[at] < 128:
            out[used] = data[at] | 32
            used += 1
            at += 1
        if at - start != 2 and at - start != 4:
            return -1, used
    if at < end and (data[at] == 45 or is_word(data[at]) or data[at] >= 128):
        return -1, used
    return at, used


@kernel
def _datatype(data: Array, at: int, end: int, out: Array, used: int) -> tuple[int, int]:
    """A datatype IRI as a suffix (``terms.literal.suffix``): nothing for xsd:string, short for the rest of XSD."""
    stop = end_of_iri(data, at, end)
    if stop < 0 or _starts(data, at, stop, RDF_PREFIX):  # rdf:langString needs a language: the library says so
        return -1, used
    if _starts(data, at, stop, XSD_PREFIX):
        at += len(XSD_PREFIX)
        if stop - at == len(STRING) and _starts(data, at, stop, STRING):
            return stop + 1, used
        for byte in SHORT_XSD:
            out[used] = byte
            used += 1
        for position in range(at, stop):
            out[used] = data[position]
            used += 1
        return stop + 1, used
    for position in range(at - 3, stop + 1):
        out[used] = data[position]
        used += 1
    return stop + 1, used


@kernel
def _is_unreserved(data: Array, at: int, end: int) -> bool:
    """Whether bytes are what ``terms.names.to_iri`` leaves as it is."""
    for i in range(at, end):  # noqa: SIM110 - all() does not compile
        if not (is_word(data[i]) or data[i] == 45 or data[i] == 46 or data[i] == 126):
            return False
    return True


@kernel
def _starts(data: Array, at: int, end: int, prefix: Array) -> bool:
    if end - at < len(prefix):
        return False
    for i in range(len(prefix)):  # noqa: SIM110 - all() does not compile
        if data[at + i] != prefix[i]:
            return False
    return True
