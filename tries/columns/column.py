"""``ValueColumn``: the values of one relation that compare with each other, in order."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clew.kg.terms.typed.comparison import Comparison
from clew.kg.terms.typed.value import TypedValue, ValueKind
from clew.tries.columns.literals import LiteralValues
from clew.tries.columns.ranking import Int32, Int64

Bools = NDArray[np.bool_]
Places = slice | Int64


class ValuesOfNodes(NamedTuple):
    """The values of some nodes: ``owner`` int64, the index of the node, ascending; ``edge`` int64, and ``value`` int32,
    the number of its value."""

    owner: Int64
    edge: Int64
    value: Int32


@dataclass(frozen=True)
class ValueColumn:
    """The edges of a ``relation`` to values of one ``group``, in ascending order of value, literal and id.

    ``edges`` uint32 ``[n]``: their ids. Values have numbers (see ``LiteralValues``) that compare as they do.
    """

    literals: LiteralValues
    relation: int
    group: int
    edges: NDArray[Any]

    @property
    def kind(self) -> ValueKind:
        """What its values are."""
        return self.literals.groups[self.group].kind

    @property
    def unit(self) -> str:
        """The unit that those of its values convert to; empty where they have none."""
        return self.literals.groups[self.group].unit

    def __len__(self) -> int:
        return len(self.edges)

    def numbers(self, places: Places = slice(None)) -> Int32:
        """The numbers of the values at some places of the column, all by default."""
        return self.literals.of_tails(self.relation, self.tails(places))

    def value(self, number: int) -> TypedValue:
        """The exact value of a number."""
        return self.literals.value(number)

    def heads(self, places: Places = slice(None)) -> Int32:
        """The heads of the edges at some places of the column."""
        edges = self.edges[places].astype(np.int64)
        return (np.searchsorted(self.literals.graph.out.ptr, edges, side="right") - 1).astype(np.int32)

    def tails(self, places: Places = slice(None)) -> Int32:
        """The literal nodes of the edges at some places of the column."""
        return np.asarray(self.literals.graph.out.node[self.edges[places].astype(np.int64)])

    def select(self, op: Comparison | str, value: TypedValue) -> Int64:
        """Return the places whose values v fulfil ``compare(v, op, value)``, ascending. O(log n + places).

        ``ValueError`` for an unknown operator.
        """
        bounds = self.literals.bounds(self.group, op, value)
        low, high = self._place(bounds.low), self._place(bounds.high)
        places = np.arange(low, max(low, high), dtype=np.int64)
        return places if bounds.ends is None else places[bounds.hold(self.numbers(places), self.literals.arrays.end)]

    def of(self, nodes: ArrayLike) -> ValuesOfNodes:
        """Return the values that some nodes have in this column. O(nodes and their edges of the relation)."""
        first, last = self.literals.graph.runs(nodes, self.relation)
        counts = last - first
        owner = np.repeat(np.arange(len(counts)), counts)
        edge = np.repeat(last - np.cumsum(counts), counts) + np.arange(counts.sum())
        number = self.literals.of_tails(self.relation, np.asarray(self.literals.graph.out.node[edge]))
        own = (self.literals.arrays.ptr[self.group] <= number) & (number < self.literals.arrays.ptr[self.group + 1])
        return ValuesOfNodes(owner[own], edge[own], number[own])

    def matching(self, nodes: ArrayLike, op: Comparison | str, value: TypedValue) -> Bools:
        """Return which of some nodes have a value v here with ``compare(v, op, value)``. O(as ``of``)."""
        found = self.of(nodes)
        holds = self.literals.bounds(self.group, op, value).hold(found.value, self.literals.arrays.end)
        matches = np.zeros(np.shape(nodes)[0], np.bool_)
        matches[found.owner[holds]] = True
        return matches

    def extreme(self, nodes: ArrayLike, largest: bool = True, count: int = 1) -> Int64:
        """Return the edges of some nodes to the ``count`` largest (or smallest) distinct values that they have, all
        edges to each of these, the most extreme first. O(as ``of``)."""
        found = self.of(nodes)
        kept = np.unique(found.value)[-count:] if largest else np.unique(found.value)[:count]
        places = np.flatnonzero(np.isin(found.value, kept))
        key = found.value[places].astype(np.int64)
        return found.edge[places[np.argsort(-key if largest else key, kind="stable")]]

    def _place(self, number: int) -> int:
        """The first place of a value with this number or a higher one."""
        return bisect_left(range(len(self)), number, key=lambda place: int(self.numbers(np.array([place]))[0]))
