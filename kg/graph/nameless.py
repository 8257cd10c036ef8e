"""Nodes without a name: blank nodes, skolem IRIs (RDF 1.1, section 3.5) and the empty list, unless they have a label.

Their keys mean nothing to people: they are never answers, and what is shown for them is made of what leads to them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from clew.kg.columnar.pool import StringPool
from clew.kg.graph.lookups import NameLookups
from clew.kg.limits import MAX_HOSTS_SKIPPED, MAX_NAMELESS_STEPS
from clew.kg.terms.names import GENID, is_nameless
from clew.kg.terms.vocabulary import RDF_NIL

Array = np.ndarray[Any, np.dtype[Any]]
NOTHING = "node without a name"


def nameless_nodes(graph: NameLookups) -> Array:
    """The nodes without a name, int32, ascending.

    Keys are sorted, so that these nodes lie side by side, those of skolem IRIs by host: time grows with the number of
    such nodes and of hosts, not with the graph.
    """
    ranges = list(_ranges(graph.node_keys, graph.num_entities))
    nodes = np.unique(np.concatenate([np.empty(0, np.int32), *(np.arange(*ends, dtype=np.int32) for ends in ranges)]))
    nodes = nodes[graph.arrays["chosen_label"][nodes] < 0]
    given = np.intersect1d(nodes, graph.given_names.named(), assume_unique=True) if len(nodes) else nodes
    named = [node for node in given.tolist() if graph.given_names.name(node) is not None]
    found: Array = np.setdiff1d(nodes, np.array(named, np.int32), assume_unique=True)
    return found


def described(graph: NameLookups, node: int) -> str:
    """What is shown for a node without a name: ``[address of Vindal]``."""
    return f"[{_described(graph, node, MAX_NAMELESS_STEPS)}]"


def _described(graph: NameLookups, node: int, steps: int) -> str:
    """The first edge that leads to a node, in words; else its class."""
    if graph.node_keys[node] == RDF_NIL:
        return "empty list"
    low, high = int(graph.inc.ptr[node]), int(graph.inc.ptr[node + 1])
    if low < high and steps:
        head, relation = int(graph.inc.node[low]), graph.relation_label(int(graph.inc.relation[low]))
        return f"{relation} of {_name(graph, head, steps - 1)}"
    classes = [int(cls) for cls in graph.types(node) if not is_nameless(graph.key(int(cls)))]
    return f"{graph.label(classes[0])} without a name" if classes else NOTHING


def _name(graph: NameLookups, node: int, steps: int) -> str:
    label = graph.label_of(node)
    return _described(graph, node, steps) if label is None else label


def _ranges(keys: StringPool, entities: int) -> Iterator[tuple[int, int]]:
    """Where nodes without a name may lie among the sorted keys of entities."""
    yield _from_to(keys, b"_:", 0, entities)
    nil = keys.find(RDF_NIL, 0, entities)
    if nil is not None:
        yield nil, nil + 1
    for scheme in (b"http://", b"https://"):
        yield from _skolem(keys, scheme, *_from_to(keys, scheme, 0, entities))


def _skolem(keys: StringPool, scheme: bytes, low: int, high: int) -> Iterator[tuple[int, int]]:
    """The runs of skolem IRIs, host by host; past many hosts, one by one."""
    for _ in range(MAX_HOSTS_SKIPPED):
        if low >= high:
            return
        host = keys.raw(low)[len(scheme) :].split(b"/", 1)[0]
        _, after = _from_to(keys, scheme + host + b"/", low, high)
        if after > low:
            yield _from_to(keys, scheme + host + GENID.encode(), low, after)
        low = max(after, low + 1)
    yield from ((at, at + 1) for at in range(low, high) if is_nameless(keys[at]))


def _from_to(keys: StringPool, prefix: bytes, low: int, high: int) -> tuple[int, int]:
    """Where the keys with a prefix begin and end among the sorted ``low .. high-1``."""
    after = prefix[:-1] + bytes([prefix[-1] + 1])
    return keys.lower_bound(prefix, low, high), keys.lower_bound(after, low, high)
