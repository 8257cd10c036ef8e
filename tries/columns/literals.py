"""``LiteralValues``: the value of each literal of a graph, by number, and what the numbers stand for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.comparison import Comparison
from clew.kg.terms.typed.value import TypedValue, ValueKind, typed_value
from clew.tries.columns.arrays import ColumnArrays
from clew.tries.columns.bounds import SortedValues, ValueBounds
from clew.tries.columns.edges import NUMBERS, TIMES
from clew.tries.columns.ranking import Int32, Int64
from clew.tries.columns.values import NONE, ValueGroup, group_of, is_of_kind


@dataclass(frozen=True)
class LiteralValues:
    """The values of a graph's literals. Their numbers are dense and ascend within a group: they compare as the values
    do, exactly, and equal values have one."""

    graph: Graph
    groups: tuple[ValueGroup, ...]
    arrays: ColumnArrays

    def value(self, number: int) -> TypedValue:
        """The exact value of a number."""
        group = int(np.searchsorted(self.arrays.ptr, number, side="right")) - 1
        literal = self.graph.literal(self.graph.num_entities + int(self.arrays.example[number]))
        found = typed_value(literal.lexical, literal.datatype, self.groups[group].kind)
        if found is None:
            raise StaleIndex(f"the columns of graph {self.graph.name!r} are damaged; rebuild them with: clew compact")
        return found

    def of_tails(self, relation: int, nodes: Int32) -> Int32:
        """The numbers of the values that some nodes have as tails of a relation, int32; -1 of nodes that are none."""
        literal = nodes.astype(np.int64) - self.graph.num_entities
        numbers = np.full(len(literal), NONE, np.int32)
        some = np.flatnonzero(literal >= 0)
        at = literal[some]
        plain = self.arrays.text[at] > 0
        numbers[some] = np.where(plain, self._of_texts(relation, at) if plain.any() else NONE, self.arrays.value[at])
        return numbers

    def bounds(self, group: int, op: Comparison | str, value: TypedValue) -> ValueBounds:
        """The values v of a group with ``compare(v, op, value)``; ``ValueError`` for an unknown operator."""
        op = Comparison(op)
        if self.groups[group] != group_of(value):
            return ValueBounds(0, 0)
        first, stop = (int(bound) for bound in self.arrays.ptr[group : group + 2])
        return SortedValues(first, stop, self.arrays.by_end, self.arrays.end, self.value).bounds(op, value)

    def _of_texts(self, relation: int, literals: Int64) -> Int32:
        """The numbers of plain texts, as what those of the relation stand for."""
        kind = {NUMBERS: ValueKind.NUMBER, TIMES: ValueKind.TIME}.get(int(self.arrays.way[relation]))
        if kind is None:
            return np.full(len(literals), NONE, np.int32)
        numbers = self.arrays.value[literals]
        found = np.where(is_of_kind(numbers, self.arrays.ptr, self.groups, kind), numbers, np.int32(NONE))
        if kind is ValueKind.TIME and len(self.arrays.twice):
            at = np.minimum(np.searchsorted(self.arrays.twice, literals.astype(np.int32)), len(self.arrays.twice) - 1)
            both = self.arrays.twice[at] == literals
            found[both] = self.arrays.twice_value[at[both]]
        return found
