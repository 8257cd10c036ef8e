"""Compiled step of the graph automaton: which tokens may come next. See ``tries.entities.kernels`` for the terms."""

from __future__ import annotations

import numpy as np

from clew.kg.columnar.compiled import inlined, kernel
from clew.tries.constraint import Int32, Int64
from clew.tries.entities.kernels import (
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
    unpacked,
    view_of,
    whole,
)
from clew.tries.tokens.token_index import UInt8


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
def label_tokens(view: View, first: int, last: int, depth: int, out: Int32, k: int) -> int:
    """Write the distinct tokens at this depth of items ``first .. last - 1``, ascending; return the new length.

    ``common`` is the shortest prefix shared since the last item taken: at most ``depth`` means that a new token begins.
    """
    common = whole(0)
    for i in range(first, last):
        if i > first:
            shared = whole(view.lcp[i])
            common = min(common, prefix_with_left(view, i) if shared == 255 else shared)
        if common <= depth:
            out[k] = token_at(view, i, depth)
            k += 1
            common = NEVER
    return k


@kernel
def live_tokens(
    view: View, rules: Rules, first: int, last: int, depth: int, arrival: int, seen: Int32, out: Int32, k: int
) -> int:
    """Return ``label_tokens`` of the live items only. A separate kernel: if ``is_live`` were reachable from the other
    loop, numba would count references to the view on every row."""
    common = whole(0)
    for i in range(first, last):
        if i > first:
            common = min(common, prefix_with_left(view, i))
        if common <= depth and is_live(view, rules, i, arrival, seen):
            out[k] = token_at(view, i, depth)
            k += 1
            common = NEVER
    return k


@kernel
def offer(view: View, rules: Rules, packed: Int32, row_ptr: Int64) -> Int32:
    """Return the token ids: per row its label tokens ascending, then the separator, then the end token; write where
    each row's begin to ``row_ptr``, int64[n + 1]."""
    elem_ptr, rows, elems = unpacked(packed)
    size = 2 * len(rows)
    for e in range(len(elems)):
        size += whole(elems[e, HI]) - whole(elems[e, LO])
    out = np.empty(size, np.int32)
    k, checked = whole(0), rules.filtered or rules.simple
    row_ptr[0] = 0
    for b in range(len(rows)):
        begin, depth, hop = k, whole(rows[b, DEPTH]), whole(rows[b, HOP])
        row_separates = row_ends = False
        for e in range(elem_ptr[b], elem_ptr[b + 1]):
            lo = whole(elems[e, LO])
            first = lo
            if token_at(view, lo, depth) < 0:
                first, separates, finishes = closing(view, rules, elems, e, depth, hop)
                row_separates |= separates
                row_ends |= finishes
            last = whole(elems[e, HI])
            if checked:
                arrival = hop + 1 if lo < rules.groups else hop
                k = live_tokens(view, rules, first, last, depth, arrival, elems[e, SEEN:], out, k)
            else:
                k = label_tokens(view, first, last, depth, out, k)
        if elem_ptr[b + 1] - elem_ptr[b] > 1:
            k = begin + unique_in_place(out[begin:k])
        if row_separates:
            out[k] = rules.separator
            k += 1
        if row_ends:
            out[k] = rules.end
            k += 1
        row_ptr[b + 1] = k
    return out[:k] if 2 * k >= size else out[:k].copy()


@kernel
def allowed_rows(packed: Int32, row_ptr: Int64, ints: Int32, octets: UInt8, live: UInt8, meta: Int64) -> Int32:
    """Return the allowed tokens of packed states; see ``offer``."""
    return offer(view_of(ints, octets, live, meta), rules_of(meta), packed, row_ptr)
