"""The arrays that the columns of a graph consist of, and how they are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen
from clew.kg.graph.graph import Graph
from clew.kg.terms.typed.value import ValueKind
from clew.tries.columns import edges as passes
from clew.tries.columns.ranking import Int32, Int64
from clew.tries.columns.texts import text_ways
from clew.tries.columns.values import NONE, DistinctValues, is_of_kind


@dataclass(frozen=True)
class ColumnArrays:
    """The arrays of the columns of a graph of L literals, R relations, G groups and V distinct values.

    ``ptr`` int64 ``[G + 1]``, ``example``, ``by_end`` and ``end`` int32 ``[V]``, ``value`` int32 ``[L]``, ``twice`` and
    ``twice_value`` int32: see ``DistinctValues``. ``text`` uint8 ``[L]``: 0, or 1 of a plain text, 1 + n of one that is
    n digits. Of each relation, ``way`` uint8 ``[R]``: what its plain texts stand for (``texts``); ``excluded`` int64
    ``[R]``: how many of its edges lead to literals that are no values. ``relation`` and ``group`` int32 ``[C]``: the
    columns, in order; ``start`` int64 ``[C + 1]`` into ``edges`` uint32: their edges by ascending value, then
    literal, then id.
    """

    ptr: Int64
    example: Int32
    by_end: Int32
    end: Int32
    text: NDArray[np.uint8]
    value: Int32
    twice: Int32
    twice_value: Int32
    way: NDArray[np.uint8]
    excluded: Int64
    relation: Int32
    group: Int32
    start: Int64
    edges: NDArray[np.uint32]

    def fits(self, graph: Graph, groups: int) -> bool:
        """Whether the arrays fit each other and the graph."""
        literals, values, columns = graph.num_nodes - graph.num_entities, len(self.example), len(self.relation)
        shapes = {
            "ptr": ("int64", groups + 1), "example": ("int32", values), "by_end": ("int32", values),
            "end": ("int32", values), "text": ("uint8", literals), "value": ("int32", literals),
            "twice": ("int32", len(self.twice)), "twice_value": ("int32", len(self.twice)),
            "way": ("uint8", graph.num_relations), "excluded": ("int64", graph.num_relations),
            "relation": ("int32", columns), "group": ("int32", columns), "start": ("int64", columns + 1),
            "edges": ("uint32", len(self.edges)),
        }  # fmt: skip
        if any(
            (getattr(self, n).dtype.name, getattr(self, n).shape) != (t, (size,)) for n, (t, size) in shapes.items()
        ):
            return False
        bounds = (
            (self.example, 0, literals), (self.by_end, 0, values), (self.end, 0, values), (self.value, NONE, values),
            (self.twice, 0, literals), (self.twice_value, 0, values), (self.relation, 0, graph.num_relations),
            (self.group, 0, groups),
        )  # fmt: skip
        return (
            _is_ptr(self.ptr, values)
            and _is_ptr(self.start, len(self.edges))
            and all(_within(array, low, high) for array, low, high in bounds)
        )


def sorted_edges(graph: Graph, values: DistinctValues, text: NDArray[np.uint8]) -> ColumnArrays:
    """Decide which literals are values, and sort the edges to them. Time: linear in literals and these edges."""
    number, time = text_values(values, text)
    relation, literal, edge = edges_to_literals(graph)
    counts = np.zeros((graph.num_relations, passes.COUNTS), np.int64)
    counts[:, passes.SHORTEST] = np.iinfo(np.uint8).max
    passes.count_texts(relation, literal, text, number, time, counts)
    way, value = text_ways(counts), np.empty(len(edge), np.int32)
    passes.values_of_edges(relation, literal, text, number, time, way, value)
    order = passes.stable_order(value, np.flatnonzero(value != NONE), len(values.example))
    order = passes.stable_order(relation, order, graph.num_relations)
    relation, group = relation[order], np.searchsorted(values.ptr, value[order], side="right") - 1
    start = np.flatnonzero(np.diff(relation, prepend=-1) | np.diff(group, prepend=-1))
    held = np.bincount(relation, minlength=graph.num_relations)
    return ColumnArrays(
        ptr=values.ptr,
        example=values.example,
        by_end=values.by_end,
        end=values.end,
        text=text,
        value=values.value,
        twice=values.twice,
        twice_value=values.twice_value,
        way=way,
        excluded=counts[:, passes.LITERALS] - held,
        relation=relation[start].astype(np.int32),
        group=group[start].astype(np.int32),
        start=np.append(start, len(order)).astype(np.int64),
        edges=edge[order].astype(np.uint32),
    )


def edges_to_literals(graph: Graph) -> tuple[Int32, Int32, NDArray[np.unsignedinteger]]:
    """Return the relation, the literal (an index) and the id of each edge to a literal, by literal, relation and id."""
    first = int(graph.inc.ptr[graph.num_entities])
    literal = np.repeat(
        np.arange(graph.num_nodes - graph.num_entities, dtype=np.int32), np.diff(graph.inc.ptr[graph.num_entities :])
    )
    return frozen(graph.inc.relation[first:]), frozen(literal), graph.inc.edge[first:]


def text_values(values: DistinctValues, text: NDArray[np.uint8]) -> tuple[Int32, Int32]:
    """Return the value of each literal as what its datatype says or, of a plain text, as a number; and its value as a
    time; each int32, -1 where it has none."""
    is_time = is_of_kind(values.value, values.ptr, values.groups, ValueKind.TIME)
    time = np.where(is_time, values.value, np.int32(NONE))
    time[values.twice] = values.twice_value
    return np.where(is_time & (text > 0), np.int32(NONE), values.value), time


def _is_ptr(ptr: Int64, size: int) -> bool:
    return bool(ptr[0] == 0 and ptr[-1] == size and (np.diff(ptr) >= 0).all())


def _within(array: NDArray[np.integer], low: int, high: int) -> bool:
    return not len(array) or bool(array.min() >= low and array.max() < high)
