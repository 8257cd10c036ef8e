"""What every literal of a graph is read as: by compiled code where its form is a common one, else one by one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_LITERAL_SUFFIXES
from clew.kg.terms.literal import from_term
from clew.kg.terms.names import local_name
from clew.kg.terms.typed.duration import DURATIONS
from clew.kg.terms.typed.moment import TIMES
from clew.kg.terms.typed.quantity import NUMBERS, UNIT_SPACES
from clew.kg.terms.typed.units import find_unit
from clew.kg.terms.typed.value import TEXTS, TypedValue, ValueKind, typed_value
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns import lexical
from clew.tries.columns.lexical import NOTHING, NUMBER, UNREAD
from clew.tries.columns.lexical import TEXTS as TEXT_WAY

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

_DEPTHS = {XSD + "gYear": 1, XSD + "gYearMonth": 2, XSD + "date": 3, XSD + "dateTime": 4, XSD + "dateTimeStamp": 4}


@dataclass(frozen=True)
class Readings:
    """What L literals are read as, in the order of nodes.

    ``state`` uint8 (of ``lexical``), with ``whole``, ``part`` and ``end`` int64, as the kernels have read them;
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
    count = lexical.suffix_ids(blob, offsets, graph.num_entities, ids, rows)
    literals = [from_term(graph.node_keys[row]) for row in rows[:count].tolist()]
    ways, units = zip(*(_way(literal.datatype) for literal in literals), strict=True) if literals else ((), ())
    names = sorted(set(units))
    sizes = [_suffix_size(graph, row) for row in rows[:count].tolist()]
    state, digits = np.empty(size, np.uint8), np.zeros(size, np.uint8)
    whole, part, end = (np.zeros(size, np.int64) for _ in range(3))
    lexical.read_all(
        blob, offsets, graph.num_entities, ids, np.array(ways, np.int64), np.array(sizes, np.int64),
        state, whole, part, end, digits,
    )  # fmt: skip
    unit = np.array([names.index(name) for name in units] or [0], np.int16)[ids]
    text = np.array([way == TEXT_WAY for way in ways] or [False])[ids]
    unknown = np.flatnonzero(ids < 0)
    text[unknown] = [from_term(graph.node_keys[graph.num_entities + i]).datatype in TEXTS for i in unknown.tolist()]
    rest = {}
    for i in np.flatnonzero(state == UNREAD).tolist():
        values = _values(graph, graph.num_entities + i)
        if values:
            rest[i] = values
        else:
            state[i] = NOTHING
    return Readings(state, whole, part, end, unit, names or [""], rest, text, digits)


def _way(datatype: str) -> tuple[int, str]:
    """How literals of a datatype are read, and the unit of their numbers."""
    if datatype in TEXTS:
        return lexical.TEXTS, ""
    if datatype in NUMBERS:
        return lexical.NUMBERS, ""
    if datatype in _DEPTHS:
        return lexical.TIMES + _DEPTHS[datatype], ""
    if datatype == XSD + "boolean":
        return lexical.TRUTHS, ""
    unit = find_unit(local_name(datatype)) if datatype.startswith(UNIT_SPACES) else None
    if unit is not None:
        return lexical.NUMBERS, unit.symbol
    return (
        lexical.OTHERS if datatype in TIMES | DURATIONS or datatype.startswith(UNIT_SPACES) else lexical.NO_VALUES
    ), ""


def _suffix_size(graph: Graph, row: int) -> int:
    return len(graph.node_keys.raw(row).rpartition(b"\0")[2])


def _values(graph: Graph, node: int) -> tuple[TypedValue, ...]:
    """The values of a literal: of a plain text as a number and as a time, where it can be both."""
    literal = from_term(graph.node_keys[node])
    kinds = (ValueKind.NUMBER, ValueKind.TIME) if literal.datatype in TEXTS else (None,)
    found = (typed_value(literal.lexical, literal.datatype, kind) for kind in kinds)
    return tuple(value for value in found if value is not None)
