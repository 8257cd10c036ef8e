"""Compiled parts of a step of the graph automaton.

An *element* of a row is a range ``[lo, hi)`` of items that share the first ``depth`` tokens: of groups while a relation
is being spelled, of targets while a node is. A row has several elements where a label stands for several nodes or
relations. The *arrival* of an item is the number of hops a path has once it has taken that item. A label has *ended*
at an element's depth if it has no token there; ended items come first in a range.

A walk is *live* if it can still be completed. Where ``rules.filtered``, bit h of ``view.item_live`` says so of an item
taken to arrive at h, of ``view.goes`` of a place left after h hops, of ``view.ends`` of a place ended at. Where
``rules.simple`` no node may be visited twice, and ``elems[e, SEEN:SEEN + arrival]`` are the places element e visited.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from clew.kg.columnar.compiled import inlined, kernel
from clew.tries.constraint import Int32, Int64
from clew.tries.tokens.token_index import UInt8

ALIVE, COMPLETE, DEAD = 0, 1, 2
STATUS, HEAD, DEPTH, HOP, TRACE = 0, 1, 2, 3, 4
"""Columns of a row; from ``TRACE`` on, the label classes of relation, node, relation, .. spelled so far."""
LO, HI, SEEN = 0, 1, 2
"""Columns of an element; from ``SEEN`` on, the places visited."""
COUNT, ROW_WIDTH, ELEM_WIDTH, POINTERS = 0, 1, 2, 3
"""Packed states, one int32 array: how many rows there are, the columns of a row and of an element; then from
``POINTERS`` on where each row's elements begin (count + 1 of them), the rows, the elements. One array, because what a
kernel returns costs more to hand to Python, array by array, than what a step computes."""
NEVER = 1 << 30


class View(NamedTuple):
    """The arrays of a ``TokenIndex`` and the live bits of an automaton, as views."""

    item: Int32
    group_ptr: Int32
    node_ptr: Int32
    klass: Int32
    tokens: Int32
    lcp: UInt8
    onward: UInt8
    item_live: UInt8
    goes: UInt8
    ends: UInt8


class Packed(NamedTuple):
    """The parts of packed states, as views: elem_ptr int32[n + 1], rows int32[n, w], elems int32[E, v]."""

    elem_ptr: Int32
    rows: Int32
    elems: Int32


class Rules(NamedTuple):
    """The settings of an automaton. ``groups`` and ``directed``: numbers of groups and of directed relations."""

    separator: int
    end: int
    low: int
    high: int
    filtered: bool
    simple: bool
    groups: int
    directed: int


@inlined
def whole(value: int) -> int:
    """Return a value of any width as int64, so that each kernel is compiled for one type only."""
    return np.int64(value)  # type: ignore[return-value]


@inlined
def view_of(ints: Int32, octets: UInt8, live: UInt8, meta: Int64) -> View:
    """Return the arrays that lie one after another in ``ints`` and ``octets``; ``meta[:8]`` are their bounds."""
    items, places = meta[1], meta[7]
    return View(
        ints[: meta[1]],
        ints[meta[1] : meta[2]],
        ints[meta[2] : meta[3]],
        ints[meta[3] : meta[4]],
        ints[meta[4] : meta[5]],
        octets[:items],
        octets[items : items + places],
        live[:items],
        live[items : items + places],
        live[items + places :],
    )


@inlined
def rules_of(meta: Int64) -> Rules:
    """Return the settings in ``meta[8:]``."""
    groups = meta[2] - meta[1] - 1
    return Rules(meta[8], meta[9], meta[10], meta[11], meta[12] == 1, meta[13] == 1, groups, meta[14])


@inlined
def unpacked(packed: Int32) -> Packed:
    """Return the parts of packed states."""
    count, row_width, elem_width = whole(packed[COUNT]), whole(packed[ROW_WIDTH]), whole(packed[ELEM_WIDTH])
    rows = POINTERS + count + 1
    elems = rows + count * row_width
    return Packed(
        packed[POINTERS:rows],
        packed[rows:elems].reshape(count, row_width),
        packed[elems:].reshape((len(packed) - elems) // elem_width, elem_width),
    )


@inlined
def token_at(view: View, i: int, depth: int) -> int:
    """Return the token of item i's label at this depth, -1 where the label has ended."""
    return whole(view.tokens[view.klass[view.item[i]] + depth])


