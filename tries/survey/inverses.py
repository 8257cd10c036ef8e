"""Detects redundant relations: inverse pairs such as ``parents`` and ``children``, and symmetric ones such as
``borders``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import kernel
from clew.kg.columnar.kernels import position_of, skip_run
from clew.kg.graph.graph import Graph
from clew.tries.survey.picks import Picks, pick

CONTAINED = 0.95
"""Share of a relation's swapped pairs that another must hold for its inverse walk to be redundant: graphs written by
people miss a few."""
LARGER = 1.25
"""How much larger that other relation may be: one that holds much more (``located in`` against the inverse of
``capital``) says something else."""

Array = np.ndarray[Any, np.dtype[Any]]
Int64 = NDArray[np.int64]


def redundant_inverses(graph: Graph, judged: Picks | None = None) -> frozenset[int]:
    """Return the directed relations (in ``[R, 2R)``) whose every walk another forward relation offers too.

    ``r + R`` is redundant if some relation s (r itself, when symmetric) holds at least ``CONTAINED`` of r's pairs the
    other way round and little else.

    It is exact, and nothing is compared that cannot be redundant: s may miss ``k`` pairs of r at most, so of any
    ``k + 1`` of them it holds one. The relations that run the other way in ``k + 1`` pairs (a twentieth of all) are
    therefore all that come into question; of them, those that may still hold enough are counted over all pairs of r,
    the most promising of each relation first. Time: a pass over the edges, and another for each further candidate of a
    relation, of which there is seldom one.

    ``judged``: the outgoing edges at ``judging_ranks``, where they are at hand; of some relations only, where no others
    are asked about.
    """
    sizes = np.asarray(graph.arrays["relation_count"], dtype=np.int64)
    candidates = _candidates(graph, sizes, judged or pick(graph.out, judging_ranks(graph)))
    found: set[int] = set()
    while candidates:
        tried = {r: rest[0] for r, rest in candidates.items()}
        held = _held(graph, tried)
        found |= {r + graph.num_relations for r in tried if held[r] / sizes[r] >= CONTAINED}
        candidates = {
            r: rest[1:] for r, rest in candidates.items() if rest[1:] and r + graph.num_relations not in found
        }
    return frozenset(found)


def judging_ranks(graph: Graph, relations: NDArray[np.bool_] | None = None) -> list[Int64]:
    """The ranks of the pairs of each relation by which others are judged: as many pairs as tell for sure.

    ``relations`` bool[R]: of which there are to be any (None: of all).
    """
    sizes = np.asarray(graph.arrays["relation_count"], dtype=np.int64)
    if relations is not None:
        sizes = np.where(relations, sizes, 0)
    checked = np.minimum(_may_miss(sizes) + 1, sizes).tolist()
    return [
        np.arange(count, dtype=np.int64) * size // max(count, 1)
        for count, size in zip(checked, sizes.tolist(), strict=True)
    ]


def may_hold(sizes: Int64, of: Array | int, relation: Array | int) -> NDArray[np.bool_]:
    """Whether a ``relation`` is of a size to make that ``of`` another redundant, given the sizes of all."""
    size, other = sizes[of], sizes[relation]
    fits: NDArray[np.bool_] = (CONTAINED * size <= other) & (other <= LARGER * size)
    return fits


def _may_miss(sizes: Int64) -> Int64:
    """The most pairs of each relation that may be missing, so that the share of those held is ``CONTAINED`` or more."""
    most = (sizes * (1 - CONTAINED)).astype(np.int64) + 1
    for _ in range(2):  # rounding aside, one step is enough
        most -= (sizes - most) / np.maximum(sizes, 1) < CONTAINED
    return np.maximum(most, 0)


def _candidates(graph: Graph, sizes: Int64, some: Picks) -> dict[int, list[int]]:
    """The relations of fitting size that may hold enough of a relation's pairs the other way round, the most promising
    first, judged by ``some`` of its pairs, as many as tell for sure."""
    out, inc, missing = graph.out, graph.inc, _may_miss(sizes)
    tails = out.node[some.position]
    counts = np.zeros(graph.num_relations, np.int64)
    found: dict[int, list[int]] = {}
    for r in np.flatnonzero(np.diff(some.ptr)).tolist():
        pairs = slice(some.ptr[r], some.ptr[r + 1])
        heads, ends = some.owner[pairs], tails[pairs]
        seen = _opposite(out.ptr, out.relation, out.node, inc.ptr, inc.relation, inc.node, heads, ends, counts)
        fit = seen[may_hold(sizes, r, seen)]
        fit = fit[len(heads) - counts[fit] <= missing[r]]
        if len(fit):
            found[r] = fit[np.lexsort((fit, -counts[fit]))].tolist()
        counts[seen] = 0
    return found


def _held(graph: Graph, tried: dict[int, int]) -> Int64:
    """How many of each relation's pairs the one tried for it holds the other way round."""
    other = np.full(graph.num_relations, -1, np.int64)
    other[list(tried)] = list(tried.values())
    held = np.zeros(graph.num_relations, np.int64)
    _count_held(graph.out.ptr, graph.out.relation, graph.out.node, other, held)
    return held


@kernel
def _opposite(
    out_ptr: Array, out_relation: Array, out_node: Array, inc_ptr: Array, inc_relation: Array, inc_node: Array,
    heads: Array, tails: Array, counts: Array,
) -> Array:  # fmt: skip
    """Count in ``counts`` (all zero) how many of the pairs each relation holds the other way round; return those that
    hold any. Looks into the smaller of the two rows that an edge is in."""
    found = np.empty(len(counts), np.int64)
    size = 0
    for i in range(len(heads)):
        head, tail = heads[i], tails[i]
        ptr, relation, node, start, end = out_ptr, out_relation, out_node, tail, head
        if inc_ptr[head + 1] - inc_ptr[head] < out_ptr[tail + 1] - out_ptr[tail]:
            ptr, relation, node, start, end = inc_ptr, inc_relation, inc_node, head, tail
        place, stop = ptr[start], ptr[start + 1]
        while place < stop:
            after = skip_run(relation, place, stop)
            low, high = place, after
            while low < high:
                middle = (low + high) >> 1
                if node[middle] < end:
                    low = middle + 1
                else:
                    high = middle
            if low < after and node[low] == end:
                r = relation[place]
                if counts[r] == 0:
                    found[size] = r
                    size += 1
                counts[r] += 1
            place = after
    return found[:size].copy()


@kernel
def _count_held(ptr: Array, relation: Array, node: Array, other: Array, held: Array) -> None:
    """Count, per relation r, the pairs that ``other[r]`` (-1: none) holds the other way round."""
    for head in range(len(ptr) - 1):
        for place in range(ptr[head], ptr[head + 1]):
            r = relation[place]
            if other[r] >= 0 and position_of(ptr, relation, node, node[place], other[r], head) >= 0:
                held[r] += 1
