"""A compiled splitter of Turtle and TriG: where each statement ends, and on which line each of its triples is written.

It follows the tokens of RDF 1.2 Turtle (https://www.w3.org/TR/rdf12-turtle/, section 6.5) closely enough that every
valid document is cut between statements. It judges nothing: the parser library reads what it cuts. A string or an IRI
that its line does not close ends before the punctuation at the end of that line, so that an error stays where it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.ingest.readers.iris import is_word
from clew.kg.limits import MAX_TURTLE_DEPTH

Array = np.ndarray[Any, np.dtype[Any]]

TRIPLES, DIRECTIVE, OPEN, CLOSE = 0, 1, 2, 3
"""Kinds of units: a statement, a directive, the head of a graph's block with its brace, and the closing brace."""

KIND, START, END, LINE, FIRST, UNIT = 0, 1, 2, 3, 4, 5
"""Columns of a unit: its kind, its bytes, the line it starts on, and its first triple among ``places``."""

DONE, TOO_DEEP = -1, -2
"""What ``split`` says of its end beside the place of an unfinished term."""

_NODE, _LIST, _QUOTED = 0, 1, 2
_FRAME, _POSITION, _OPENED, _SWALLOWS, _REIFIES = 0, 1, 2, 3, 4

_DEPTH, _SWALLOW, _REIFIED, _ODD, _TERMS, _SPARQL, _DIRECTIVE, _ENDS, _AS, _PLACES, _LINE, _STATE = range(12)
"""The state within a statement (up to ``_AS``), the triples so far, and the line."""
_WORDS = tuple(np.frombuffer(word, np.uint8) for word in (b"prefix", b"base", b"version"))
_PREFIX, _BASE, _VERSION = _WORDS


def new_stack() -> Array:
    """Room for the open brackets of one statement."""
    return np.zeros((MAX_TURTLE_DEPTH + 2, 5), np.int64)


def nests_too_deep(text: bytes) -> bool:
    """Whether a statement of a Turtle document nests deeper than ``MAX_TURTLE_DEPTH``."""
    data, at = np.frombuffer(text, np.uint8), 0
    units, places = np.empty((1 << 16, UNIT), np.int64), np.empty(2 * len(text) + 2, np.int32)
    while True:
        count, _, term = split(data[at:], False, True, 1, units, places, new_stack())
        if term == TOO_DEEP or not count:
            return bool(term == TOO_DEEP)
        at += int(units[count - 1, END])


@kernel
def split(data: Array, trig: bool, final: bool, line: int, units: Array, places: Array, stack: Array) -> Any:
    """Split ``data``, which starts between statements on line ``line``.

    Fills ``units`` int64[., UNIT] and, for each triple in the order in which the library gives them, its line in
    ``places``. Returns the numbers of units and of places, and ``DONE``, ``TOO_DEEP`` or where the term begins that
    the data breaks off in. What follows the last unit belongs to the next call, unless this one is the ``final``.
    """
    state = np.zeros(_STATE, np.int64)
    state[_LINE] = line
    count, at, size = 0, 0, len(data)
    start, first, begun = -1, 0, line
    _restart(state, stack)
    while count + 2 <= len(units):
        at = _skip(data, at, state)
        if at >= size or (at + 3 > size and not final):  # a mark has up to three characters
            break
        if start < 0:
            start, begun, first = at, state[_LINE], state[_PLACES]
        elif trig and data[at] == 125:  # the last statement of a block needs no point
            _finish(units, count, TRIPLES, start, at, begun, first, state, places)
            count += 1
            start, begun, first = at, state[_LINE], state[_PLACES]
        after = _mark(data, at, trig, state, stack, places)
        if after == 0:
            after = _word(data, at, final, state, stack, places)
        if after < 0:
            return count, first, at if after == -1 else TOO_DEEP
        at = after
        if state[_ENDS]:
            if state[_AS] != TRIPLES:
                state[_PLACES] = first
            _finish(units, count, state[_AS], start, at, begun, first, state, places)
            count += 1
            start = -1
            _restart(state, stack)
    if final and start >= 0:
        _finish(units, count, TRIPLES, start, size, begun, first, state, places)
        return count + 1, state[_PLACES], DONE
    return count, first if start >= 0 else state[_PLACES], DONE


@kernel
def _skip(data: Array, at: int, state: Array) -> int:
    """The place after blanks and comments."""
    size = len(data)
    while at < size:
        byte = data[at]
        if byte == 35:
            while at < size and data[at] != 10 and data[at] != 13:
                at += 1
        elif byte == 32 or byte == 9 or byte == 13 or byte == 10:
            state[_LINE] += byte == 10
            at += 1
        else:
            break
    return at


