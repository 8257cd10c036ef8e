"""Lists the paths from a node, within a budget, to fill the KG-Trie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.errors import UnknownNode
from clew.tries.constraint import Bool, Int32, SpelledPath
from clew.tries.tokens.token_index import TokenIndex


@dataclass(frozen=True, slots=True)
class Paths:
    """Paths of the graph, shortest first; ``truncated`` if the budget left some out."""

    paths: list[SpelledPath]
    truncated: bool


def enumerate_paths(index: TokenIndex, head: int, max_hops: int, min_hops: int = 1, budget: int = 100_000) -> Paths:
    """Return every path of ``min_hops .. max_hops`` hops from a node, breadth first, until the budget is spent.

    GCR's ``dfs`` (arXiv 2410.13080, section 4.1) collects the same set for a hop limit; it drops parallel edges (its
    graph keeps one relation per pair of nodes) and goes one hop too far, which this does not. Literals end a path.

    Args:
        index: whose graph is walked, inverse edges included if it was built with them.
        head: the node all paths start from.
        max_hops: longest path.
        min_hops: shortest path given.
        budget: most paths, partial ones of shorter lengths included, held at any one length and given in all.

    Raises:
        UnknownNode: no such node.
    """
    if not 0 <= head < len(index.place):
        raise UnknownNode(f"no node {head} in an index of {len(index.place)} nodes")
    places, relations = np.full((1, 1), index.place[head], np.int32), np.empty((1, 0), np.int32)
    found: list[SpelledPath] = []
    truncated = False
    for hop in range(1, max_hops + 1):
        places, relations, cut = _extend(
            places, relations, budget, index.num_directed,
            index.item, index.group_ptr, index.node_ptr, index.onward,
        )  # fmt: skip
        truncated |= bool(cut)
        if hop < min_hops:
            continue
        room = budget - len(found)
        truncated |= len(places) > room
        nodes = index.order[places[:room]]
        found += [
            SpelledPath(tuple(n), tuple(r)) for n, r in zip(nodes.tolist(), relations[:room].tolist(), strict=True)
        ]
    return Paths(found, truncated)


@kernel
def _extend(
    places: Int32, relations: Int32, budget: int, directed: int,
    item: Int32, group_ptr: Int32, node_ptr: Int32, onward: Bool,
) -> Any:  # fmt: skip
    """Return the paths one hop longer, at most ``budget`` of them, and whether that cut any."""
    hops = relations.shape[1]
    size = 0
    for p in range(len(places)):
        v = places[p, hops]
        if hops == 0 or onward[v]:
            size += group_ptr[node_ptr[v + 1]] - group_ptr[node_ptr[v]]
    kept = min(size, budget)
    new_places, new_relations = np.empty((kept, hops + 2), np.int32), np.empty((kept, hops + 1), np.int32)
    k = 0
    for p in range(len(places)):
        v = places[p, hops]
        if hops and not onward[v]:
            continue
        for g in range(node_ptr[v], node_ptr[v + 1]):
            for i in range(group_ptr[g], group_ptr[g + 1]):
                if k == kept:
                    return new_places, new_relations, size > kept
                new_places[k, : hops + 1], new_places[k, hops + 1] = places[p], item[i] - directed
                new_relations[k, :hops], new_relations[k, hops] = relations[p], item[g]
                k += 1
    return new_places, new_relations, size > kept
