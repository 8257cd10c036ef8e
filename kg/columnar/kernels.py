"""Compiled loops over adjacency. Rows are sorted by (relation, node), so a relation's nodes are one ascending run."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel

Array = np.ndarray[Any, np.dtype[Any]]


@kernel
def run_of(relation: Array, low: int, high: int, wanted: int) -> tuple[int, int]:
    """The run ``[first, last)`` of ``wanted`` within the ascending ``relation[low:high]``, by binary search."""
    end = high
    while low < high:
        middle = (low + high) // 2
        if relation[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    first, high = low, end
    while low < high:
        middle = (low + high) // 2
        if relation[middle] <= wanted:
            low = middle + 1
        else:
            high = middle
    return first, low


@kernel
def position_of(ptr: Array, relation: Array, node: Array, start: int, wanted: int, end_node: int) -> int:
    """The position in ``start``'s row of (``wanted``, ``end_node``), or -1."""
    low, high = run_of(relation, ptr[start], ptr[start + 1], wanted)
    stop = high
    while low < high:
        middle = (low + high) // 2
        if node[middle] < end_node:
            low = middle + 1
        else:
            high = middle
    return low if low < stop and node[low] == end_node else -1


@kernel
def skip_run(relation: Array, position: int, end: int) -> int:
    """The first position after ``position`` with another relation, by galloping: O(log run), not O(run)."""
    current, step = relation[position], 1
    low = position
    while position + step < end and relation[position + step] == current:
        low = position + step
        step *= 2
    high = min(position + step, end)
    low += 1
    while low < high:
        middle = (low + high) // 2
        if relation[middle] == current:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def mark_relations(ptr: Array, relation: Array, nodes: Array, seen: Array, offset: int) -> None:
    """Set ``seen[offset + r]`` for every relation r in the rows of ``nodes``."""
    for node in nodes:
        position, end = ptr[node], ptr[node + 1]
        while position < end:
            seen[offset + relation[position]] = True
            position = skip_run(relation, position, end)


@kernel
def expand_rows(ptr: Array, relation: Array, node: Array, starts: Array, wanted: int, num_nodes: int) -> Array:
    """Distinct nodes in the runs of ``wanted`` of all ``starts``, ascending, int32.

    Small results are sorted, large ones marked in a bitmap: min(k log k, num_nodes) work over the k hits.
    """
    total = 0
    first = np.empty(len(starts), np.int64)
    last = np.empty(len(starts), np.int64)
    for i in range(len(starts)):
        first[i], last[i] = run_of(relation, ptr[starts[i]], ptr[starts[i] + 1], wanted)
        total += last[i] - first[i]
    if total * 8 > num_nodes:
        marked: Array = _distinct_by_mark(node, first, last, num_nodes)
        return marked
    hits = np.empty(total, np.int32)
    filled = 0
    for i in range(len(starts)):
        for position in range(first[i], last[i]):
            hits[filled] = node[position]
            filled += 1
    hits.sort()
    kept = 0
    for i in range(total):
        if i == 0 or hits[i] != hits[i - 1]:
            hits[kept] = hits[i]
            kept += 1
    return hits[:kept].copy()


@kernel
def _distinct_by_mark(node: Array, first: Array, last: Array, num_nodes: int) -> Array:
    mark = np.zeros(num_nodes, np.bool_)
    kept = 0
    for i in range(len(first)):
        for position in range(first[i], last[i]):
            if not mark[node[position]]:
                mark[node[position]] = True
                kept += 1
    found = np.empty(kept, np.int32)
    filled = 0
    for candidate in range(num_nodes):
        if mark[candidate]:
            found[filled] = candidate
            filled += 1
    return found
