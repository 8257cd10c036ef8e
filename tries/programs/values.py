"""``AttributeValues``: the values that programs compare, sum and rank: of each relation those of its largest column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.limits import MAX_AMOUNTS_KEPT
from clew.kg.proof.program import ValuesRead
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.comparison import Comparison
from clew.kg.terms.typed.number import Exact, whole_or_fraction
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, ValueKind, typed_value
from clew.tries.columns.bounds import ValueBounds
from clew.tries.columns.columns import ValueColumns
from clew.tries.columns.edges import NUMBERS, TIMES
from clew.tries.columns.values import NONE, ValueGroup, group_of
from clew.tries.constraint import Bool, Int32
from clew.tries.programs.outcome import Number

UInt8 = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Measure:
    """A value that the graph states or that was computed; ``group``: of the values that it compares with."""

    value: TypedValue
    group: int


Stated = Literal | Measure
"""What values are compared with: a literal of the question, read as a value of their group, or a measure."""


@kernel
def number_of(
    relation: int, literal: int, text: UInt8, way: UInt8, value: Int32, twice: Int32, twice_value: Int32, low: Int32,
    high: Int32, times: Int32
) -> int:  # fmt: skip
    """Return the number of a literal's value as a tail of a relation, if it lies in ``low[r] .. high[r] - 1``, else -1.

    A plain text is what those of its relation stand for; ``times`` holds the first and the last number of times."""
    found = value[literal]
    if text[literal] > 0:
        if way[relation] == TIMES:
            at = np.searchsorted(twice, literal)
            if at < len(twice) and twice[at] == literal:
                found = twice_value[at]
            if not times[0] <= found < times[1]:
                return NONE
        elif way[relation] != NUMBERS:
            return NONE
    return found if low[relation] <= found < high[relation] else NONE


class AttributeValues:
    """The values of one graph. Values of a group have ascending numbers (``tries.columns``); a literal that is none of
    the relation's main group has -1."""

    def __init__(self, columns: ValueColumns) -> None:
        self.columns, arrays = columns, columns.arrays
        size = columns.graph.num_relations
        self.group = np.full(size, NONE, np.int32)
        sizes = np.diff(arrays.start)
        largest_last = np.lexsort((-arrays.group, sizes, arrays.relation))
        self.group[arrays.relation[largest_last]] = arrays.group[largest_last]
        bounds = np.append(arrays.ptr, 0).astype(np.int32)  # of no group: nothing
        low, high = bounds[self.group], np.append(arrays.ptr[1:], 0).astype(np.int32)[self.group]
        kinds = [group.kind for group in columns.groups]
        time = kinds.index(ValueKind.TIME) if ValueKind.TIME in kinds else -1
        times = arrays.ptr[time : time + 2] if time >= 0 else np.zeros(2)
        texts: tuple[NDArray[Any], ...] = (arrays.text, arrays.way, arrays.value, arrays.twice, arrays.twice_value)
        self.scan = tuple(frozen(array) for array in (*texts, low, high, times.astype(np.int32)))
        self.end = frozen(arrays.end)
        self._amounts: dict[int, Exact] = {}

    @cached_property
    def numeric(self) -> Bool:
        """bool[R]: the relations whose values are numbers."""
        kinds = np.array([group.kind is ValueKind.NUMBER for group in self.columns.groups] + [False])
        found: Bool = kinds[self.group]
        return found

    def numbers(self, relation: int, tails: Int32) -> Int32:
        """Return the numbers of the values that nodes have as tails of a relation."""
        low, high = self.scan[5][relation], self.scan[6][relation]
        found = self.columns.literals.of_tails(relation, tails)
        return np.where((low <= found) & (found < high), found, np.int32(NONE))

    def value(self, number: int) -> TypedValue:
        """Return the exact value of a number."""
        return self.columns.literals.value(number)

    def amount(self, number: int) -> Exact:
        """Return the exact amount of a number, in the base unit of its group; TypeError for a time. It is kept."""
        known = self._amounts.get(number)
        if known is None:
            value = self.value(number)
            if not isinstance(value, Quantity):
                raise TypeError(f"{value} is no number")
            if len(self._amounts) >= MAX_AMOUNTS_KEPT:
                self._amounts.clear()
            known = self._amounts[number] = value.amount
        return known

    def measure(self, relation: int, node: int) -> Measure | None:
        """Return the value that a node has as a tail of a relation; None where it has none."""
        number = int(self.numbers(relation, np.array([node], np.int32))[0])
        return None if number == NONE else Measure(self.value(number), int(self.group[relation]))

    def measure_of(self, number: Number) -> Measure | None:
        """Return a sum or an average as a value; None of a count."""
        if number.group == NONE:
            return None
        unit = self.columns.groups[number.group].unit
        return Measure(Quantity(whole_or_fraction(number.value), unit), number.group)

    def read(self, literal: Stated, group: int) -> TypedValue | None:
        """Return a literal of a question, or a measure, as a value of a group; None where it is none."""
        if group == NONE:
            return None
        if isinstance(literal, Measure):
            return literal.value if literal.group == group else None
        found = typed_value(literal.lexical, literal.datatype, self.columns.groups[group].kind)
        return found if found is not None and group_of(found) == self.columns.groups[group] else None

    def bounds(self, literal: Stated, how: str, group: int) -> ValueBounds:
        """Return the numbers of the values of a group that compare so with what is stated."""
        value = self.read(literal, group)
        return ValueBounds(0, 0) if value is None else self.columns.literals.bounds(group, Comparison(how), value)

    def reads(self, relation: int) -> ValuesRead:
        """Return how the values of a relation are read."""
        group = int(self.group[relation])
        kind, unit = self.columns.groups[group] if group != NONE else ValueGroup(ValueKind.NUMBER)
        way = {NUMBERS: ValueKind.NUMBER, TIMES: ValueKind.TIME}.get(int(self.columns.arrays.way[relation]))
        return ValuesRead(kind.value, unit, way is kind)


def holds(bounds: ValueBounds, numbers: Int32, end: Int32) -> Bool:
    """Return which numbers lie within bounds; -1 does not."""
    found: Bool = numbers != NONE
    found[found] = bounds.hold(numbers[found], end)
    return found
