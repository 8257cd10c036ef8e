"""From the label classes that a complete row has spelled back to the paths of the graph."""

from __future__ import annotations

import numpy as np

from tries.compiled import kernel
from tries.constraint import Bool, Int32
from tries.token_index import UInt8


@kernel
def first_of_class(lo: int, hi: int, c: int, item: Int32, klass: Int32) -> int:
    """Return the first item of ``[lo, hi)``, a list in class order, whose class is at least c."""
    while lo < hi:
        middle = (lo + hi) >> 1
        if klass[item[middle]] < c:
            lo = middle + 1
        else:
            hi = middle
    return lo


@kernel
def instances(
    head: int, trace: Int32, filtered: bool, simple: bool, directed: int,
    item: Int32, klass: Int32, group_ptr: Int32, node_ptr: Int32, onward: Bool, item_live: UInt8, ends: UInt8,
) -> tuple[Int32, Int32]:  # fmt: skip
    """Return (places int32[m, hops + 1], directed relations int32[m, hops]) of every path of these label classes.

    Level by level: the partial paths of h hops are extended by the groups of the next relation class and, within each,
    the targets of the next node class; both are contiguous. Where ``filtered``, only items that may be taken count.
    """
    hops = len(trace) // 2
    places = np.full((1, hops + 1), head, np.int32)
    relations = np.zeros((1, hops), np.int32)
    for hop in range(hops):
        last = hop == hops - 1
        size = 0
        for write in (False, True):
            if write:
                new_places = np.zeros((size, hops + 1), np.int32)
                new_relations = np.zeros((size, hops), np.int32)
            size = 0
            for p in range(len(places)):
                v = places[p, hop]
                if hop > 0 and not onward[v]:
                    continue
                g = first_of_class(node_ptr[v], node_ptr[v + 1], trace[2 * hop], item, klass)
                while g < node_ptr[v + 1] and klass[item[g]] == trace[2 * hop]:
                    i = first_of_class(group_ptr[g], group_ptr[g + 1], trace[2 * hop + 1], item, klass)
                    while i < group_ptr[g + 1] and klass[item[i]] == trace[2 * hop + 1]:
                        w = item[i] - directed
                        fits = not simple or not bool(np.any(places[p, : hop + 1] == w))
                        if filtered:
                            fits = fits and (item_live[i] >> (hop + 1)) & 1 == 1
                            fits = fits and (not last or (ends[w] >> (hop + 1)) & 1 == 1)
                        if fits:
                            if write:
                                new_places[size] = places[p]
                                new_relations[size] = relations[p]
                                new_places[size, hop + 1], new_relations[size, hop] = w, item[g]
                            size += 1
                        i += 1
                    g += 1
        places, relations = new_places, new_relations
    return places, relations