@kernel
def _mark(data: Array, at: int, trig: bool, state: Array, stack: Array, places: Array) -> int:
    """Take a bracket or a mark: the place after it, 0 where there is none, -2 where it nests too deep."""
    byte, size, line = data[at], len(data), state[_LINE]
    follows = data[at + 1] if at + 1 < size else 0
    if byte == 60 and follows == 60:
        term = at + 2 < size and data[at + 2] == 40
        state[_ODD] = 1
        if not term:
            _emit(state, places, line)
        return (at + 3 if term else at + 2) if _push(state, stack, _QUOTED, line) else -2
    if byte == 91 or byte == 40:
        if byte == 40:
            state[_ODD] = 1
        return at + 1 if _push(state, stack, _LIST if byte == 40 else _NODE, line) else -2
    if byte == 123 and follows == 124:
        state[_ODD] = 1
        if not state[_REIFIED]:
            _emit(state, places, line)
        state[_SWALLOW] = state[_REIFIED] = 0
        return at + 2 if _push(state, stack, _NODE, line) else -2
    if byte == 124 and follows == 125:
        if state[_DEPTH]:
            _pop(state, stack)
        state[_REIFIED] = 0
        return at + 2
    if byte == 93 or byte == 41 or byte == 62:
        if byte == 41 and follows == 62 and at + 2 < size and data[at + 2] == 62:
            at += 1
        if state[_DEPTH]:
            opened = stack[state[_DEPTH], _OPENED]
            _pop(state, stack)
            _term(state, stack, places, opened)
        return at + 2 if follows == 62 and byte != 93 else at + 1
    return _separator(byte, follows, at, trig, state, stack, places)


@kernel
def _separator(byte: int, follows: int, at: int, trig: bool, state: Array, stack: Array, places: Array) -> int:
    """Take what stands between terms or ends statements: the place after it, 0 where there is none."""
    depth = state[_DEPTH]
    if trig and (byte == 123 or byte == 125):
        state[_ENDS], state[_AS] = 1, OPEN if byte == 123 else CLOSE
    elif byte == 44 or byte == 59:
        state[_SWALLOW] = state[_REIFIED] = 0
        if byte == 59:
            stack[depth, _POSITION] = 1
    elif byte == 126:
        state[_ODD] = 1
        if stack[depth, _FRAME] != _QUOTED:
            _emit(state, places, state[_LINE])
        state[_SWALLOW] = state[_REIFIED] = 1
    elif byte == 94:
        state[_SWALLOW] = 1
    elif byte == 46 and not 48 <= follows <= 57:
        state[_ENDS], state[_AS] = 1, DIRECTIVE if state[_DIRECTIVE] else TRIPLES
    else:
        return 0
    return at + 1


@kernel
def _word(data: Array, at: int, final: bool, state: Array, stack: Array, places: Array) -> int:
    """Take a string, an IRI, a language tag, a name or a number: the place after it, -1 where the data breaks off."""
    byte, size, line = data[at], len(data), state[_LINE]
    first = state[_TERMS] == 0 and state[_DEPTH] == 0
    if byte == 64:
        if first:
            state[_DIRECTIVE] = state[_TERMS] = 1
        at += 1
        while at < size and (is_word(data[at]) or data[at] == 45):
            at += 1
        return at
    if byte != 60 and byte != 34 and byte != 39:
        stop = _end_of_name(data, at)
        if stop >= size and not final:
            return -1
        if first and _is_directive(data, at, stop):
            state[_SPARQL] = state[_DIRECTIVE] = 1
        _term(state, stack, places, line)
        return stop
    stop, lines, mark = _end_of_quoted(data, at)
    if stop < 0 and not final:
        return -1
    state[_LINE] += lines
    _term(state, stack, places, line)
    if mark == 46 or (state[_SPARQL] and mark == 0):
        state[_ENDS], state[_AS] = 1, DIRECTIVE if state[_DIRECTIVE] else TRIPLES
    elif mark == 59:
        stack[state[_DEPTH], _POSITION] = 1
    return stop if stop >= 0 else size


@kernel
def _finish(
    units: Array, count: int, kind: int, start: int, end: int, line: int, first: int, state: Array, places: Array
) -> None:
    """End a unit; the triples of one with collections or quoted triples are all said to be on its first line."""
    units[count, KIND], units[count, START], units[count, END] = kind, start, end
    units[count, LINE], units[count, FIRST] = line, first
    if state[_ODD]:
        for i in range(first, state[_PLACES]):
            places[i] = line


