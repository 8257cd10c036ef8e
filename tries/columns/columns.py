"""``ValueColumns``: the typed values of a graph's literals, sorted per relation.

Which literals are values is decided in two steps. A literal with a datatype of numbers, times or truth values, or with
a unit for a datatype, is one where its lexical form is. A plain text is one only among its like (``texts``). What is no
value is counted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.value import TypedValue, ValueKind
from clew.tries.columns.arrays import ColumnArrays, sorted_edges
from clew.tries.columns.column import ValueColumn
from clew.tries.columns.literals import LiteralValues
from clew.tries.columns.reading import read_literals
from clew.tries.columns.values import ValueGroup, distinct_values, group_of


class ColumnSize(NamedTuple):
    """What values a column has, and how many: their ``kind``, their ``unit`` (empty: none), the ``size``."""

    kind: ValueKind
    unit: str
    size: int


class ValueCounts(NamedTuple):
    """How many edges of a graph lead to values, by kind and unit, most first; and how many to other literals."""

    sizes: list[ColumnSize]
    excluded: int


class ValueColumns:
    """The columns of a graph. Safe for threads."""

    def __init__(self, graph: Graph, groups: tuple[ValueGroup, ...], arrays: ColumnArrays) -> None:
        self.graph, self.groups, self.arrays = graph, groups, arrays
        self.literals = LiteralValues(graph, groups, arrays)

    @classmethod
    def of(cls, graph: Graph) -> ValueColumns:
        """Read all literals and sort all edges to them. Time: O(L log L) in literals, linear in edges."""
        readings = read_literals(graph)
        values = distinct_values(readings)
        text = (readings.text + readings.digits).astype(np.uint8)
        return cls(graph, values.groups, sorted_edges(graph, values, text))

    def kinds(self, relation: int) -> list[ColumnSize]:
        """What columns a relation has."""
        low, high = self._columns_of(relation)
        sizes = np.diff(self.arrays.start[low : high + 1]).tolist()
        groups = [self.groups[i] for i in self.arrays.group[low:high].tolist()]
        return [ColumnSize(group.kind, group.unit, size) for group, size in zip(groups, sizes, strict=True)]

    def column(self, relation: int, kind: ValueKind, unit: str = "") -> ValueColumn | None:
        """The column of a relation with values of a kind that convert to a (base) unit; None where it has none."""
        low, high = self._columns_of(relation)
        for place in range(low, high):
            group = int(self.arrays.group[place])
            if self.groups[group] == (kind, unit):
                some = slice(int(self.arrays.start[place]), int(self.arrays.start[place + 1]))
                return ValueColumn(self.literals, relation, group, self.arrays.edges[some])
        return None

    def column_for(self, relation: int, value: TypedValue) -> ValueColumn | None:
        """The column of a relation whose values compare with a value; None where it has none."""
        return self.column(relation, *group_of(value))

    def excluded(self, relation: int) -> int:
        """How many edges of a relation lead to literals that are no values."""
        return int(self.arrays.excluded[relation])

    def counts(self) -> ValueCounts:
        """How many values there are in the whole graph."""
        held = np.bincount(self.arrays.group, np.diff(self.arrays.start), minlength=len(self.groups)).astype(np.int64)
        sizes = [ColumnSize(group.kind, group.unit, int(size)) for group, size in zip(self.groups, held, strict=True)]
        some = sorted((size for size in sizes if size.size), key=lambda size: -size.size)
        return ValueCounts(some, int(self.arrays.excluded.sum()))

    def _columns_of(self, relation: int) -> tuple[int, int]:
        low, high = np.searchsorted(self.arrays.relation, np.array((relation, relation + 1), np.int32)).tolist()
        return low, high
