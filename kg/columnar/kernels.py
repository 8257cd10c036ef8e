"""Compiled loops over adjacency. Rows are sorted by (relation, node), so a relation's nodes are one ascending run."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel

Array = np.ndarray[Any, np.dtype[Any]]

NO_NODE = -1
"""Excludes no node."""
ALL_LIVE = np.empty(0, np.bool_)
"""The mask that leaves every node."""
ALL_LIVE.setflags(write=False)


@kernel
def first_of(relation: Array, low: int, high: int, wanted: int) -> int:
    """The first position in the ascending ``relation[low:high]`` that holds ``wanted`` or more, by binary search."""
    while low < high:
        middle = (low + high) >> 1
        if relation[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@kernel
def run_of(relation: Array, low: int, high: int, wanted: int) -> tuple[int, int]:
    """The run ``[first, last)`` of ``wanted`` within the ascending ``relation[low:high]``."""
    first = first_of(relation, low, high, wanted)
    return first, first_of(relation, first, high, wanted + 1)


@kernel
def runs_of(ptr: Array, relation: Array, nodes: Array, wanted: int, first: Array, last: Array) -> None:
    """The run of ``wanted`` in the row of each of ``nodes``, in ``first`` and ``last``."""
    for i in range(len(nodes)):
        first[i], last[i] = run_of(relation, ptr[nodes[i]], ptr[nodes[i] + 1], wanted)


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
def mark_relations(
    ptr: Array, relation: Array, node: Array, nodes: Array, excluded: int, live: Array, seen: Array, offset: int
) -> None:
    """Set ``seen[offset + r]`` for every relation r that leads from any of ``nodes`` to a node that counts: not
    ``excluded`` (-1: none is), and ``live``, a mask of nodes (empty: all are)."""
    for start in nodes:
        position, end = ptr[start], ptr[start + 1]
        while position < end:
            after = skip_run(relation, position, end)
            if not seen[offset + relation[position]]:
                for i in range(position, after):
                    if node[i] != excluded and (not len(live) or live[node[i]]):
                        seen[offset + relation[position]] = True
                        break
            position = after


@kernel
def expand_rows(
    ptr: Array, relation: Array, node: Array, starts: Array, wanted: int, excluded: int, live: Array, seen: Array
) -> Array:
    """Distinct nodes in the runs of ``wanted`` of all ``starts`` that count (as for ``mark_relations``), ascending,
    int32.

    ``seen`` holds False for every node, and does so again afterwards. A large result is read off it, a small one
    sorted: O(hits + min(k log k, nodes)) for k results.
    """
    size = 0
    for start in starts:
        first, last = run_of(relation, ptr[start], ptr[start + 1], wanted)
        size += last - first
    found = np.empty(min(size, len(seen)), np.int32)
    count = 0
    for start in starts:
        i, end = first_of(relation, ptr[start], ptr[start + 1], wanted), ptr[start + 1]
        while i < end and relation[i] == wanted:
            reached = node[i]
            if reached != excluded and not seen[reached] and (not len(live) or live[reached]):
                seen[reached] = True
                found[count] = reached
                count += 1
            i += 1
    found = found[:count]
    if count > len(seen) >> 5:
        filled = 0
        for candidate in range(len(seen)):
            if seen[candidate]:
                found[filled] = candidate
                filled += 1
                seen[candidate] = False
    else:
        found.sort()
        for reached in found:
            seen[reached] = False
    return found.copy()
