"""From the label classes that a complete row has spelled back to the paths of the graph."""

from __future__ import annotations

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.tries.constraint import Int32, Int64
from clew.tries.entities.kernels import HEAD, HOP, TRACE, Rules, View, bit, holds, rules_of, view_of
from clew.tries.tokens.token_index import UInt8


@kernel
def first_of_class(view: View, lo: int, hi: int, c: int) -> int:
    """Return the first item of ``[lo, hi)``, a list in class order, whose class is at least c."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if view.klass[view.item[middle]] < c:
            lo = middle + 1
        else:
            hi = middle
    return lo


@kernel
def instances(row: Int32, ints: Int32, octets: UInt8, live: UInt8, meta: Int64) -> tuple[Int32, Int32]:
    """Return (places int32[m, hops + 1], directed relations int32[m, hops]) of every path a complete row spells.

    Level by level: the partial paths of h hops are extended by the groups of the next relation class and, within each,
    the targets of the next node class; both are contiguous.
    """
    view, rules = view_of(ints, octets, live, meta), rules_of(meta)
    hops = row[HOP]
    places = np.full((1, hops + 1), row[HEAD], np.int32)
    relations = np.zeros((1, hops), np.int32)
    for hop in range(hops):
        trace = row[TRACE + 2 * hop : TRACE + 2 * hop + 2]
        size = extend(view, rules, hop, hops, trace, places, relations, places[:0], relations[:0])
        new_places, new_relations = np.zeros((size, hops + 1), np.int32), np.zeros((size, hops), np.int32)
        extend(view, rules, hop, hops, trace, places, relations, new_places, new_relations)
        places, relations = new_places, new_relations
    return places, relations


@kernel
def extend(
    view: View, rules: Rules, hop: int, hops: int, trace: Int32,
    places: Int32, relations: Int32, new_places: Int32, new_relations: Int32,
) -> int:  # fmt: skip
    """Write the paths one hop longer, as many as there is room for; return how many there are."""
    k = 0
    for p in range(len(places)):
        v = places[p, hop]
        if hop > 0 and not view.onward[v]:
            continue
        g = first_of_class(view, view.node_ptr[v], view.node_ptr[v + 1], trace[0])
        while g < view.node_ptr[v + 1] and view.klass[view.item[g]] == trace[0]:
            i = first_of_class(view, view.group_ptr[g], view.group_ptr[g + 1], trace[1])
            while i < view.group_ptr[g + 1] and view.klass[view.item[i]] == trace[1]:
                w = view.item[i] - rules.directed
                if fits(view, rules, i, w, hop + 1, hop + 1 == hops, places[p]):
                    if k < len(new_places):
                        new_places[k], new_relations[k] = places[p], relations[p]
                        new_places[k, hop + 1], new_relations[k, hop] = w, view.item[g]
                    k += 1
                i += 1
            g += 1
    return k


@kernel
def fits(view: View, rules: Rules, i: int, w: int, arrival: int, last: bool, path: Int32) -> bool:
    """Return whether a path may take target i, to place w: conditions, and no second visit if walks are simple."""
    if rules.simple and holds(path, arrival, w):
        return False
    return not rules.filtered or (bit(view.item_live, i, arrival) and (not last or bit(view.ends, w, arrival)))
