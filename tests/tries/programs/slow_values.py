"""The values of a small graph's literals by plain Python."""

from __future__ import annotations

from collections import Counter

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, typed_value

NONE, NUMBERS, TIMES = -1, 0, 1


def value_of(literal: Literal) -> TypedValue | None:
    return typed_value(literal.lexical, literal.datatype)


def kind_number(value: TypedValue | None) -> int:
    return NUMBERS if isinstance(value, Quantity) else TIMES if isinstance(value, Interval) else NONE


def order(value: TypedValue) -> tuple[object, ...]:
    """Where a value lies among those of its kind."""
    if isinstance(value, Quantity):
        return (value.amount,)
    assert isinstance(value, Interval)
    return (value.start, value.end)


def main_kind(graph: Graph, relation: int) -> int:
    """The kind that most values of a relation have, by edges."""
    ends = graph.out.node[np.asarray(graph.out.relation) == relation].tolist()
    kinds = Counter(kind_number(value_of(graph.literal(end))) for end in ends if graph.is_literal(end))
    del kinds[NONE]
    return min(kinds, key=lambda kind: (-kinds[kind], kind)) if kinds else NONE
