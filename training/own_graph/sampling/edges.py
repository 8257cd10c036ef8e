"""The edges of a graph, grouped by relation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clew.kg.graph.graph import Graph

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


class EdgesByRelation:
    """Edge positions by relation; time O(E log E), memory 8 bytes an edge."""

    def __init__(self, graph: Graph) -> None:
        relation = np.asarray(graph.out.relation)
        self._graph = graph
        self._edges: Int64 = np.argsort(relation, kind="stable")
        self._ptr: Int64 = np.searchsorted(relation[self._edges], np.arange(graph.num_relations + 1))

    def counts(self) -> Int64:
        """Return the number of edges of each relation, ``[R]``."""
        found: Int64 = np.diff(self._ptr)
        return found

    def ends(self, relation: int, at: slice | int = slice(None)) -> tuple[Int32, Int32]:
        """Return heads and tails of a relation's edges, or of those at ``at`` among them."""
        edges = np.atleast_1d(self._edges[self._ptr[relation] : self._ptr[relation + 1]][at])
        heads = np.searchsorted(self._graph.out.ptr, edges, side="right") - 1
        return heads.astype(np.int32), np.asarray(self._graph.out.node)[edges]

    def sources(self, directed: int) -> Int32:
        """Return the nodes that a directed relation leaves, ascending."""
        size = self._graph.num_relations
        found: Int32 = np.unique(self.ends(directed % size)[directed >= size])
        return found
