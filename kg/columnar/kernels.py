"""Compiled loops over adjacency. Rows are sorted by (relation, node), so a relation's nodes are one ascending run."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel, kernel_of
from clew.kg.limits import MAX_EDGES_PER_LOOK
from clew.kg.time_limit import OutOfTime, look

Array = np.ndarray[Any, np.dtype[Any]]

NO_NODE = -1
"""Excludes no node."""
ALL_LIVE = np.empty(0, np.bool_)
"""The mask that leaves every node."""
ALL_LIVE.setflags(write=False)
_SEARCH = 40
"""Steps of a binary search, about."""


def steps_around(ptr: Array, nodes: Array) -> int:
    """About how many steps a kernel takes that looks at every edge of some nodes."""
    return len(nodes) + int((ptr[nodes + 1] - ptr[nodes]).sum())


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


@kernel_of(lambda *_: _SEARCH)
def run_of(relation: Array, low: int, high: int, wanted: int) -> tuple[int, int]:
    """The run ``[first, last)`` of ``wanted`` within the ascending ``relation[low:high]``."""
    first = first_of(relation, low, high, wanted)
    return first, first_of(relation, first, high, wanted + 1)


@kernel_of(lambda ptr, relation, nodes, *_: _SEARCH * len(nodes))
def runs_of(ptr: Array, relation: Array, nodes: Array, wanted: int, first: Array, last: Array) -> None:
    """The run of ``wanted`` in the row of each of ``nodes``, in ``first`` and ``last``."""
    for i in range(len(nodes)):
        first[i], last[i] = run_of(relation, ptr[nodes[i]], ptr[nodes[i] + 1], wanted)


@kernel_of(lambda *_: 2 * _SEARCH)
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


@kernel_of(lambda ptr, relation, node, nodes, *_: steps_around(ptr, nodes))
def _mark_some(
    ptr: Array, relation: Array, node: Array, nodes: Array, excluded: int, live: Array, seen: Array, offset: int,
    at: int, edges: int
) -> int:  # fmt: skip
    """Do what ``mark_relations`` does for ``nodes[at:]`` until some ``edges`` are looked at; return where to go on."""
    while at < len(nodes) and edges > 0:
        start = nodes[at]
        at += 1
        edges -= 1
        position, end = ptr[start], ptr[start + 1]
        while position < end:
            after = skip_run(relation, position, end)
            if not seen[offset + relation[position]]:
                for i in range(position, after):
                    if node[i] != excluded and (not len(live) or live[node[i]]):
                        seen[offset + relation[position]] = True
                        break
                    edges -= 1
            position = after
            edges -= 1
    return at


def mark_relations(
    ptr: Array, relation: Array, node: Array, nodes: Array, excluded: int, live: Array, seen: Array, offset: int
) -> None:
    """Set ``seen[offset + r]`` for every relation r that leads from any of ``nodes`` to a node that counts: not
    ``excluded`` (-1: none is), and ``live``, a mask of nodes (empty: all are). Raises ``OutOfTime``."""
    at = 0
    while at < len(nodes):
        look()
        at = _mark_some(ptr, relation, node, nodes, excluded, live, seen, offset, at, MAX_EDGES_PER_LOOK)


@kernel_of(lambda ptr, relation, node, starts, *_: 2 * steps_around(ptr, starts))
def _expand_some(
    ptr: Array, relation: Array, node: Array, starts: Array, wanted: int, excluded: int, live: Array, seen: Array,
    found: Array, count: int, at: int, edges: int
) -> tuple[int, int]:  # fmt: skip
    """Note in ``seen`` and ``found[count:]`` what ``expand_rows`` reaches from ``starts[at:]``, until some ``edges``
    are walked; return where to go on, and the new count."""
    while at < len(starts) and edges > 0:
        start = starts[at]
        at += 1
        edges -= 1
        i, end = first_of(relation, ptr[start], ptr[start + 1], wanted), ptr[start + 1]
        while i < end and relation[i] == wanted:
            reached = node[i]
            if reached != excluded and not seen[reached] and (not len(live) or live[reached]):
                seen[reached] = True
                found[count] = reached
                count += 1
            i += 1
            edges -= 1
    if at == len(starts):
        _settle(found[:count], seen)
    return at, count


@kernel
def _settle(found: Array, seen: Array) -> None:
    """Bring the nodes found, which are those seen, into ascending order, and leave none seen: a large result is read
    off ``seen``, a small one sorted."""
    if len(found) > len(seen) >> 5:
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


def expand_rows(
    ptr: Array, relation: Array, node: Array, starts: Array, wanted: int, excluded: int, live: Array, seen: Array
) -> Array:
    """Distinct nodes in the runs of ``wanted`` of all ``starts`` that count (as for ``mark_relations``), ascending,
    int32.

    ``seen`` holds False for every node, and does so again afterwards. O(hits + min(k log k, nodes)) for k results; a
    single start's run is copied. Raises ``OutOfTime``.
    """
    if len(starts) == 1:
        return _run(ptr, relation, node, int(starts[0]), wanted, excluded, live)
    found = np.empty(min(edges_of(ptr, starts), len(seen)), np.int32)
    at = count = 0
    try:
        while at < len(starts):
            look()
            at, count = _expand_some(
                ptr, relation, node, starts, wanted, excluded, live, seen, found, count, at, MAX_EDGES_PER_LOOK
            )
    except OutOfTime:
        seen[found[:count]] = False
        raise
    return found[:count].copy()


def _run(ptr: Array, relation: Array, node: Array, start: int, wanted: int, excluded: int, live: Array) -> Array:
    """The nodes in one run that count."""
    look()
    first, last = run_of(relation, ptr[start], ptr[start + 1], wanted)
    run = np.array(node[first:last], np.int32)
    place = int(np.searchsorted(run, np.int32(excluded)))
    if place < len(run) and run[place] == excluded:
        run = np.delete(run, place)
    return run[live[run]] if len(live) else run


@kernel_of(lambda ptr, starts: len(starts))
def edges_of(ptr: Array, starts: Array) -> int:
    """The length of all rows of ``starts``."""
    size = 0
    for start in starts:
        size += ptr[start + 1] - ptr[start]
    return size
