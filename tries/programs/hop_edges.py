"""``HopEdges``: the edges that a hop takes, and those of them that hold at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_YEAR_DIGITS
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.filters.validity import Period, Validity

EVER = ("-" + "9" * (MAX_YEAR_DIGITS - 1), "9" * MAX_YEAR_DIGITS)
"""The first and the last time that is read."""


@dataclass(frozen=True)
class HopEdges:
    """Of each edge where in the set it starts (its place, int64), the node at its end (int32), and its id (int64)."""

    graph: Graph
    places: Int64
    ends: Int32
    ids: Int64

    @classmethod
    def of(cls, graph: Graph, nodes: Int32, directed: int) -> HopEdges:
        """Return the edges that a directed relation leads along from some nodes."""
        first, last = graph.runs(nodes, directed)
        side, at = graph.out if directed < graph.num_relations else graph.inc, _numbers(first, last)
        ids = np.asarray(side.edge)[at].astype(np.int64)
        return cls(graph, np.repeat(np.arange(len(nodes)), last - first), np.asarray(side.node)[at], ids)

    def holding(self, first: str, last: str | None = None) -> Bool:
        """Return which of the edges say that they hold at some moment of a time, or from its first to its last."""
        return Validity(first, last, undated=False, skip_unreadable=True).among(self.graph, self.ids)

    def stretches(self) -> Iterator[tuple[int, int, Period]]:
        """Yield each stretch in which an edge says that it holds: the place of its start, its end, and the stretch."""
        said = dict(Validity(EVER[0], skip_unreadable=True).stretches(self.graph, self.ids))
        for place, end, edge in zip(self.places.tolist(), self.ends.tolist(), self.ids.tolist(), strict=True):
            for stretch in said.get(edge, ()):
                yield place, end, stretch


def _numbers(first: Int64, last: Int64) -> Int64:
    """Return the numbers of all runs ``[first, last)``, one run after the other."""
    counts = last - first
    numbers: Int64 = np.repeat(last - np.cumsum(counts), counts) + np.arange(counts.sum())
    return numbers
