"""Compiled transition of the graph automaton; see ``tries.graph_kernels`` for the terms."""

from __future__ import annotations

import numpy as np

from tries.compiled import inlined, kernel
from tries.constraint import Int32, Int64
from tries.graph_kernels import (
    ALIVE,
    COMPLETE,
    DEAD,
    DEPTH,
    HI,
    HOP,
    LO,
    SEEN,
    STATUS,
    TRACE,
    Rules,
    View,
    bound,
    closing,
    is_live,
    may_go,
    rules_of,
    token_at,
    view_of,
    whole,
)
from tries.token_index import UInt8


@inlined
def room(view: View, rules: Rules, token: Int32, rows: Int32, elem_ptr: Int64, elems: Int32) -> int:
    """Return an upper bound of the elements after these tokens: one per ended item where a label closes."""
    size = 0
    for b in range(len(rows)):
        first, last, depth = elem_ptr[b], elem_ptr[b + 1], whole(rows[b, DEPTH])
        if token[b] != rules.separator or depth == 0:
            size += last - first
            continue
        for e in range(first, last):
            lo = whole(elems[e, LO])
            if token_at(view, lo, depth) < 0:
                size += bound(view, lo, whole(elems[e, HI]), depth, whole(0)) - lo
    return size


@inlined
def narrow(view: View, rules: Rules, token: int, row: Int32, elems: Int32, out: Int32, k: int) -> int:
    """Write the elements narrowed to a label token from ``out[k]`` on; return the index after them."""
    depth, hop = whole(row[DEPTH]), whole(row[HOP])
    for e in range(len(elems)):
        first = bound(view, whole(elems[e, LO]), whole(elems[e, HI]), depth, token)
        last = bound(view, first, whole(elems[e, HI]), depth, token + 1)
        taken = first < last
        if taken and (rules.filtered or rules.simple):
            arrival = hop + 1 if first < rules.groups else hop
            taken = False
            for i in range(first, last):
                if is_live(view, rules, i, arrival, elems[e, SEEN:]):
                    taken = True
                    break
        if taken:
            out[k] = elems[e]
            out[k, LO], out[k, HI] = first, last
            k += 1
    return k


@kernel
def open_targets(view: View, rules: Rules, row: Int32, elems: Int32, out: Int32, k: int) -> int:
    """Write the targets of every ended live group as an element; return the index after them."""
    depth, hop = whole(row[DEPTH]), whole(row[HOP])
    for e in range(len(elems)):
        lo = whole(elems[e, LO])
        if token_at(view, lo, depth) >= 0:
            continue
        for i in range(lo, bound(view, lo, whole(elems[e, HI]), depth, whole(0))):
            if is_live(view, rules, i, hop + 1, elems[e, SEEN:]):
                out[k] = elems[e]
                out[k, LO], out[k, HI] = view.group_ptr[i], view.group_ptr[i + 1]
                k += 1
    return k


@kernel
def open_groups(view: View, rules: Rules, row: Int32, elems: Int32, out: Int32, k: int) -> int:
    """Write the groups of every ended live node that may go on as an element; return the index after them.

    A node reached through several elements is written once, unless walks must be simple: then each keeps its history.
    """
    begin, depth, hop = k, whole(row[DEPTH]), whole(row[HOP])
    for e in range(len(elems)):
        lo, seen = whole(elems[e, LO]), elems[e, SEEN:]
        if token_at(view, lo, depth) >= 0:
            continue
        for i in range(lo, bound(view, lo, whole(elems[e, HI]), depth, whole(0))):
            v = whole(view.item[i]) - rules.directed
            if is_live(view, rules, i, hop, seen) and may_go(view, rules, v, hop, seen):
                out[k] = elems[e]
                out[k, LO], out[k, HI] = view.node_ptr[v], view.node_ptr[v + 1]
                if rules.simple:
                    out[k, SEEN + hop] = v
                k += 1
    return k if rules.simple or len(elems) == 1 else begin + distinct_ranges(out[begin:k])


