"""Compiled step of the graph automaton: which tokens may come next. See ``tries.graph_kernels`` for the terms."""

from __future__ import annotations

import numpy as np

from tries.compiled import inlined, kernel
from tries.constraint import Int32, Int64
from tries.graph_kernels import (
    DEPTH,
    HI,
    HOP,
    LO,
    NEVER,
    SEEN,
    Rules,
    View,
    closing,
    is_live,
    prefix_with_left,
    rules_of,
    token_at,
    view_of,
    whole,
)
from tries.token_index import UInt8


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


@inlined
def label_tokens(
    view: View, rules: Rules, element: Int32, first: int, depth: int, arrival: int, out: Int32, k: int
) -> int:
    """Write the distinct tokens at this depth of the live items from ``first`` on, ascending; return the new length.

    ``common`` is the shortest prefix shared since the last item taken: at most ``depth`` means that a new token begins.
    """
    checked = rules.filtered or rules.simple
    common = whole(0)
    for i in range(first, whole(element[HI])):
        if i > first:
            shared = whole(view.lcp[i])
            common = min(common, prefix_with_left(view, i) if shared == 255 else shared)
        if common > depth or (checked and not is_live(view, rules, i, arrival, element[SEEN:])):
            continue
        out[k] = token_at(view, i, depth)
        k += 1
        common = NEVER
    return k


@kernel
def allowed_rows(
    rows: Int32, elem_ptr: Int64, elems: Int32, ints: Int32, octets: UInt8, live: UInt8, meta: Int64
) -> tuple[Int64, Int32]:
    """Return (row_ptr, token_ids): per row its label tokens ascending, then the separator, then the end token."""
    view, rules = view_of(ints, octets, live, meta), rules_of(meta)
    size = 2 * len(rows)
    for e in range(len(elems)):
        size += elems[e, HI] - elems[e, LO]
    out = np.empty(size, np.int32)
    row_ptr = np.zeros(len(rows) + 1, np.int64)
    k = whole(0)
    for b in range(len(rows)):
        begin, depth, hop = k, whole(rows[b, DEPTH]), whole(rows[b, HOP])
        row_separates = row_ends = False
        for e in range(elem_ptr[b], elem_ptr[b + 1]):
            lo = whole(elems[e, LO])
            first = lo
            if token_at(view, lo, depth) < 0:
                first, separates, finishes = closing(view, rules, elems[e], depth, hop)
                row_separates |= separates
                row_ends |= finishes
            arrival = hop + 1 if lo < rules.groups else hop
            k = label_tokens(view, rules, elems[e], first, depth, arrival, out, k)
        if elem_ptr[b + 1] - elem_ptr[b] > 1:
            k = begin + unique_in_place(out[begin:k])
        if row_separates:
            out[k] = rules.separator
            k += 1
        if row_ends:
            out[k] = rules.end
            k += 1
        row_ptr[b + 1] = k
    return row_ptr, out[:k].copy()