@inlined
def bound(view: View, lo: int, hi: int, depth: int, token: int) -> int:
    """Return the first item of ``[lo, hi)`` whose token at this depth is at least ``token`` (an ended label has -1)."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if token_at(view, middle, depth) < token:
            lo = middle + 1
        else:
            hi = middle
    return lo


@kernel
def prefix_with_left(view: View, i: int) -> int:
    """Return the LCP of item i's label with its left neighbour's, exact also where the byte is full."""
    common = whole(view.lcp[i])
    if common == 255:
        a, b = view.klass[view.item[i - 1]], view.klass[view.item[i]]
        while view.tokens[a + common] >= 0 and view.tokens[a + common] == view.tokens[b + common]:
            common += 1
    return common


@inlined
def holds(values: Int32, count: int, value: int) -> bool:
    """Return whether the first ``count`` values hold this one."""
    for k in range(count):  # noqa: SIM110
        if values[k] == value:
            return True
    return False


@inlined
def bit(bits: UInt8, i: int, hop: int) -> bool:
    """Return bit ``hop`` of ``bits[i]``."""
    return bool((bits[i] >> hop) & 1)


@inlined
def ends_at(view: View, rules: Rules, v: int, hop: int) -> bool:
    """Return whether a path that reaches place v after ``hop`` hops may end there."""
    return hop >= rules.low and (not rules.filtered or bit(view.ends, v, hop))


@kernel
def completes(view: View, rules: Rules, v: int, hop: int, seen: Int32) -> bool:
    """Return whether a simple walk through ``seen[:hop]`` to place v can be completed: depth-first search."""
    if ends_at(view, rules, v, hop):
        return True
    if hop >= rules.high or not view.onward[v]:
        return False
    path = np.empty(rules.high + 1, np.int32)
    cursor = np.empty(rules.high + 1, np.int32)
    path[:hop] = seen[:hop]
    path[hop], cursor[hop] = v, view.group_ptr[view.node_ptr[v]]
    level = hop
    while level >= hop:
        i = whole(cursor[level])
        if i >= view.group_ptr[view.node_ptr[path[level] + 1]]:
            level -= 1
            continue
        cursor[level] += 1
        arrival = level + 1
        w = whole(view.item[i]) - rules.directed
        if (rules.filtered and not bit(view.item_live, i, arrival)) or holds(path, arrival, w):
            continue
        if ends_at(view, rules, w, arrival):
            return True
        if arrival < rules.high and view.onward[w]:
            path[arrival], cursor[arrival], level = w, view.group_ptr[view.node_ptr[w]], arrival
    return False


@kernel
def is_live(view: View, rules: Rules, i: int, arrival: int, seen: Int32) -> bool:
    """Return whether item i, group or target, may be taken so as to arrive after ``arrival`` hops."""
    if rules.filtered and not bit(view.item_live, i, arrival):
        return False
    if not rules.simple:
        return True
    first, last = i, i + 1
    if i < rules.groups:
        first, last = whole(view.group_ptr[i]), whole(view.group_ptr[i + 1])
    for j in range(first, last):
        if rules.filtered and not bit(view.item_live, j, arrival):
            continue
        v = whole(view.item[j]) - rules.directed
        if not holds(seen, arrival, v) and completes(view, rules, v, arrival, seen):
            return True
    return False


@kernel
def may_go(view: View, rules: Rules, v: int, hop: int, seen: Int32) -> bool:
    """Return whether a walk that has reached place v after ``hop`` hops may go on."""
    if hop >= rules.high or not view.onward[v] or (rules.filtered and not bit(view.goes, v, hop)):
        return False
    if not rules.simple:
        return True
    visited = np.empty(hop + 1, np.int32)
    visited[:hop], visited[hop] = seen[:hop], v
    for i in range(whole(view.group_ptr[view.node_ptr[v]]), whole(view.group_ptr[view.node_ptr[v + 1]])):
        if is_live(view, rules, i, hop + 1, visited):
            return True
    return False


@inlined
def closing(view: View, rules: Rules, elems: Int32, e: int, depth: int, hop: int) -> tuple[int, bool, bool]:
    """Return the end of an element's ended items, and whether the separator and the end token may follow them."""
    lo, hi = whole(elems[e, LO]), whole(elems[e, HI])
    middle = bound(view, lo + 1, hi, depth, whole(0))
    relation = lo < rules.groups
    arrival = hop + 1 if relation else hop
    checked = rules.filtered or rules.simple
    may_separate = may_end = False
    for i in range(lo, middle):
        if may_separate and (relation or may_end):
            break
        if checked and not is_live(view, rules, i, arrival, elems[e, SEEN:]):
            continue
        if relation:
            may_separate = True
        else:
            v = whole(view.item[i]) - rules.directed
            may_end |= ends_at(view, rules, v, hop)
            if hop < rules.high and view.onward[v]:
                may_separate |= not checked or may_go(view, rules, v, hop, elems[e, SEEN:])
    return middle, may_separate, may_end
