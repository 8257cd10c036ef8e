"""Compiled numbering of what literals end with: of their suffixes, and of the units behind numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.tries.columns.numerals import leading_number

Array = np.ndarray[Any, np.dtype[Any]]


@kernel
def suffix_ids(blob: Array, offsets: Array, first: int, ids: Array, rows: Array) -> int:
    """Number the suffixes of the literals from node ``first`` on, in ``ids`` (int32; -1: there are more than fit into
    ``rows``, int64, which takes a node that has each). Return how many there are."""
    slots = np.full(4 * len(rows), -1, np.int64)
    count = 0
    for i in range(len(ids)):
        end = np.int64(offsets[first + i + 1])
        cut = end
        spread = np.uint64(1469598103934665603)
        while blob[cut - 1] != 0:
            cut -= 1
            spread = (spread ^ np.uint64(blob[cut])) * np.uint64(1099511628211)
        slot = np.int64(spread % np.uint64(len(slots)))
        while slots[slot] >= 0 and not _has_suffix(blob, offsets, rows[slots[slot]], cut, end):
            slot = (slot + 1) % len(slots)
        if slots[slot] < 0 and count < len(rows):
            slots[slot] = count
            rows[count] = first + i
            count += 1
        ids[i] = slots[slot]
    return count


@kernel
def _has_suffix(blob: Array, offsets: Array, row: int, cut: Any, end: Any) -> bool:
    """Whether the literal of a row has the suffix ``blob[cut:end]``."""
    stop = np.int64(offsets[row + 1])
    size = end - cut
    if stop - np.int64(offsets[row]) <= size or blob[stop - size - 1] != 0:
        return False
    return _alike(blob, stop - size, stop, cut, end)


@kernel
def tail_ids(
    blob: Array, offsets: Array, nodes: Array, sizes: Array, ids: Array, rows: Array, whole: Array, part: Array
) -> int:
    """Read the numbers that the texts ``nodes`` (with suffixes of ``sizes`` bytes) begin with, in ``whole`` and
    ``part``; number what follows them, in ``ids`` (-1: no number, or more than fit into ``rows``, which takes an index
    of ``nodes`` that has each). Return how many there are."""
    slots = np.full(4 * len(rows), -1, np.int64)
    cuts = np.zeros(len(nodes), np.int64)
    count = 0
    for i in range(len(nodes)):
        ids[i] = -1
        start, stop = np.int64(offsets[nodes[i]]) + 1, np.int64(offsets[nodes[i] + 1]) - sizes[i] - 1
        found, whole[i], part[i], cut = leading_number(blob, start, stop)
        if not found:
            continue
        cuts[i] = cut
        spread = np.uint64(1469598103934665603)
        for place in range(cut, stop):
            spread = (spread ^ np.uint64(blob[place])) * np.uint64(1099511628211)
        slot = np.int64(spread % np.uint64(len(slots)))
        while slots[slot] >= 0:
            other = rows[slots[slot]]
            end = np.int64(offsets[nodes[other] + 1]) - sizes[other] - 1
            if _alike(blob, cut, stop, cuts[other], end):
                break
            slot = (slot + 1) % len(slots)
        if slots[slot] < 0 and count < len(rows):
            slots[slot] = count
            rows[count] = i
            count += 1
        ids[i] = slots[slot]
    return count


@kernel
def _alike(blob: Array, start: Any, stop: Any, other: Any, end: Any) -> bool:
    if stop - start != end - other:
        return False
    for i in range(stop - start):  # noqa: SIM110 - compiled
        if blob[start + i] != blob[other + i]:
            return False
    return True
