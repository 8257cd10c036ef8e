"""Compiled start and transition of the graph automaton; see ``clew.tries.entities.kernels`` for the terms."""

from __future__ import annotations

import numpy as np

from clew.kg.columnar.compiled import inlined, kernel
from clew.tries.constraint import Int32, Int64
from clew.tries.entities.allowed import offer
from clew.tries.entities.kernels import (
    ALIVE,
    COMPLETE,
    COUNT,
    DEAD,
    DEPTH,
    ELEM_WIDTH,
    HEAD,
    HI,
    HOP,
    LO,
    POINTERS,
    ROW_WIDTH,
    SEEN,
    STATUS,
    TRACE,
    Packed,
    Rules,
    View,
    bound,
    closing,
    is_live,
    may_go,
    rules_of,
    token_at,
    unpacked,
    view_of,
    whole,
)
from clew.tries.tokens.token_index import UInt8


@inlined
def room(view: View, rules: Rules, token: Int32, states: Packed) -> int:
    """Return an upper bound of the elements after these tokens: one per ended item where a label closes."""
    size = 0
    for b in range(len(states.rows)):
        first, last, depth = states.elem_ptr[b], states.elem_ptr[b + 1], whole(states.rows[b, DEPTH])
        if token[b] != rules.separator or depth == 0:
            size += last - first
            continue
        for e in range(first, last):
            lo = whole(states.elems[e, LO])
            if token_at(view, lo, depth) < 0:
                size += bound(view, lo + 1, whole(states.elems[e, HI]), depth, whole(0)) - lo
    return size


@inlined
def put(elems: Int32, e: int, lo: int, hi: int, out: Int32, k: int) -> int:
    """Write element e with another range to ``out[k]``; return the index after it."""
    out[k, LO], out[k, HI] = lo, hi
    for j in range(SEEN, elems.shape[1]):
        out[k, j] = elems[e, j]
    return k + 1


@inlined
def narrowed(view: View, token: int, depth: int, first: int, last: int) -> tuple[int, int]:
    """Return the range of the items of ``first .. last - 1`` that have this token at this depth."""
    if last - first == 1:
        return first, first + (token_at(view, first, depth) == token)
    first = bound(view, first, last, depth, token)
    return first, bound(view, first, last, depth, token + 1)


@inlined
def narrow(view: View, token: int, depth: int, elems: Int32, start: int, stop: int, out: Int32, k: int) -> int:
    """Write the elements narrowed to a label token from ``out[k]`` on; return the index after them."""
    for e in range(start, stop):
        first, last = narrowed(view, token, depth, whole(elems[e, LO]), whole(elems[e, HI]))
        if first < last:
            out[k, LO], out[k, HI] = first, last
            k += 1
    return k


@kernel
def narrow_live(view: View, rules: Rules, token: int, depth: int, hop: int, elems: Int32, out: Int32, k: int) -> int:
    """``narrow``, leaving out the elements with no live item. Apart for the reason of ``graph_allowed.live_tokens``."""
    for e in range(len(elems)):
        first, last = narrowed(view, token, depth, whole(elems[e, LO]), whole(elems[e, HI]))
        arrival = hop + 1 if first < rules.groups else hop
        for i in range(first, last):
            if is_live(view, rules, i, arrival, elems[e, SEEN:]):
                k = put(elems, e, first, last, out, k)
                break
    return k


@inlined
def open_targets(
    view: View, rules: Rules, depth: int, hop: int, elems: Int32, start: int, stop: int, out: Int32, k: int
) -> int:
    """Write the targets of every ended live group as an element; return the index after them."""
    checked = rules.filtered or rules.simple
    for e in range(start, stop):
        lo = whole(elems[e, LO])
        if token_at(view, lo, depth) >= 0:
            continue
        for i in range(lo, bound(view, lo + 1, whole(elems[e, HI]), depth, whole(0))):
            if not checked or is_live(view, rules, i, hop + 1, elems[e, SEEN:]):
                k = put(elems, e, view.group_ptr[i], view.group_ptr[i + 1], out, k)
    return k


@inlined
def open_groups(
    view: View, rules: Rules, depth: int, hop: int, elems: Int32, start: int, stop: int, out: Int32, k: int
) -> int:
    """Write the groups of every ended live node that may go on as an element; return the index after them.

    A node reached through several elements is written once, unless walks must be simple: then each keeps its history.
    """
    begin, checked = k, rules.filtered or rules.simple
    for e in range(start, stop):
        lo = whole(elems[e, LO])
        if token_at(view, lo, depth) >= 0:
            continue
        for i in range(lo, bound(view, lo + 1, whole(elems[e, HI]), depth, whole(0))):
            v = whole(view.item[i]) - rules.directed
            if hop >= rules.high or not view.onward[v]:
                continue
            if checked:
                seen = elems[e, SEEN:]
                if not is_live(view, rules, i, hop, seen) or not may_go(view, rules, v, hop, seen):
                    continue
            k = put(elems, e, view.node_ptr[v], view.node_ptr[v + 1], out, k)
            if rules.simple:
                out[k - 1, SEEN + hop] = v
    if rules.simple or stop - start == 1:
        return k
    return begin + distinct_ranges(out[begin:k])


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


@inlined
def note_label(view: View, rules: Rules, rows: Int32, b: int, elems: Int32, start: int, stop: int) -> bool:
    """Write the class of the label that has just ended to the row's trace; return whether there is such a label."""
    for e in range(start, stop):
        lo = whole(elems[e, LO])
        if token_at(view, lo, whole(rows[b, DEPTH])) < 0:
            rows[b, TRACE + 2 * rows[b, HOP] - (lo >= rules.groups)] = view.klass[view.item[lo]]
            return True
    return False


