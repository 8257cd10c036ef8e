"""The part of a graph that a filter lets relation paths walk: every instance of a relation path must meet it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kg.errors import BadInput
from kg.graph import Adjacency, Graph
from tries.constraint import Bool, Int32, Int64
from tries.path_filter import PathFilter


@dataclass(frozen=True, slots=True)
class Side:
    """The edges out of, or into, each node that are left: as ``kg.graph.Adjacency``, without edge ids."""

    ptr: Int64
    relation: Int32
    node: Int32


class Walkable:
    """A graph as ``RelationAutomaton`` reads it, without the edges that a filter excludes.

    Relations, edges (sources, times) and nodes (languages) are filtered; time and memory are linear in the edges, once
    per filter. A relation path stands for all its instances, so conditions on single positions and on the end, which
    would hold for some instances only, are refused: entity paths (``GraphAutomaton``) have them.

    Raises:
        BadInput: a condition on a position or on the end, an edge mask of the wrong length, or a node or relation that
            the graph does not have.
    """

    def __init__(self, graph: Graph, demands: PathFilter) -> None:
        if demands.ends is not None or demands.nodes_at:
            raise BadInput("relation paths take no condition on the end or on a position: use entity paths for those")
        if demands.edges is not None and (len(demands.edges) != graph.num_edges or demands.edges.dtype != np.bool_):
            raise BadInput(f"the edge mask must be bool[{graph.num_edges}]")
        self.graph, self.content_hash = graph, graph.content_hash
        self.num_nodes, self.num_entities, self.num_relations = graph.num_nodes, graph.num_entities, graph.num_relations
        allowed, visited = self._relations(demands), self._nodes(demands)
        sides = (graph.out, allowed[: graph.num_relations]), (graph.inc, allowed[graph.num_relations :])
        self.out, self.inc = (
            _kept(side, visited[side.node] & mask[side.relation] & _edges(side, demands)) for side, mask in sides
        )

    def _relations(self, demands: PathFilter) -> Bool:
        directed = 2 * self.num_relations
        named = [*(demands.relations or ()), *demands.forbidden]
        if any(not 0 <= r < directed for r in named):
            raise BadInput(f"a filter names a relation outside 0 .. {directed - 1}")
        allowed = np.full(directed, demands.relations is None)
        allowed[list(demands.relations or ())] = True
        allowed[list(demands.forbidden)] = False
        return allowed

    def _nodes(self, demands: PathFilter) -> Bool:
        if demands.nodes is None:
            return np.ones(self.num_nodes, np.bool_)
        ids = np.asarray(demands.nodes if isinstance(demands.nodes, np.ndarray) else list(demands.nodes), np.int64)
        if len(ids) and not 0 <= ids.min() <= ids.max() < self.num_nodes:
            raise BadInput(f"a filter names a node outside 0 .. {self.num_nodes - 1}")
        mask = np.zeros(self.num_nodes, np.bool_)
        mask[ids] = True
        return mask


def _edges(adjacency: Adjacency, demands: PathFilter) -> Bool:
    edge: Int64 = adjacency.edge
    return np.ones(len(edge), np.bool_) if demands.edges is None else demands.edges[edge]


def _kept(adjacency: Adjacency, keep: Bool) -> Side:
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)])
    return Side(before[adjacency.ptr], adjacency.relation[keep], adjacency.node[keep])