@kernel
def distinct_ranges(elems: Int32) -> int:
    """Move the distinct ranges to the front, ascending, and return how many there are; ranges that differ are disjoint,
    so their ends ascend with their starts."""
    lo, hi = np.sort(elems[:, LO]), np.sort(elems[:, HI])
    k = 0
    for i in range(len(lo)):
        if i == 0 or lo[i] != lo[i - 1]:
            elems[k, LO], elems[k, HI] = lo[i], hi[i]
            k += 1
    return k


@kernel
def note_label(view: View, rules: Rules, row: Int32, elems: Int32) -> bool:
    """Write the class of the label that has just ended to the row's trace; return whether there is such a label."""
    for e in range(len(elems)):
        lo = whole(elems[e, LO])
        if token_at(view, lo, whole(row[DEPTH])) < 0:
            row[TRACE + 2 * row[HOP] - (lo >= rules.groups)] = view.klass[view.item[lo]]
            return True
    return False


@kernel
def close_label(view: View, rules: Rules, token: int, row: Int32, elems: Int32, out: Int32, k: int) -> int:
    """Take the separator or the end token after a label: write status, hop and the next elements, or leave it dead."""
    begin, relation = k, elems[0, LO] < rules.groups
    depth, hop = whole(row[DEPTH]), whole(row[HOP])
    if not note_label(view, rules, row, elems):
        return k
    if token == rules.end:
        for e in range(len(elems)):
            ended = not relation and token_at(view, whole(elems[e, LO]), depth) < 0
            if ended and closing(view, rules, elems[e], depth, hop)[2]:
                row[STATUS] = COMPLETE
                break
        return k
    if relation:
        k = open_targets(view, rules, row, elems, out, k)
        row[HOP] += 1
    else:
        k = open_groups(view, rules, row, elems, out, k)
    row[DEPTH] = 1
    if k > begin:
        row[STATUS] = ALIVE
    return k


@kernel
def advance_rows(
    token: Int32, rows: Int32, elem_ptr: Int64, elems: Int32, ints: Int32, octets: UInt8, live: UInt8, meta: Int64
) -> tuple[Int32, Int64, Int32]:
    """Return (rows, elem_ptr, elems) after each row's token."""
    view, rules = view_of(ints, octets, live, meta), rules_of(meta)
    out = np.empty((room(view, rules, token, rows, elem_ptr, elems), elems.shape[1]), np.int32)
    new_rows, new_ptr = rows.copy(), np.zeros(len(rows) + 1, np.int64)
    k = whole(0)
    for b in range(len(rows)):
        first, last, t, row = elem_ptr[b], elem_ptr[b + 1], whole(token[b]), new_rows[b]
        if row[STATUS] == ALIVE and first < last and t >= 0:
            row[STATUS] = DEAD
            if row[DEPTH] > 0 and t in (rules.separator, rules.end):
                k = close_label(view, rules, t, row, elems[first:last], out, k)
            else:
                begin = k
                k = narrow(view, rules, t, row, elems[first:last], out, k)
                row[DEPTH] += 1
                if k > begin:
                    row[STATUS] = ALIVE
        else:
            row[STATUS] = DEAD
        new_ptr[b + 1] = k
    return new_rows, new_ptr, out[:k]


@kernel
def gather(taken: Int64, elem_ptr: Int64, elems: Int32) -> tuple[Int64, Int32]:
    """Return (elem_ptr, elems) of the rows at these indices."""
    new_ptr = np.zeros(len(taken) + 1, np.int64)
    for j in range(len(taken)):
        new_ptr[j + 1] = new_ptr[j] + elem_ptr[taken[j] + 1] - elem_ptr[taken[j]]
    out = np.empty((new_ptr[-1], elems.shape[1]), np.int32)
    for j in range(len(taken)):
        out[new_ptr[j] : new_ptr[j + 1]] = elems[elem_ptr[taken[j]] : elem_ptr[taken[j] + 1]]
    return new_ptr, out
