"""Compiled looks over the edges of a set of nodes: what tells which tokens of a program change the set.

Rows of edges are sorted by (relation, node), so that a relation's edges of a node are one run.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import kernel_of
from clew.kg.columnar.kernels import steps_around
from clew.kg.limits import MAX_EDGES_PER_LOOK
from clew.kg.time_limit import look
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.programs.tokens import COMPARISONS
from clew.tries.programs.values import AttributeValues, Stated, number_of

Scan = tuple[NDArray[Any], ...]
"""``AttributeValues.scan``."""


@kernel_of(lambda ptr, relation, node, nodes, *_: 8 * steps_around(ptr, nodes))
def _extremes(
    ptr: Int64, relation: Int32, node: Int32, nodes: Int32, at: int, edges: int, entities: int, scan: Scan,
    least: Int64, most: Int64, count: Int64
) -> int:  # fmt: skip
    """Bound in ``least[r]`` and ``most[r]`` the least (column 0) and the greatest (column 1) value of a node, count in
    ``count[r]`` the nodes that have one, until some ``edges`` are looked at; return where to go on."""
    text, way, value, twice, twice_value, lows, highs, times = scan
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r, low, high = relation[i], -1, -1
            while i < end and relation[i] == r:
                if node[i] >= entities and highs[r] > lows[r]:
                    number = number_of(r, node[i] - entities, text, way, value, twice, twice_value, lows, highs, times)
                    if number >= 0:
                        low = number if low < 0 else min(low, number)
                        high = max(high, number)
                i += 1
            if low >= 0:
                count[r] += 1
                least[r, 0], most[r, 0] = min(least[r, 0], low), max(most[r, 0], low)
                least[r, 1], most[r, 1] = min(least[r, 1], high), max(most[r, 1], high)
    return at


@kernel_of(lambda ptr, relation, node, nodes, *_: 16 * steps_around(ptr, nodes))
def _comparisons(
    ptr: Int64, relation: Int32, node: Int32, nodes: Int32, at: int, edges: int, entities: int, scan: Scan,
    ends: Int32, bounds: Int64, count: Int64
) -> int:  # fmt: skip
    """Count, for each relation and comparison, the nodes with a value within the comparison's bounds (low, high, the
    rank that its end is below); as ``_extremes`` goes on."""
    text, way, value, twice, twice_value, lows, highs, times = scan
    fits = np.zeros(bounds.shape[1], np.bool_)
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r = relation[i]
            fits[:] = False
            while i < end and relation[i] == r:
                if node[i] >= entities and highs[r] > lows[r]:
                    number = number_of(r, node[i] - entities, text, way, value, twice, twice_value, lows, highs, times)
                    if number >= 0:
                        for how in range(len(fits)):
                            low, high, before = bounds[r, how]
                            fits[how] |= low <= number and number < high and ends[number] < before
                i += 1
            for how in range(len(fits)):
                count[r, how] += fits[how]
    return at


@kernel_of(lambda ptr, node, nodes, *_: steps_around(ptr, nodes))
def _mark_neighbours(ptr: Int64, node: Int32, nodes: Int32, at: int, edges: int, mask: Bool) -> int:
    """Mark the nodes at the other ends of the edges of ``nodes[at:]``; as ``_extremes`` goes on."""
    while at < len(nodes) and edges > 0:
        start, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - start
        for i in range(start, end):
            mask[node[i]] = True
    return at


class Side:
    """The edges of one direction, of R relations and N nodes."""

    def __init__(self, ptr: Int64, relation: Int32, node: Int32, num_relations: int) -> None:
        self.ptr, self.relation, self.node, self.num_relations = ptr, relation, node, num_relations

    def mark_neighbours(self, nodes: Int32, mask: Bool) -> None:
        """Mark, in bool ``[N]``, the nodes at the other ends of the nodes' edges. Raises ``OutOfTime``."""
        at = 0
        while at < len(nodes):
            look()
            at = _mark_neighbours(self.ptr, self.node, nodes, at, MAX_EDGES_PER_LOOK, mask)


class ValueScan:
    """The edges to values that leave some nodes."""

    def __init__(self, side: Side, entities: int, values: AttributeValues) -> None:
        self.side, self.entities, self.values = side, entities, values
        self._known_bounds: dict[Stated, Int64] = {}

    def extremes(self, nodes: Int32) -> tuple[Bool, Int64]:
        """Return bool ``[R, 2]``: whether the nodes differ in their least (column 0) and in their greatest value, by
        relation; and how many of them have a value, int64 ``[R]``. Raises ``OutOfTime``."""
        side, size, at = self.side, self.side.num_relations, 0
        limits = np.iinfo(np.int64)
        least, most, count = np.full((size, 2), limits.max), np.full((size, 2), limits.min), np.zeros(size, np.int64)
        while at < len(nodes):
            look()
            at = _extremes(
                side.ptr, side.relation, side.node, nodes, at, MAX_EDGES_PER_LOOK, self.entities, self.values.scan,
                least, most, count,
            )  # fmt: skip
        return least < most, count

    def comparisons(self, nodes: Int32, literal: Stated) -> Int64:
        """Return int64 ``[R, 5]``: of how many nodes some value compares so with a literal, by relation and by
        ``COMPARISONS``. Raises ``OutOfTime``."""
        side, at = self.side, 0
        bounds, count = self._bounds(literal), np.zeros((self.side.num_relations, len(COMPARISONS)), np.int64)
        while at < len(nodes):
            look()
            at = _comparisons(
                side.ptr, side.relation, side.node, nodes, at, MAX_EDGES_PER_LOOK, self.entities, self.values.scan,
                self.values.end, bounds, count,
            )  # fmt: skip
        return count

    def _bounds(self, literal: Stated) -> Int64:
        """Return int64 ``[R, 5, 3]``: the bounds of each relation and comparison."""
        if literal not in self._known_bounds:
            self._known_bounds[literal] = self._make_bounds(literal)
        return self._known_bounds[literal]

    def _make_bounds(self, literal: Stated) -> Int64:
        groups = [-1, *range(len(self.values.columns.groups))]
        found = np.zeros((len(groups), len(COMPARISONS), 3), np.int64)
        for row, how in product(groups, range(len(COMPARISONS))):
            low, high, ends = self.values.bounds(literal, COMPARISONS[how], row)
            found[row, how] = low, high, np.iinfo(np.int64).max if ends is None else ends
        return found[self.values.group]