@kernel
def _restart(state: Array, stack: Array) -> None:
    """Stand before a statement."""
    for i in range(_PLACES):
        state[i] = 0
    stack[0, _FRAME] = _NODE
    stack[0, _POSITION] = 0


@kernel
def _push(state: Array, stack: Array, frame: int, line: int) -> bool:
    """Open a bracket; False where it nests too deep."""
    depth = state[_DEPTH] + 1
    if depth > MAX_TURTLE_DEPTH:
        return False
    state[_DEPTH] = depth
    stack[depth, _FRAME], stack[depth, _OPENED] = frame, line
    stack[depth, _POSITION] = 1 if frame == _NODE else 0
    stack[depth, _SWALLOWS], stack[depth, _REIFIES] = state[_SWALLOW], state[_REIFIED]
    state[_SWALLOW] = state[_REIFIED] = 0
    return True


@kernel
def _pop(state: Array, stack: Array) -> None:
    """Close a bracket."""
    depth = state[_DEPTH]
    state[_SWALLOW], state[_REIFIED] = stack[depth, _SWALLOWS], stack[depth, _REIFIES]
    state[_DEPTH] = depth - 1


@kernel
def _emit(state: Array, places: Array, line: int) -> None:
    places[state[_PLACES]] = line
    state[_PLACES] += 1


@kernel
def _term(state: Array, stack: Array, places: Array, line: int) -> None:
    """Take a term: an object makes a triple, an element of a collection two."""
    state[_TERMS] += 1
    if state[_SWALLOW]:  # a datatype, or the name of a reifier
        state[_SWALLOW] = 0
        return
    depth = state[_DEPTH]
    frame = stack[depth, _FRAME]
    if frame == _LIST:
        _emit(state, places, line)
        _emit(state, places, line)
    elif frame == _NODE and stack[depth, _POSITION] < 2:
        stack[depth, _POSITION] += 1
    elif frame == _NODE:
        _emit(state, places, line)


@kernel
def _end_of_quoted(data: Array, at: int) -> tuple[int, int, int]:
    """Where the string or IRI at ``at`` ends (-1: not within the data), line ends in it, and the mark of a broken one.

    The mark is that which ends a broken one's line: ``;`` or ``.``, 1 for anything else, 0 for one that is whole.
    """
    size, quote = len(data), data[at]
    if quote != 60 and at + 2 < size and data[at + 1] == quote and data[at + 2] == quote:
        return _end_of_long(data, at + 3, quote)
    close = 62 if quote == 60 else quote
    begin = at
    at += 1
    while at < size and data[at] != 10 and data[at] != 13:
        if data[at] == close:
            return at + 1, 0, 0
        at += 2 if data[at] == 92 and quote != 60 else 1
    if at >= size:
        return -1, 0, 0
    back = at - 1
    while back > begin and (data[back] == 32 or data[back] == 9):
        back -= 1
    mark = data[back] if back > begin else 1
    if mark == 46:
        return back + 1, 0, 46
    return at, 0, 59 if mark == 59 else 1


@kernel
def _end_of_long(data: Array, at: int, quote: int) -> tuple[int, int, int]:
    """The same of a string in three quotes, from after them."""
    run = lines = 0
    while at < len(data):
        byte = data[at]
        lines += byte == 10
        if byte == 92:
            at += 1
            lines += at < len(data) and data[at] == 10
            run = 0
        elif byte == quote:
            run += 1
            if run == 3:
                return at + 1, lines, 0
        else:
            run = 0
        at += 1
    return -1, lines, 0


@kernel
def _end_of_name(data: Array, at: int) -> int:
    """Where the name, number or keyword at ``at`` ends; a point in it counts where it goes on after it."""
    size = len(data)
    begin = at
    while at < size:
        byte = data[at]
        if byte == 92:
            at += 2
        elif byte == 46:
            after = at + 1
            while after < size and data[after] == 46:
                after += 1
            if after < size and not _in_name(data[after]):
                break
            at = after
        elif _in_name(byte):
            at += 1
        else:
            break
    return max(min(at, size), begin + 1)


@kernel
def _in_name(byte: int) -> bool:
    return is_word(byte) or byte >= 128 or byte == 45 or byte == 58 or byte == 37 or byte == 43 or byte == 92


@kernel
def _is_directive(data: Array, at: int, stop: int) -> bool:
    return _is(data, at, stop, _PREFIX) or _is(data, at, stop, _BASE) or _is(data, at, stop, _VERSION)


@kernel
def _is(data: Array, at: int, stop: int, word: Array) -> bool:
    if stop - at != len(word):
        return False
    for i in range(len(word)):  # noqa: SIM110 - all() does not compile
        if (data[at + i] | 32) != word[i]:
            return False
    return True