@inlined
def close_label(
    view: View, rules: Rules, token: int, rows: Int32, b: int, elems: Int32, start: int, stop: int, out: Int32, k: int
) -> int:
    """Take the separator or the end token after a label: write status, hop and the next elements, or leave it dead."""
    begin, relation = k, elems[start, LO] < rules.groups
    depth, hop = whole(rows[b, DEPTH]), whole(rows[b, HOP])
    if not note_label(view, rules, rows, b, elems, start, stop):
        return k
    if token == rules.end:
        for e in range(start, stop):
            ended = not relation and token_at(view, whole(elems[e, LO]), depth) < 0
            if ended and closing(view, rules, elems, e, depth, hop)[2]:
                rows[b, STATUS] = COMPLETE
                break
        return k
    if relation:
        k = open_targets(view, rules, depth, hop, elems, start, stop, out, k)
        rows[b, HOP] = hop + 1
    else:
        k = open_groups(view, rules, depth, hop, elems, start, stop, out, k)
    rows[b, DEPTH] = 1
    if k > begin:
        rows[b, STATUS] = ALIVE
    return k


@kernel
def moved(view: View, rules: Rules, token: Int32, packed: Int32) -> Int32:
    """Return packed states after each row's token."""
    states = unpacked(packed)
    end, width = len(packed) - states.elems.size, states.elems.shape[1]
    result = np.empty(end + width * room(view, rules, token, states), np.int32)
    result[:end] = packed[:end]
    new_ptr, rows, out = unpacked(result)
    k, checked = whole(0), rules.filtered or rules.simple
    for b in range(len(rows)):
        first, last, t = whole(states.elem_ptr[b]), whole(states.elem_ptr[b + 1]), whole(token[b])
        status = whole(rows[b, STATUS])
        rows[b, STATUS] = DEAD
        if status == ALIVE and first < last and t >= 0:
            depth = whole(rows[b, DEPTH])
            if depth > 0 and (t == rules.separator or t == rules.end):
                k = close_label(view, rules, t, rows, b, states.elems, first, last, out, k)
            else:
                begin = k
                if checked:
                    k = narrow_live(view, rules, t, depth, whole(rows[b, HOP]), states.elems[first:last], out, k)
                else:
                    k = narrow(view, t, depth, states.elems, first, last, out, k)
                rows[b, DEPTH] = depth + 1
                if k > begin:
                    rows[b, STATUS] = ALIVE
        new_ptr[b + 1] = k
    return result[: end + width * k]


@kernel
def start_rows(nodes: Int64, ints: Int32, octets: UInt8, live: UInt8, meta: Int64) -> Int32:
    """Return packed states of one row per node, placed after its label; nothing if a node is outside the graph."""
    view, rules = view_of(ints, octets, live, meta), rules_of(meta)
    place, size = ints[meta[6] :], 0
    for node in nodes:
        if not 0 <= node < meta[7]:
            return np.empty(0, np.int32)
        if view.node_ptr[place[node]] < view.node_ptr[place[node] + 1]:
            size += 1
    row_width, width = TRACE + 2 * rules.high, SEEN + (rules.high if rules.simple else 0)
    result = np.full(POINTERS + len(nodes) * (row_width + 1) + 1 + size * width, -1, np.int32)
    result[COUNT], result[ROW_WIDTH], result[ELEM_WIDTH] = len(nodes), row_width, width
    elem_ptr, rows, elems = unpacked(result)
    k = whole(0)
    elem_ptr[0] = 0
    for j in range(len(nodes)):
        head = whole(place[nodes[j]])
        rows[j, STATUS], rows[j, HEAD], rows[j, DEPTH], rows[j, HOP] = ALIVE, head, 0, 0
        lo, hi = view.node_ptr[head], view.node_ptr[head + 1]
        if lo < hi:
            elems[k, LO], elems[k, HI] = lo, hi
            if rules.simple:
                elems[k, SEEN] = head
            k += 1
        elem_ptr[j + 1] = k
    return result


@kernel
def advance_rows(token: Int32, packed: Int32, ints: Int32, octets: UInt8, live: UInt8, meta: Int64) -> Int32:
    """Return packed states after each row's token."""
    return moved(view_of(ints, octets, live, meta), rules_of(meta), token, packed)


@kernel
def step_rows(
    token: Int32, packed: Int32, row_ptr: Int64, ints: Int32, octets: UInt8, live: UInt8, meta: Int64
) -> tuple[Int32, Int32]:
    """Return packed states after each row's token, and what is allowed after them; see ``offer``."""
    view, rules = view_of(ints, octets, live, meta), rules_of(meta)
    after = moved(view, rules, token, packed)
    return after, offer(view, rules, after, row_ptr)


@kernel
def gather(taken: Int64, packed: Int32) -> Int32:
    """Return the rows at these indices."""
    states = unpacked(packed)
    size, row_width, width = 0, states.rows.shape[1], states.elems.shape[1]
    for b in taken:
        size += whole(states.elem_ptr[b + 1]) - whole(states.elem_ptr[b])
    result = np.empty(POINTERS + len(taken) * (row_width + 1) + 1 + size * width, np.int32)
    result[:POINTERS] = packed[:POINTERS]
    result[0] = len(taken)
    new_ptr, rows, elems = unpacked(result)
    k = whole(0)
    new_ptr[0] = 0
    for j in range(len(taken)):
        b = taken[j]
        rows[j] = states.rows[b]
        for e in range(states.elem_ptr[b], states.elem_ptr[b + 1]):
            elems[k] = states.elems[e]
            k += 1
        new_ptr[j + 1] = k
    return result
