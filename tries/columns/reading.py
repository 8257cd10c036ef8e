"""What every literal of a graph is read as: by compiled code where its form is a common one, else one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_LITERAL_SUFFIXES
from clew.kg.terms.literal import Literal, from_term
from clew.kg.terms.names import local_name
from clew.kg.terms.typed.duration import DURATIONS
from clew.kg.terms.typed.moment import TIMES
from clew.kg.terms.typed.quantity import NUMBERS, UNIT_SPACES, Quantity
from clew.kg.terms.typed.units import find_unit, unit_symbols
from clew.kg.terms.typed.value import BLANKS, TEXTS, TypedValue, readings, typed_value
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns import forms
from clew.tries.columns.forms import NOTHING, NUMBER, UNREAD
from clew.tries.columns.lexical import read_all
from clew.tries.columns.tails import suffix_ids, tail_ids

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

_SYMBOLS = sorted(unit_symbols())
_LEADING = re.compile(r"-?[0-9,]+(?:\.[0-9]+)?")
"""What ``numerals.leading_number`` reads."""
_DEPTHS = {XSD + "gYear": 1, XSD + "gYearMonth": 2, XSD + "date": 3, XSD + "dateTime": 4, XSD + "dateTimeStamp": 4}


@dataclass(frozen=True)
class Readings:
    """What L literals are read as, in the order of nodes.

    ``state`` uint8 (of ``forms``), with ``whole``, ``part`` and ``end`` int64, as the kernels have read them;
    ``unit`` int16, an index into ``units``, of what was read as a number. ``rest``: the values of the ``UNREAD`` that
    have any, of plain texts up to two. ``text`` bool: plain texts; ``digits`` uint8: how many digits one of digits has.
    """

    state: NDArray[np.uint8]
    whole: Int64
    part: Int64
    end: Int64
    unit: NDArray[np.int16]
    units: list[str]
    rest: dict[int, tuple[TypedValue, ...]]
    text: NDArray[np.bool_]
    digits: NDArray[np.uint8]

    @property
    def years(self) -> NDArray[np.int64]:
        """The plain texts that are read as a number, and could be a year as well."""
        number = (self.state == NUMBER) & self.text & (self.digits == 4)
        return np.flatnonzero(number)


def read_literals(graph: Graph) -> Readings:
    """Read all literals of a graph. Time: linear in their bytes."""
    size = graph.num_nodes - graph.num_entities
    blob, offsets = frozen(graph.node_keys.blob), frozen(graph.node_keys.offsets)
    ids, rows = np.empty(size, np.int32), np.empty(MAX_LITERAL_SUFFIXES, np.int64)
    count = suffix_ids(blob, offsets, graph.num_entities, ids, rows)
    ways, units = _ways([from_term(graph.node_keys[row]).datatype for row in rows[:count].tolist()])
    sizes = np.array([*(_suffix_size(graph, row) for row in rows[:count].tolist()), 0], np.int64)
    state, digits = np.empty(size, np.uint8), np.zeros(size, np.uint8)
    whole, part, end = (np.zeros(size, np.int64) for _ in range(3))
    read_all(blob, offsets, graph.num_entities, ids, ways, sizes, state, whole, part, end, digits)
    unit_of = np.array([*map(_SYMBOLS.index, units), 0], np.int16)
    read = Readings(state, whole, part, end, unit_of[ids], _SYMBOLS, {}, (ways == forms.TEXTS)[ids], digits)
    unknown = np.flatnonzero(ids < 0)
    read.text[unknown] = [_literal(graph, i).datatype in TEXTS for i in unknown.tolist()]
    _read_tails(graph, read, np.flatnonzero((state == UNREAD) & read.text & (ids >= 0)), sizes[ids])
    _read_rest(graph, read)
    return read


def _read_tails(graph: Graph, read: Readings, texts: Int64, sizes: Int64) -> None:
    """Read plain texts that begin with a number, each distinct unit behind it once."""
    nodes, tails = texts + graph.num_entities, np.empty(len(texts), np.int32)
    rows = np.empty(MAX_LITERAL_SUFFIXES, np.int64)
    whole, part = np.zeros(len(texts), np.int64), np.zeros(len(texts), np.int64)
    blob, offsets = frozen(graph.node_keys.blob), frozen(graph.node_keys.offsets)
    count = tail_ids(blob, offsets, nodes, sizes[texts], tails, rows, whole, part)
    found = [_tail(_literal(graph, int(texts[row])).lexical) for row in rows[:count].tolist()]
    state = np.array([*(state for state, _ in found), UNREAD], np.uint8)[tails]
    unit = np.array([*(_SYMBOLS.index(symbol) for _, symbol in found), 0], np.int16)[tails]
    read.state[texts] = state
    numbers = state == NUMBER
    for array, values in ((read.whole, whole), (read.part, part), (read.unit, unit)):
        array[texts[numbers]] = values[numbers]


def _tail(text: str) -> tuple[int, str]:
    """What texts are that end as this one does after a number, and their unit."""
    tail = _LEADING.sub("", text, count=1)
    value = typed_value("1" + tail)
    if tail.strip(BLANKS) in ("", "s") or (isinstance(value, Quantity) and value.number != 1):
        return UNREAD, ""  # these can be years and decades; or there is a scale, an exponent or another group of digits
    return (NUMBER, value.unit) if isinstance(value, Quantity) else (NOTHING, "")


def _read_rest(graph: Graph, read: Readings) -> None:
    for i in np.flatnonzero(read.state == UNREAD).tolist():
        values = _values(_literal(graph, i))
        if values:
            read.rest[i] = values
        else:
            read.state[i] = NOTHING


def _literal(graph: Graph, i: int) -> Literal:
    return from_term(graph.node_keys[graph.num_entities + i])


def _ways(datatypes: list[str]) -> tuple[Int64, list[str]]:
    """How the literals of some datatypes are read, and in which unit; one more way is that of other datatypes."""
    found = [_way(datatype) for datatype in datatypes]
    return np.array([*(way for way, _ in found), forms.OTHERS], np.int64), [unit for _, unit in found]


def _way(datatype: str) -> tuple[int, str]:
    """How literals of a datatype are read, and the unit of their numbers."""
    if datatype in TEXTS:
        return forms.TEXTS, ""
    if datatype in NUMBERS:
        return forms.NUMBERS, ""
    if datatype in _DEPTHS:
        return forms.TIMES + _DEPTHS[datatype], ""
    if datatype == XSD + "boolean":
        return forms.TRUTHS, ""
    unit = find_unit(local_name(datatype)) if datatype.startswith(UNIT_SPACES) else None
    if unit is not None:
        return forms.NUMBERS, unit.symbol
    return (forms.OTHERS if datatype in TIMES | DURATIONS or datatype.startswith(UNIT_SPACES) else forms.NO_VALUES), ""


def _suffix_size(graph: Graph, row: int) -> int:
    return len(graph.node_keys.raw(row).rpartition(b"\0")[2])


def _values(literal: Literal) -> tuple[TypedValue, ...]:
    """The values of a literal: of a plain text as a number and as a time, where it can be both."""
    if literal.datatype in TEXTS:
        return readings(literal.lexical)
    value = typed_value(literal.lexical, literal.datatype)
    return () if value is None else (value,)
