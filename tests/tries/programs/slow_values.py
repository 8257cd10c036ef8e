"""The values of a small graph's literals by plain Python: a sorted list of all points."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from fractions import Fraction

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.proof.program import ValuesRead
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, ValueKind, typed_value
from clew.tries.programs.values import NO_KIND, Place

NUMBERS, TIMES = 0, 1


def value_of(literal: Literal) -> TypedValue | None:
    return typed_value(literal.lexical, literal.datatype)


def kind_number(value: TypedValue | None) -> int:
    return NUMBERS if isinstance(value, Quantity) else TIMES if isinstance(value, Interval) else NO_KIND


def ends(value: TypedValue) -> tuple[object, object]:
    if isinstance(value, Quantity):
        return value.amount, value.amount
    assert isinstance(value, Interval)
    return (value.start, False), value.last


class SlowValues:
    """``Values`` of a graph."""

    numeric = frozenset([NUMBERS])

    def __init__(self, graph: Graph) -> None:
        self._values = [value_of(graph.literal(node)) for node in range(graph.num_entities, graph.num_nodes)]
        self.kind = np.array([kind_number(value) for value in self._values], np.int16)
        self._points = {
            kind: sorted({end for value in self._values if kind_number(value) == kind for end in ends(value)})
            for kind in (NUMBERS, TIMES)
        }
        places = [self._place(value) for value in self._values]
        self.first = np.array([place.first if place else 0 for place in places], np.int64)
        self.last = np.array([place.last if place else 0 for place in places], np.int64)
        self.relation_kind = np.array([self._main_kind(graph, r) for r in range(graph.num_relations)], np.int16)
        self._offset = graph.num_entities

    def place(self, literal: Literal) -> Place | None:
        return self._place(value_of(literal))

    def reads(self, relation: int) -> ValuesRead:
        kind = ValueKind.NUMBER if self.relation_kind[relation] == NUMBERS else ValueKind.TIME
        return ValuesRead(kind.value)

    def exact(self, node: int) -> Fraction:
        value = self._values[node - self._offset]
        assert isinstance(value, Quantity)
        return Fraction(value.amount)

    def _place(self, value: TypedValue | None) -> Place | None:
        kind = kind_number(value)
        if value is None or kind == NO_KIND:
            return None
        points = self._points[kind]
        first, last = (2 * (bisect_left(points, end) + bisect_right(points, end)) for end in ends(value))
        return Place(kind, first, last - isinstance(value, Interval))  # what begins where a time ends comes after it

    def _main_kind(self, graph: Graph, relation: int) -> int:
        ends = graph.out.node[np.asarray(graph.out.relation) == relation] - graph.num_entities
        counts = Counter(int(self.kind[end]) for end in ends.tolist() if end >= 0)
        del counts[NO_KIND]
        return min(counts, key=lambda kind: (-counts[kind], kind)) if counts else NO_KIND
