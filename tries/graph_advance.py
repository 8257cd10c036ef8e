"""Compiled transition of the graph automaton; see ``tries.graph_kernels`` for the terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from tries.compiled import kernel
from tries.constraint import Bool, Int32, Int64
from tries.graph_kernels import ALIVE, COMPLETE, DEAD, bound, closing, is_live, may_go, token_at
from tries.token_index import Int8, UInt8


@kernel
def room(
    status: Int8, depth: Int32, elem_ptr: Int64, lo: Int64, hi: Int64, token: Int32, separator: int,
    item: Int32, klass: Int32, ptr: Int32, tokens: Int32,
) -> int:  # fmt: skip
    """Return an upper bound of the elements after this token: one per ended item where a label closes."""
    size = 0
    for b in range(len(status)):
        first, last = elem_ptr[b], elem_ptr[b + 1]
        if token[b] == separator and depth[b] > 0:
            for e in range(first, last):
                if token_at(lo[e], depth[b], item, klass, ptr, tokens) < 0:
                    size += bound(lo[e], hi[e], depth[b], 0, item, klass, ptr, tokens) - lo[e]
        else:
            size += last - first
    return size


@kernel
def narrow(
    b: int, t: int, k: int, depth: Int32, hop: Int32, elem_ptr: Int64, lo: Int64, hi: Int64, seen: Int32,
    new_lo: Int64, new_hi: Int64, new_seen: Int32,
    low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, klass: Int32, ptr: Int32, tokens: Int32, group_ptr: Int32, node_ptr: Int32,
    onward: Bool, item_live: UInt8, ends: UInt8,
) -> int:  # fmt: skip
    """Write the elements of row b narrowed to the label token t from index k on; return the index after them."""
    groups = len(group_ptr) - 1
    for e in range(elem_ptr[b], elem_ptr[b + 1]):
        first = bound(lo[e], hi[e], depth[b], t, item, klass, ptr, tokens)
        last = bound(first, hi[e], depth[b], t + 1, item, klass, ptr, tokens)
        taken = first < last
        if taken and (filtered or simple):
            arrival = hop[b] + 1 if first < groups else hop[b]
            taken = False
            for i in range(first, last):
                if is_live(
                    i, arrival, seen[e], low, high, filtered, simple, directed,
                    item, group_ptr, node_ptr, onward, item_live, ends,
                ):  # fmt: skip
                    taken = True
                    break
        if taken:
            new_lo[k], new_hi[k] = first, last
            new_seen[k] = seen[e]
            k += 1
    return k


@kernel
def open_targets(
    b: int, k: int, depth: Int32, hop: Int32, elem_ptr: Int64, lo: Int64, hi: Int64, seen: Int32,
    new_lo: Int64, new_hi: Int64, new_seen: Int32,
    low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, klass: Int32, ptr: Int32, tokens: Int32, group_ptr: Int32, node_ptr: Int32,
    onward: Bool, item_live: UInt8, ends: UInt8,
) -> int:  # fmt: skip
    """Write the targets of every ended live group of row b as elements; return the index after them."""
    for e in range(elem_ptr[b], elem_ptr[b + 1]):
        if token_at(lo[e], depth[b], item, klass, ptr, tokens) >= 0:
            continue
        for i in range(lo[e], bound(lo[e], hi[e], depth[b], 0, item, klass, ptr, tokens)):
            if is_live(
                i, hop[b] + 1, seen[e], low, high, filtered, simple, directed,
                item, group_ptr, node_ptr, onward, item_live, ends,
            ):  # fmt: skip
                new_lo[k], new_hi[k] = group_ptr[i], group_ptr[i + 1]
                new_seen[k] = seen[e]
                k += 1
    return k


@kernel
def open_groups(
    b: int, k: int, depth: Int32, hop: Int32, elem_ptr: Int64, lo: Int64, hi: Int64, seen: Int32,
    new_lo: Int64, new_hi: Int64, new_seen: Int32,
    low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, klass: Int32, ptr: Int32, tokens: Int32, group_ptr: Int32, node_ptr: Int32,
    onward: Bool, item_live: UInt8, goes: UInt8, ends: UInt8,
) -> int:  # fmt: skip
    """Write the groups of every ended live node of row b that may go on; return the index after them.

    A node reached through several elements is written once, unless walks must be simple: then each keeps its history.
    """
    begin = k
    for e in range(elem_ptr[b], elem_ptr[b + 1]):
        if token_at(lo[e], depth[b], item, klass, ptr, tokens) >= 0:
            continue
        for i in range(lo[e], bound(lo[e], hi[e], depth[b], 0, item, klass, ptr, tokens)):
            v = item[i] - directed
            if not is_live(
                i, hop[b], seen[e], low, high, filtered, simple, directed,
                item, group_ptr, node_ptr, onward, item_live, ends,
            ) or not may_go(
                v, hop[b], seen[e], low, high, filtered, simple, directed,
                item, group_ptr, node_ptr, onward, item_live, goes, ends,
            ):  # fmt: skip
                continue
            new_lo[k], new_hi[k] = node_ptr[v], node_ptr[v + 1]
            new_seen[k] = seen[e]
            if simple:
                new_seen[k, hop[b]] = v
            k += 1
    if not simple and elem_ptr[b + 1] - elem_ptr[b] > 1:
        new_lo[begin:k].sort()  # groups of distinct places do not overlap: ends ascend with starts
        new_hi[begin:k].sort()
        last = begin
        for i in range(begin, k):
            if i == begin or new_lo[i] != new_lo[last - 1]:
                new_lo[last], new_hi[last] = new_lo[i], new_hi[i]
                last += 1
        k = last
    return k


@kernel
def advance_rows(
    token: Int32, status: Int8, depth: Int32, hop: Int32, trace: Int32, elem_ptr: Int64, lo: Int64, hi: Int64,
    seen: Int32, separator: int, end: int, low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, lcp: UInt8, klass: Int32, ptr: Int32, tokens: Int32, group_ptr: Int32, node_ptr: Int32,
    onward: Bool, item_live: UInt8, goes: UInt8, ends: UInt8,
) -> Any:  # fmt: skip
    """Return (status, depth, hop, trace, elem_ptr, lo, hi, seen) after each row's token."""
    rows = len(status)
    size = room(status, depth, elem_ptr, lo, hi, token, separator, item, klass, ptr, tokens)
    new_lo, new_hi = np.empty(size, np.int64), np.empty(size, np.int64)
    new_seen = np.empty((size, seen.shape[1]), np.int32)
    new_status, new_depth, new_hop = np.full(rows, DEAD, np.int8), depth.copy(), hop.copy()
    new_trace, new_ptr = trace.copy(), np.zeros(rows + 1, np.int64)
    groups = len(group_ptr) - 1
    k = 0
    for b in range(rows):
        first, t, d = elem_ptr[b], token[b], depth[b]
        begin = k
        if status[b] == ALIVE and first < elem_ptr[b + 1] and t >= 0:
            relation = lo[first] < groups
            closes = d > 0 and t in (separator, end)
            if closes:
                for e in range(first, elem_ptr[b + 1]):
                    if token_at(lo[e], d, item, klass, ptr, tokens) < 0:
                        taken = 2 * hop[b] if relation else 2 * hop[b] - 1
                        new_trace[b, taken] = klass[item[lo[e]]]
                        break
            if closes and t == end:
                for e in range(first, elem_ptr[b + 1]):
                    if not relation and token_at(lo[e], d, item, klass, ptr, tokens) < 0 and closing(
                        e, d, hop[b], lo, hi, seen, low, high, filtered, simple, directed,
                        item, klass, ptr, tokens, group_ptr, node_ptr, onward, item_live, goes, ends,
                    )[2]:  # fmt: skip
                        new_status[b] = COMPLETE
                        break
            elif closes and relation:
                k = open_targets(
                    b, k, depth, hop, elem_ptr, lo, hi, seen, new_lo, new_hi, new_seen, low, high, filtered, simple,
                    directed, item, klass, ptr, tokens, group_ptr, node_ptr, onward, item_live, ends,
                )  # fmt: skip
                new_depth[b], new_hop[b] = 1, hop[b] + 1
            elif closes:
                k = open_groups(
                    b, k, depth, hop, elem_ptr, lo, hi, seen, new_lo, new_hi, new_seen, low, high, filtered, simple,
                    directed, item, klass, ptr, tokens, group_ptr, node_ptr, onward, item_live, goes, ends,
                )  # fmt: skip
                new_depth[b] = 1
            else:
                k = narrow(
                    b, t, k, depth, hop, elem_ptr, lo, hi, seen, new_lo, new_hi, new_seen, low, high, filtered, simple,
                    directed, item, klass, ptr, tokens, group_ptr, node_ptr, onward, item_live, ends,
                )  # fmt: skip
                new_depth[b] = d + 1
            if k > begin:
                new_status[b] = ALIVE
        new_ptr[b + 1] = k
    return new_status, new_depth, new_hop, new_trace, new_ptr, new_lo[:k], new_hi[:k], new_seen[:k]


@kernel
def gather(rows: Int64, elem_ptr: Int64, lo: Int64, hi: Int64, seen: Int32) -> Any:
    """Return (elem_ptr, lo, hi, seen) of the rows at these indices."""
    new_ptr = np.zeros(len(rows) + 1, np.int64)
    for j in range(len(rows)):
        new_ptr[j + 1] = new_ptr[j] + elem_ptr[rows[j] + 1] - elem_ptr[rows[j]]
    size = new_ptr[-1]
    new_lo, new_hi = np.empty(size, np.int64), np.empty(size, np.int64)
    new_seen = np.empty((size, seen.shape[1]), np.int32)
    for j in range(len(rows)):
        begin = elem_ptr[rows[j]]
        for i in range(new_ptr[j + 1] - new_ptr[j]):
            new_lo[new_ptr[j] + i], new_hi[new_ptr[j] + i] = lo[begin + i], hi[begin + i]
            new_seen[new_ptr[j] + i] = seen[begin + i]
    return new_ptr, new_lo, new_hi, new_seen
