"""Detects redundant relations: inverse pairs such as ``parents`` and ``children``, and symmetric ones such as
``borders``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_COMPARED_RELATIONS

CONTAINED = 0.95
"""Share of a relation's swapped pairs that another must hold for its inverse walk to be redundant: graphs written by
people miss a few."""
LARGER = 1.25
"""How much larger that other relation may be: one that holds much more (``located in`` against the inverse of
``capital``) says something else."""

Int64 = NDArray[np.int64]


def redundant_inverses(graph: Graph) -> frozenset[int]:
    """Return the directed relations (in ``[R, 2R)``) whose every walk another forward relation offers too.

    ``r + R`` is redundant if some relation s (r itself, when symmetric) holds at least ``CONTAINED`` of r's pairs the
    other way round and little else. Time: O(E log E), and as much again per pair of relations of like size.
    """
    size = graph.num_relations
    if size > MAX_COMPARED_RELATIONS or not graph.num_edges:
        return frozenset()
    heads = np.repeat(np.arange(graph.num_nodes, dtype=np.int64), np.diff(graph.out.ptr))
    tails = graph.out.node.astype(np.int64)
    relation = np.asarray(graph.out.relation)
    order = np.argsort(relation, kind="stable")
    ptr = np.searchsorted(relation[order], np.arange(size + 1))
    pairs = [_codes(heads, tails, order[ptr[r] : ptr[r + 1]], graph.num_nodes) for r in range(size)]
    swapped = [_codes(tails, heads, order[ptr[r] : ptr[r + 1]], graph.num_nodes) for r in range(size)]
    found = {
        r + size
        for r in range(size)
        if any(_contained(swapped[r], pairs[s]) for s in range(size) if _alike(len(swapped[r]), len(pairs[s])))
    }
    return frozenset(found)


def _codes(first: Int64, second: Int64, edges: Int64, nodes: int) -> Int64:
    return np.sort(first[edges] * nodes + second[edges])


def _alike(some: int, others: int) -> bool:
    return CONTAINED * some <= others <= LARGER * some


def _contained(some: Int64, others: Int64) -> bool:
    if not len(some):
        return False
    probe = some[:: max(1, len(some) // 64)]
    if _share(probe, others) < CONTAINED - 0.2:  # a cheap look before the full comparison
        return False
    return _share(some, others) >= CONTAINED


def _share(some: Int64, others: Int64) -> float:
    at = np.searchsorted(others, some)
    hit = others[np.minimum(at, len(others) - 1)] == some
    return float(hit.mean())
