"""A read-only view of a graph restricted by a ``PathFilter``."""

from __future__ import annotations

import numpy as np

from clew.kg.graph.graph import Adjacency, Graph
from clew.kg.graph.walks import EdgeRows, Walks
from clew.kg.time_limit import look
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.filters.path_filter import PathFilter, mask_of


class Walkable(Walks):
    """A graph as ``RelationAutomaton`` reads it and as answers are gathered from it, without what a filter excludes.

    Relations, edges (sources, times) and nodes (languages) are taken out; time and memory are linear in the edges, once
    per filter. Conditions on a position or on the end hold for some instances of a relation path and not for others:
    ``fits`` and ``ending`` take out the others, hop by hop. Immutable, safe to share between threads.

    Raises:
        OutOfTime: from ``live``, too.
        BadInput: an edge mask of the wrong length, a position below 1, or a node or relation that the graph does not
            have.
    """

    def __init__(self, graph: Graph, demands: PathFilter) -> None:
        demands.check_positions()
        edges = demands.edges_of(graph.num_edges)
        self.name, self.graph, self.demands, self.content_hash = graph.name, graph, demands, graph.content_hash
        self.num_nodes, self.num_entities, self.num_relations = graph.num_nodes, graph.num_entities, graph.num_relations
        self.allowed = demands.directed(graph.num_relations)
        self._at = {position: mask_of(nodes, self.num_nodes) for position, nodes in demands.nodes_at.items()}
        self._ends = None if demands.ends is None else mask_of(demands.ends, self.num_nodes)
        visited = np.ones(self.num_nodes, np.bool_) if demands.nodes is None else mask_of(demands.nodes, self.num_nodes)
        sides = (graph.out, self.allowed[: graph.num_relations]), (graph.inc, self.allowed[graph.num_relations :])
        self.out, self.inc = (
            _kept(side, visited[side.node] & mask[side.relation] & (True if edges is None else edges[side.edge]))
            for side, mask in sides
        )

    @property
    def positional(self) -> bool:
        """Whether anything is asked of a position or of the end."""
        return bool(self._at) or self._ends is not None

    def check_positions(self, max_hops: int) -> None:
        """Raise BadInput for a condition on a position that no path of so many hops has."""
        self.demands.check_positions(max_hops)

    def fits(self, nodes: Int32, hop: int) -> Int32:
        """Return those of the nodes that a path may have after ``hop`` hops."""
        return nodes[self._at[hop][nodes]] if hop in self._at else nodes

    def ending(self, nodes: Int32) -> Int32:
        """Return those of the nodes that a path may end at."""
        return nodes if self._ends is None else nodes[self._ends[nodes]]

    def admits(self, head: int, relation: int, tail: int) -> bool:
        """Return whether the edge that a directed relation walks from head to tail may be walked."""
        at = self.neighbours(head, relation)
        i = int(np.searchsorted(at, tail))
        return i < len(at) and int(at[i]) == tail

    def live(
        self, topic: int, hops: tuple[int, int], through_literals: bool = False, forbidden: Int64 | None = None
    ) -> list[Bool]:
        """Return bool[num_nodes] per number of hops, 1 to the most: whether a path that is there can be completed.

        The path does not come to the topic (-1: none) again, but by a self-loop as its only hop, nor take a forbidden
        relation. ``hops``: the fewest and
        the most of a path. Time: O(edges x hops).
        """
        min_hops, max_hops = hops
        self.check_positions(max_hops)
        taken = np.ones(2 * self.num_relations, np.bool_)
        if forbidden is not None:
            taken[forbidden] = False
        may_end = np.ones(self.num_nodes, np.bool_) if self._ends is None else self._ends
        onward = np.ones(self.num_nodes, np.bool_)
        onward[self.num_entities :] = through_literals
        masks, alive = [], np.zeros(self.num_nodes, np.bool_)
        for hop in range(max_hops, 0, -1):
            look()
            there = onward & self._leads(alive, taken)
            alive = there | may_end if hop >= min_hops else there
            alive = alive & self._at[hop] if hop in self._at else alive
            if topic >= 0:
                alive[topic] = hop == min_hops == 1 and may_end[topic] and (1 not in self._at or self._at[1][topic])
            masks.append(alive)
        return masks[::-1]

    def _leads(self, alive: Bool, taken: Bool) -> Bool:
        """Return, per node, whether some edge of the relations taken leads from it to one of these."""
        found = np.zeros(self.num_nodes, np.bool_)
        for side, some in ((self.out, taken[: self.num_relations]), (self.inc, taken[self.num_relations :])):
            look()
            leads = alive[side.node] & some[side.relation]
            before = np.concatenate([np.zeros(1, np.int64), np.cumsum(leads, dtype=np.int64)])
            found |= before[side.ptr[1:]] > before[side.ptr[:-1]]
        return found


def _kept(adjacency: Adjacency, keep: Bool) -> EdgeRows:
    """Return the rows of edges with only those that are kept."""
    look()
    before = np.concatenate([np.zeros(1, np.int64), np.cumsum(keep, dtype=np.int64)])
    rows = EdgeRows(before[adjacency.ptr], adjacency.relation[keep], adjacency.node[keep])
    for array in (rows.ptr, rows.relation, rows.node):
        array.flags.writeable = False  # as a graph's own arrays are: kernels are compiled once for both
    return rows
