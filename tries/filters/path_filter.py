"""Conditions on paths by node, edge and relation ids, and their reachability masks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.errors import BadInput, LimitReached
from clew.kg.graph.graph import Graph
from clew.kg.time_limit import looking
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.tokens.token_index import TokenIndex, UInt8

Nodes = Collection[int] | NDArray[np.integer]


@dataclass(frozen=True)
class PathFilter:
    """Conditions on every path; all of those given must hold.

    relations: the directed relations a path may take (None: all).
    forbidden: directed relations that no path takes.
    ends: the nodes a path may end at (None: all).
    nodes_at: position (1 .. max_hops) to the nodes a path may have there.
    edges: bool[num_edges] by edge id, the edges a path may walk (None: all): sources, validity times.
    nodes: the nodes a path may visit after its head (None: all).

    ``clew.tries.filters.conditions`` makes one of a graph's keys, files, languages and times.
    """

    relations: Collection[int] | None = None
    forbidden: Collection[int] = ()
    ends: Nodes | None = None
    nodes_at: Mapping[int, Nodes] = field(default_factory=dict)
    edges: Bool | None = None
    nodes: Nodes | None = None

    def check_positions(self, max_hops: int | None = None) -> None:
        """Raise BadInput for a condition on a position that no path, of so many hops, has."""
        if any(position < 1 for position in self.nodes_at):
            raise BadInput(f"positions start at 1; got {min(self.nodes_at)}")
        beyond = [position for position in self.nodes_at if max_hops is not None and position > max_hops]
        if beyond:
            raise BadInput(f"position {min(beyond)} is beyond the longest path of {max_hops} hops")

    def directed(self, num_relations: int) -> Bool:
        """Return bool[2R]: the directed relations that may be taken. Raises BadInput for one that is not there."""
        named, count = [*(self.relations or ()), *self.forbidden], 2 * num_relations
        if any(not 0 <= r < count for r in named):
            raise BadInput(f"a filter names a relation outside 0 .. {count - 1}")
        allowed = np.full(count, self.relations is None)
        allowed[list(self.relations or ())] = True
        allowed[list(self.forbidden)] = False
        return allowed

    def edges_of(self, num_edges: int) -> Bool | None:
        """Return the edge mask. Raises BadInput for one that is not of this many edges."""
        edges = self.edges
        if edges is not None and (len(edges) != num_edges or edges.dtype != np.bool_):
            raise BadInput(f"the edge mask must be bool[{num_edges}], not {edges.dtype}[{len(edges)}]")
        return edges


@dataclass(frozen=True, slots=True)
class LiveBits:
    """Bit h of ``item_live``: the item may be taken to arrive after h hops and the path can still be completed; of
    ``goes`` (by place): a path that is there after h hops may go on; of ``ends``: it may end, length permitting."""

    item_live: UInt8
    goes: UInt8
    ends: UInt8


def mask_of(nodes: Nodes, num_nodes: int) -> Bool:
    """Return bool[num_nodes] for a set of nodes. Raises BadInput for one that is not there."""
    ids = np.asarray(nodes if isinstance(nodes, np.ndarray) else list(nodes), np.int64)
    if len(ids) and not 0 <= ids.min() <= ids.max() < num_nodes:
        raise BadInput(f"a filter names a node outside 0 .. {num_nodes - 1}")
    mask = np.zeros(num_nodes, np.bool_)
    mask[ids] = True
    return mask


def nodes_of_types(graph: Graph, types: Nodes) -> Int32:
    """Return the nodes that have any of these class nodes as a type; none if the graph has no ``rdf:type``."""
    if graph.type_relation is None:
        return np.empty(0, np.int32)
    return graph.expand(np.asarray(list(types), np.int32), graph.type_relation + graph.num_relations)


def edges_of_sources(graph: Graph, keep: Callable[[str, int], bool]) -> Bool:
    """Return bool[num_edges]: whether ``keep(file, line)`` holds for where each edge was first read."""
    sources = (graph.edge_source(edge) for edge in range(graph.num_edges))
    return np.fromiter((keep(source.file, source.line) for source in sources), np.bool_, graph.num_edges)


def nodes_of_languages(graph: Graph, languages: Collection[str]) -> Int32:
    """Return every entity, every literal without a language, and the literals in one of these languages."""
    literals = range(graph.num_entities, graph.num_nodes)
    kept = [v for v in looking(literals) if (graph.literal(v).language or "") in ("", *languages)]
    return np.array([*range(graph.num_entities), *kept], np.int32)


def live_bits(index: TokenIndex, demands: PathFilter, min_hops: int, max_hops: int) -> LiveBits:
    """Work backwards from the ends: O(items x max_hops), no path is looked at.

    Raises:
        BadInput: a position, node, relation or mask that the graph does not have.
        LimitReached: an edge mask over a graph too large for 63-bit edge keys.
    """
    places, groups = len(index.order), index.num_groups
    demands.check_positions(max_hops)
    allowed = demands.directed(index.num_relations)[index.item[:groups]]
    may_take = np.repeat(allowed, np.diff(index.group_ptr))
    if demands.edges is not None:
        may_take &= _walkable(index, demands)
    every = np.ones(places, np.bool_)
    may_end = every if demands.ends is None else _mask(index, demands.ends)
    anywhere = every if demands.nodes is None else _mask(index, demands.nodes)
    item_live = np.zeros(groups + len(may_take), np.uint8)
    goes, ends = np.zeros(places, np.uint8), np.zeros(places, np.uint8)
    for hop in range(max_hops, 0, -1):
        there = anywhere & _mask(index, demands.nodes_at[hop]) if hop in demands.nodes_at else anywhere
        ends |= ((may_end & there) << hop).astype(np.uint8)
        onward = index.onward & ((goes >> hop) & 1).astype(np.bool_)
        alive = there & (onward | may_end if hop >= min_hops else onward)
        _mark(
            hop,
            alive,
            may_take,
            index.num_directed,
            index.item,
            index.group_ptr,
            index.node_ptr,
            item_live,
            goes,
        )
    return LiveBits(frozen(item_live), frozen(goes), frozen(ends))


@kernel
def _mark(
    hop: int, alive: Bool, may_take: Bool, directed: int, item: Int32, group_ptr: Int32, node_ptr: Int32,
    item_live: UInt8, goes: UInt8,
) -> None:  # fmt: skip
    """Set bit ``hop`` of each target that is alive there, and of its group; bit ``hop - 1`` of its source."""
    groups = len(group_ptr) - 1
    arriving, leaving = np.uint8(1 << hop), np.uint8(1 << (hop - 1))
    for v in range(len(node_ptr) - 1):
        for g in range(node_ptr[v], node_ptr[v + 1]):
            for i in range(group_ptr[g], group_ptr[g + 1]):
                if may_take[i - groups] and alive[item[i] - directed]:
                    item_live[i] |= arriving
                    item_live[g] |= arriving
                    goes[v] |= leaving


def _mask(index: TokenIndex, nodes: Nodes) -> Bool:
    """Return bool by place for a set of nodes."""
    return mask_of(nodes, len(index.order))[index.order]


def _walkable(index: TokenIndex, demands: PathFilter) -> Bool:
    """Return bool per target: whether its edge is one of those given by edge id."""
    ids = edge_ids(index)
    edges = demands.edges_of(int(ids.max(initial=-1)) + 1)
    assert edges is not None
    return edges[ids]


def edge_ids(index: TokenIndex) -> Int64:
    """Return the graph's edge id of each target, shape ``[I]``: edges are numbered by (head, relation, tail)."""
    nodes, relations = len(index.order), index.num_relations
    if nodes * nodes * max(relations, 1) >= 2**62:
        raise LimitReached(f"edge filters need fewer than 2^62 possible edges; this graph has {nodes} nodes")
    group_relation = index.item[: index.num_groups].astype(np.int64)
    relation = np.repeat(group_relation, np.diff(index.group_ptr))
    group_source = np.repeat(index.order.astype(np.int64), np.diff(index.node_ptr))
    source = np.repeat(group_source, np.diff(index.group_ptr))
    target = index.order[index.item[index.num_groups :] - index.num_directed].astype(np.int64)
    back = relation >= relations
    head, tail = np.where(back, target, source), np.where(back, source, target)
    keys = (head * relations + relation % max(relations, 1)) * nodes + tail
    return np.searchsorted(np.unique(keys[~back]), keys)
