"""``Degrees``: how many neighbours the nodes of a set have, by directed relation.

A relation's edges of a node are one run, each to a neighbour of its own: its length is their number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_EDGES_PER_LOOK
from clew.kg.time_limit import look
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.programs.hop_edges import HopEdges
from clew.tries.programs.scan import Side

COMPARE: dict[str, Callable[[Int64, int], Bool]] = {
    "<": np.less, "<=": np.less_equal, "=": np.equal, ">=": np.greater_equal, ">": np.greater,
}  # fmt: skip


@kernel
def _fewest_and_most(ptr: Int64, relation: Int32, nodes: Int32, at: int, edges: int, low: Int64, high: Int64) -> int:
    """Lower ``low[r]`` and raise ``high[r]`` to the runs of each relation in the rows of ``nodes[at:]``, until some
    ``edges`` are looked at; return where to go on."""
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r, start = relation[i], i
            while i < end and relation[i] == r:
                i += 1
            low[r] = min(low[r], i - start)
            high[r] = max(high[r], i - start)
    return at


@kernel
def _around(ptr: Int64, relation: Int32, nodes: Int32, at: int, edges: int, number: int, count: Int64) -> int:
    """Count in ``count[r]`` the nodes with some neighbours, but fewer than a number (column 0), as many (1) and more
    (2); as ``_fewest_and_most`` goes on."""
    while at < len(nodes) and edges > 0:
        i, end = ptr[nodes[at]], ptr[nodes[at] + 1]
        at += 1
        edges -= 1 + end - i
        while i < end:
            r, start = relation[i], i
            while i < end and relation[i] == r:
                i += 1
            count[r, 1 + (i - start > number) - (i - start < number)] += 1
    return at


class Degrees:
    """The numbers of neighbours in one graph of R relations. Time: linear in the edges of the nodes."""

    def __init__(self, graph: Graph, sides: Sequence[Side]) -> None:
        self.graph, self._sides = graph, sides

    def of(self, nodes: Int32, directed: int) -> Int64:
        """Return the number of neighbours of each node."""
        first, last = self.graph.runs(nodes, directed)
        return last - first

    def among(self, nodes: Int32, directed: int, some: Int32) -> Int64:
        """Return the number of neighbours of each node that are among some nodes."""
        edges = HopEdges.of(self.graph, nodes, directed)
        return np.bincount(edges.places[np.isin(edges.ends, some)], minlength=len(nodes))

    def bounds(self, nodes: Int32) -> tuple[Int64, Int64]:
        """Return the fewest and the most neighbours of any of the nodes that has one; int64 ``[2R]`` each. Raises
        ``OutOfTime``."""
        low, high = zip(*(_bounds(side, nodes) for side in self._sides), strict=True)
        return np.concatenate(low), np.concatenate(high)

    def comparisons(self, nodes: Int32, number: int) -> Int64:
        """Return int64 ``[2R, 5]``: of how many nodes the number of neighbours compares so with a number, by
        ``COMPARISONS``. Raises ``OutOfTime``."""
        around = np.concatenate([_split(side, nodes, number) for side in self._sides])
        around[:, 0 if number else 1] += len(nodes) - around.sum(1)  # those that have none
        fewer, equal, more = around.T
        found: Int64 = np.stack([fewer, fewer + equal, equal, equal + more, more], 1)
        return found


def _bounds(side: Side, nodes: Int32) -> tuple[Int64, Int64]:
    low, high = np.full(side.num_relations, np.iinfo(np.int64).max), np.zeros(side.num_relations, np.int64)
    at = 0
    while at < len(nodes):
        look()
        at = _fewest_and_most(side.ptr, side.relation, nodes, at, MAX_EDGES_PER_LOOK, low, high)
    return low, high


def _split(side: Side, nodes: Int32, number: int) -> Int64:
    count, at = np.zeros((side.num_relations, 3), np.int64), 0
    while at < len(nodes):
        look()
        at = _around(side.ptr, side.relation, nodes, at, MAX_EDGES_PER_LOOK, number, count)
    return count
