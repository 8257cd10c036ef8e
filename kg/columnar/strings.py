"""Sorting and copying of variable-length byte strings held in one blob."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.interner import same_bytes
from clew.kg.columnar.pool import StringPool, narrow_offsets

Array = np.ndarray[Any, np.dtype[Any]]


def sort_order(blob: Array, starts: Array, ends: Array) -> Array:
    """The order int64[n] that sorts the strings ``blob[starts[i]:ends[i]]`` by bytes (equal strings: any order).

    Multikey quicksort over eight bytes at a time (Bentley and Sedgewick 1997, with the cached super-alphabet of
    Ng and Kakehi 2007): the long common prefixes of IRIs are passed over once, not at every comparison.
    """
    order = np.arange(len(starts), dtype=np.int64)
    if len(starts) > 1:
        _multikey_sort(blob, starts, ends, order)
    return order


def gather(blob: Array, starts: Array, ends: Array, order: Array) -> StringPool:
    """The strings in ``order`` as a pool."""
    offsets = np.zeros(len(order) + 1, np.int64)
    np.cumsum(ends[order] - starts[order], out=offsets[1:])
    packed = np.empty(int(offsets[-1]), np.uint8)
    _copy(frozen(blob), starts, order, offsets, packed)
    return StringPool(packed, narrow_offsets(offsets))


def distinct(blob: Array, starts: Array, ends: Array) -> tuple[StringPool, Array]:
    """The distinct strings among ``blob[starts[i]:ends[i]]`` as a pool sorted by bytes, and the index in it of each of
    the n strings, int32[n]."""
    order = sort_order(blob, starts, ends)
    ids = np.empty(len(order), np.int32)
    firsts = order[_number(blob, starts, ends, order, ids)]
    return gather(blob, starts, ends, firsts), ids


@kernel
def _number(blob: Array, starts: Array, ends: Array, order: Array, ids: Array) -> Array:
    """Number the distinct strings in sorted ``order``; return, for each, the first position in it."""
    firsts = np.empty(len(order), np.int64)
    count = 0
    for i in range(len(order)):
        row, last = order[i], order[i - 1]
        length = ends[row] - starts[row]
        if (
            i == 0
            or ends[last] - starts[last] != length
            or not same_bytes(blob, starts[row], blob, starts[last], length)
        ):
            firsts[count] = i
            count += 1
        ids[row] = count - 1
    return firsts[:count].copy()


@kernel
def _copy(blob: Array, starts: Array, order: Array, offsets: Array, packed: Array) -> None:
    for i in range(len(order)):
        source = starts[order[i]] - offsets[i]
        for position in range(offsets[i], offsets[i + 1]):
            packed[position] = blob[source + position]


@kernel
def _word(blob: Array, start: int, end: int) -> Any:
    """The next eight bytes as a big-endian number, zeros beyond the end."""
    word = np.uint64(0)
    for i in range(8):
        word <<= np.uint64(8)
        if start + i < end:
            word |= np.uint64(blob[start + i])
    return word


@kernel
def _swap(order: Array, words: Array, left: int, right: int) -> None:
    order[left], order[right] = order[right], order[left]
    words[left], words[right] = words[right], words[left]


@kernel
def _multikey_sort(blob: Array, starts: Array, ends: Array, order: Array) -> None:
    words = np.empty(len(order), np.uint64)
    low_stack, high_stack, depth_stack = [0], [len(order)], [0]
    fresh_stack = [True]
    while len(low_stack) > 0:
        low, high, depth, fresh = low_stack.pop(), high_stack.pop(), depth_stack.pop(), fresh_stack.pop()
        if fresh:  # the words of this depth are not loaded yet
            low = _finish_ended(starts, ends, order, low, high, depth)
            for i in range(low, high):
                words[i] = _word(blob, starts[order[i]] + depth, ends[order[i]])
        if high - low < 2:
            continue
        less, greater = _partition(order, words, low, high)
        low_stack.append(low)
        high_stack.append(less)
        depth_stack.append(depth)
        fresh_stack.append(False)
        low_stack.append(greater)
        high_stack.append(high)
        depth_stack.append(depth)
        fresh_stack.append(False)
        if greater - less > 1:
            low_stack.append(less)
            high_stack.append(greater)
            depth_stack.append(depth + 8)
            fresh_stack.append(True)


@kernel
def _finish_ended(starts: Array, ends: Array, order: Array, low: int, high: int, depth: int) -> int:
    """Put strings that ended before ``depth`` first, shortest first; return where the others begin.

    All agree in their first ``depth`` bytes once padded with zeros, so those that ended differ in length only (by
    NULs), and each is a prefix of every longer one.
    """
    if depth == 0:
        return low
    front = low
    for i in range(low, high):
        if ends[order[i]] - starts[order[i]] <= depth:
            order[front], order[i] = order[i], order[front]
            front += 1
    for i in range(low + 1, front):
        position = i
        while position > low and (
            ends[order[position]] - starts[order[position]] < ends[order[position - 1]] - starts[order[position - 1]]
        ):
            order[position], order[position - 1] = order[position - 1], order[position]
            position -= 1
    return front


@kernel
def _partition(order: Array, words: Array, low: int, high: int) -> tuple[int, int]:
    """Split ``low..high`` into below, equal to and above a median-of-three word; the bounds of the equal part."""
    first, middle, last = words[low], words[(low + high) // 2], words[high - 1]
    pivot = max(min(first, middle), min(max(first, middle), last))
    less, position, greater = low, low, high
    while position < greater:
        if words[position] < pivot:
            _swap(order, words, less, position)
            less += 1
            position += 1
        elif words[position] > pivot:
            greater -= 1
            _swap(order, words, position, greater)
        else:
            position += 1
    return less, greater
