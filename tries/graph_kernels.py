"""Compiled steps of the graph automaton. Names are those of ``TokenIndex`` and ``GraphStates``.

An *element* of a row is a range ``[lo, hi)`` of items that share the first ``depth`` tokens: of groups while a relation
is being spelled, of targets while a node is. A row has several elements where a label stands for several nodes or
relations. The *arrival* of an item is the number of hops a path has once it has taken that item.

A walk is *live* if it can still be completed. ``filtered`` says whether ``item_live``, ``goes`` and ``ends`` (bit h:
at arrival or hop h) restrict it; ``simple`` whether no node may be visited twice, with ``seen[e, :arrival]`` the nodes
element e has visited.
"""

from __future__ import annotations

import numpy as np

from tries.compiled import kernel
from tries.constraint import Bool, Int32, Int64
from tries.token_index import Int8, UInt8

ALIVE, COMPLETE, DEAD = 0, 1, 2
NEVER = 1 << 30


@kernel
def token_at(i: int, depth: int, item: Int32, klass: Int32, ptr: Int32, tokens: Int32) -> int:
    """Return the token of item i's label at this depth, -1 where the label has ended."""
    c = klass[item[i]]
    p = ptr[c] + depth
    return tokens[p] if p < ptr[c + 1] else -1


@kernel
def bound(lo: int, hi: int, depth: int, token: int, item: Int32, klass: Int32, ptr: Int32, tokens: Int32) -> int:
    """Return the first item of ``[lo, hi)`` whose token at this depth is at least ``token`` (an ended label has -1)."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if token_at(middle, depth, item, klass, ptr, tokens) < token:
            lo = middle + 1
        else:
            hi = middle
    return lo


@kernel
def prefix_with_left(i: int, item: Int32, lcp: UInt8, klass: Int32, ptr: Int32, tokens: Int32) -> int:
    """Return the LCP of item i with its left neighbour, exact also where the byte is full."""
    common = np.int64(lcp[i])
    if common == 255:
        a, b = klass[item[i - 1]], klass[item[i]]
        shorter = min(ptr[a + 1] - ptr[a], ptr[b + 1] - ptr[b])
        while common < shorter and tokens[ptr[a] + common] == tokens[ptr[b] + common]:
            common += 1
    return int(common)


@kernel
def completes(
    v: int, hop: int, seen: Int32, low: int, high: int, filtered: bool, directed: int,
    item: Int32, group_ptr: Int32, node_ptr: Int32, onward: Bool, item_live: UInt8, ends: UInt8,
) -> bool:  # fmt: skip
    """Return whether some simple walk from place v, reached after ``hop`` hops through ``seen[:hop]``, may end."""
    if hop >= low and (not filtered or (ends[v] >> hop) & 1):
        return True
    if hop >= high or not onward[v]:
        return False
    path = np.empty(high + 1, np.int64)
    cursor = np.empty(high + 1, np.int64)
    path[:hop] = seen[:hop]
    path[hop], cursor[hop] = v, group_ptr[node_ptr[v]]
    level = hop
    while level >= hop:
        i = cursor[level]
        if i >= group_ptr[node_ptr[path[level] + 1]]:
            level -= 1
            continue
        cursor[level] += 1
        arrival = level + 1
        w = item[i] - directed
        if (filtered and not (item_live[i] >> arrival) & 1) or np.any(path[:arrival] == w):
            continue
        if arrival >= low and (not filtered or (ends[w] >> arrival) & 1):
            return True
        if arrival < high and onward[w]:
            path[arrival], cursor[arrival], level = w, group_ptr[node_ptr[w]], arrival
    return False


@kernel
def is_live(
    i: int, arrival: int, seen: Int32, low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, group_ptr: Int32, node_ptr: Int32, onward: Bool, item_live: UInt8, ends: UInt8,
) -> bool:  # fmt: skip
    """Return whether item i, group or target, may be taken so as to arrive after ``arrival`` hops."""
    if filtered and not (item_live[i] >> arrival) & 1:
        return False
    if not simple:
        return True
    groups = len(group_ptr) - 1
    first, last = (group_ptr[i], group_ptr[i + 1]) if i < groups else (np.int32(i), np.int32(i + 1))
    for j in range(first, last):
        if filtered and not (item_live[j] >> arrival) & 1:
            continue
        v = item[j] - directed
        if not np.any(seen[:arrival] == v) and completes(
            v, arrival, np.append(seen[:arrival], np.int32(v)), low, high, filtered, directed,
            item, group_ptr, node_ptr, onward, item_live, ends,
        ):  # fmt: skip
            return True
    return False


@kernel
def may_go(
    v: int, hop: int, seen: Int32, low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, group_ptr: Int32, node_ptr: Int32, onward: Bool, item_live: UInt8, goes: UInt8, ends: UInt8,
) -> bool:  # fmt: skip
    """Return whether a walk that has reached place v after ``hop`` hops may go on."""
    if hop >= high or not onward[v] or (filtered and not (goes[v] >> hop) & 1):
        return False
    if not simple:
        return True
    visited = np.append(seen[:hop], np.int32(v))
    for i in range(group_ptr[node_ptr[v]], group_ptr[node_ptr[v + 1]]):
        if is_live(
            i, hop + 1, visited, low, high, filtered, simple, directed,
            item, group_ptr, node_ptr, onward, item_live, ends,
        ):  # fmt: skip
            return True
    return False


@kernel
def closing(
    e: int, depth: int, hop: int, lo: Int64, hi: Int64, seen: Int32,
    low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, klass: Int32, ptr: Int32, tokens: Int32, group_ptr: Int32, node_ptr: Int32,
    onward: Bool, item_live: UInt8, goes: UInt8, ends: UInt8,
) -> tuple[int, bool, bool]:  # fmt: skip
    """Return, of element e, the end of its ended items, and whether the separator and the end may follow them."""
    middle = bound(lo[e], hi[e], depth, 0, item, klass, ptr, tokens)
    relation = lo[e] < len(group_ptr) - 1
    arrival = hop + 1 if relation else hop
    may_separate = may_end = False
    for i in range(lo[e], middle):
        if may_separate and (relation or may_end):
            break
        if not is_live(
            i, arrival, seen[e], low, high, filtered, simple, directed,
            item, group_ptr, node_ptr, onward, item_live, ends,
        ):  # fmt: skip
            continue
        if relation:
            may_separate = True
            continue
        v = item[i] - directed
        may_end |= hop >= low and (not filtered or ((ends[v] >> hop) & 1) == 1)
        may_separate |= may_go(
            v, hop, seen[e], low, high, filtered, simple, directed,
            item, group_ptr, node_ptr, onward, item_live, goes, ends,
        )  # fmt: skip
    return middle, may_separate, may_end


@kernel
def allowed_tokens(
    status: Int8, depth: Int32, hop: Int32, elem_ptr: Int64, lo: Int64, hi: Int64, seen: Int32,
    separator: int, end: int, low: int, high: int, filtered: bool, simple: bool, directed: int,
    item: Int32, lcp: UInt8, klass: Int32, ptr: Int32, tokens: Int32, group_ptr: Int32, node_ptr: Int32,
    onward: Bool, item_live: UInt8, goes: UInt8, ends: UInt8,
) -> tuple[Int64, Int32]:  # fmt: skip
    """Return (row_ptr, token_ids): label tokens ascending, then the separator, then the end token."""
    rows = len(status)
    size = 2 * rows
    for e in range(len(lo)):
        size += hi[e] - lo[e]
    out = np.empty(size, np.int32)
    row_ptr = np.zeros(rows + 1, np.int64)
    groups = len(group_ptr) - 1
    k = 0
    for b in range(rows):
        begin = k
        d = depth[b]
        row_separates = row_ends = False
        for e in range(elem_ptr[b], elem_ptr[b + 1]):
            middle = lo[e]
            if token_at(middle, d, item, klass, ptr, tokens) < 0:
                middle, separates, finishes = closing(
                    e, d, hop[b], lo, hi, seen, low, high, filtered, simple, directed,
                    item, klass, ptr, tokens, group_ptr, node_ptr, onward, item_live, goes, ends,
                )  # fmt: skip
                row_separates |= separates
                row_ends |= finishes
            arrival = hop[b] + 1 if lo[e] < groups else hop[b]
            common = 0  # shortest prefix shared since the last item taken: at most d means that the token is new
            for i in range(middle, hi[e]):
                if i > middle:
                    byte = int(lcp[i])
                    common = min(common, prefix_with_left(i, item, lcp, klass, ptr, tokens) if byte == 255 else byte)
                if common > d:
                    continue
                if (filtered or simple) and not is_live(
                    i, arrival, seen[e], low, high, filtered, simple, directed,
                    item, group_ptr, node_ptr, onward, item_live, ends,
                ):  # fmt: skip
                    continue
                out[k] = token_at(i, d, item, klass, ptr, tokens)
                k += 1
                common = NEVER
        if elem_ptr[b + 1] - elem_ptr[b] > 1:
            k = begin + unique_in_place(out[begin:k])
        if row_separates:
            out[k] = separator
            k += 1
        if row_ends:
            out[k] = end
            k += 1
        row_ptr[b + 1] = k
    return row_ptr, out[:k].copy()


@kernel
def unique_in_place(values: Int32) -> int:
    """Sort an array, move its distinct values to the front, and return how many there are."""
    values.sort()
    k = 0
    for value in values:
        if k == 0 or value != values[k - 1]:
            values[k] = value
            k += 1
    return k
