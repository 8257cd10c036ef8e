"""Finds the statements of one graph in another by binary search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.columnar.interner import Spans
from clew.kg.columnar.kernels import run_of
from clew.kg.columnar.pool import StringPool
from clew.kg.graph.arrays import pool
from clew.kg.graph.graph import Graph
from clew.kg.store.merge import spans_of_pool

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Located:
    """For each of n rows the first row of the other graph not below it, int64[n], and whether it is the same."""

    at: Array
    found: Array


def find_sorted(strings: StringPool, low: Array | int, high: Array | int, wanted: Spans) -> Located:
    """Look strings up within the ranges ``low..high-1`` of a pool that are sorted."""
    count = len(wanted[1])
    at = np.empty(count, np.int64)
    found = np.empty(count, np.bool_)
    lows, highs = np.full(count, low, np.int64), np.full(count, high, np.int64)
    blob, starts, ends = wanted
    _find_sorted(strings.blob, strings.offsets, lows, highs, frozen(blob), starts, ends, at, found)
    return Located(at, found)


def find_nodes(graph: Graph, other: Graph) -> Located:
    """The nodes of ``other`` in ``graph``: entities among the entities, literals among the literals."""
    literal = np.arange(other.num_nodes) >= other.num_entities
    low = np.where(literal, graph.num_entities, 0)
    high = np.where(literal, graph.num_nodes, graph.num_entities)
    return find_sorted(graph.node_keys, low, high, spans_of_pool(other.node_keys))


def find_relations(graph: Graph, other: Graph) -> Located:
    """The relations of ``other`` in ``graph``."""
    return find_sorted(graph.relation_keys, 0, graph.num_relations, spans_of_pool(other.relation_keys))


def find_edges(graph: Graph, other: Graph, inwards: bool = False) -> Located:
    """The edges of ``other`` (by id) in ``graph``: their ids, or ``inwards`` their places among its incoming edges."""
    nodes, relations = find_nodes(graph, other), find_relations(graph, other)
    head, relation, tail = other.edge_heads(), other.out.relation, other.out.node
    side = graph.out
    if inwards:
        head, tail, side = tail, head, graph.inc
    at = np.empty(other.num_edges, np.int64)
    found = np.empty(other.num_edges, np.bool_)
    _find_edges(
        side.ptr, side.relation, side.node,
        nodes.at[head], nodes.found[head], relations.at[relation], relations.found[relation],
        nodes.at[tail], nodes.found[tail], at, found,
    )  # fmt: skip
    return Located(at, found)


def find_labels(graph: Graph, other: Graph) -> Located:
    """The label statements of ``other`` in ``graph``, by their place in ``clew.kg.graph.fingerprint.section_order``.

    A subject is a key, whether it is a node here and a relation there.
    """
    keys = subject_keys(other)
    as_node = find_sorted(graph.node_keys, 0, graph.num_entities, keys)
    as_relation = find_sorted(graph.relation_keys, 0, graph.num_relations, keys)
    subject = graph.arrays["label_subject"]
    split = int(np.searchsorted(subject, np.int32(graph.num_nodes)))
    nodes = np.searchsorted(subject, as_node.at.astype(np.int32))
    relations = np.searchsorted(subject, (graph.num_nodes + as_relation.at).astype(np.int32))
    rows = [_first_row(graph, as_node, as_relation, i, nodes, relations, split) for i in range(len(nodes))]
    return _settle(rows, _label_row(graph), _label_row(other), nodes + relations - split)


def find_attributes(graph: Graph, other: Graph, edges: Located) -> Located:
    """The attributes of ``other`` in ``graph``, given where its edges are."""
    edge = graph.arrays["attribute_edge"]
    own = other.arrays["attribute_edge"]
    at = edges.at[own]
    first = np.searchsorted(edge, at.astype(edge.dtype))
    last = np.searchsorted(edge, (at + 1).astype(edge.dtype))
    rows = [
        (int(low), int(high)) if known else (int(low), int(low))
        for low, high, known in zip(first, last, edges.found[own], strict=True)
    ]
    return _settle(rows, _attribute_row(graph), _attribute_row(other), first)


def subject_keys(graph: Graph) -> Spans:
    """The key of each label statement's subject."""
    subject = graph.arrays["label_subject"].astype(np.int64)
    blob = np.concatenate((graph.node_keys.blob, graph.relation_keys.blob))
    relations = graph.relation_keys.offsets.astype(np.int64) + len(graph.node_keys.blob)
    starts = np.concatenate((graph.node_keys.offsets[:-1].astype(np.int64), relations[:-1]))
    ends = np.concatenate((graph.node_keys.offsets[1:].astype(np.int64), relations[1:]))
    return blob, starts[subject], ends[subject]


def _first_row(
    graph: Graph, as_node: Located, as_relation: Located, i: int, nodes: Array, relations: Array, split: int
) -> tuple[int, int]:
    """The rows of the label statements with the ``i``-th subject, [first, last)."""
    subject = graph.arrays["label_subject"]
    for places, first, offset in ((as_node, nodes, 0), (as_relation, relations, graph.num_nodes)):
        if places.found[i]:
            wanted = np.int32(offset + int(places.at[i]))
            low, high = int(first[i]), int(np.searchsorted(subject, wanted, side="right"))
            if high > low:
                return low, high
    return split, split


def _settle(
    ranges: list[tuple[int, int]], row: Callable[[int], Any], own: Callable[[int], Any], base: Array
) -> Located:
    """Find each row among the few of its range; ``base`` is the place of the range's first row."""
    at, found = base.astype(np.int64), np.zeros(len(base), np.bool_)
    for i, (low, high) in enumerate(ranges):
        wanted = own(i)
        place = low
        while place < high and row(place) < wanted:
            place += 1
        found[i] = place < high and row(place) == wanted
        at[i] += place - low
    return Located(at, found)


def _label_row(graph: Graph) -> Callable[[int], tuple[bytes, bytes, bytes]]:
    arrays = graph.arrays
    predicates, suffixes, texts = pool(arrays, "predicate"), pool(arrays, "suffix"), pool(arrays, "label")
    return lambda row: (
        predicates.raw(int(arrays["label_predicate"][row])),
        suffixes.raw(int(arrays["label_suffix"][row])),
        texts.raw(row),
    )


def _attribute_row(graph: Graph) -> Callable[[int], tuple[bytes, bytes]]:
    names, values = pool(graph.arrays, "attribute_name"), pool(graph.arrays, "attribute")
    return lambda row: (names.raw(int(graph.arrays["attribute_name"][row])), values.raw(row))


@kernel
def _below(blob: Array, start: int | np.int64, end: int | np.int64, other: Array, low: int, high: int) -> int:
    """-1, 0 or 1: how two byte strings compare."""
    for i in range(min(end - start, high - low)):
        if blob[start + i] != other[low + i]:
            return -1 if blob[start + i] < other[low + i] else 1
    return 0 if end - start == high - low else -1 if end - start < high - low else 1


@kernel
def _find_sorted(
    blob: Array, offsets: Array, lows: Array, highs: Array, wanted: Array, starts: Array, ends: Array,
    at: Array, found: Array,
) -> None:  # fmt: skip
    for i in range(len(starts)):
        low, high = lows[i], highs[i]
        stop = high
        while low < high:
            middle = (low + high) // 2
            begin, end = np.int64(offsets[middle]), np.int64(offsets[middle + 1])
            if _below(blob, begin, end, wanted, starts[i], ends[i]) < 0:
                low = middle + 1
            else:
                high = middle
        at[i] = low
        found[i] = False
        if low < stop:
            begin, end = np.int64(offsets[low]), np.int64(offsets[low + 1])
            found[i] = _below(blob, begin, end, wanted, starts[i], ends[i]) == 0


@kernel
def _find_edges(
    ptr: Array, relation: Array, node: Array, heads: Array, has_head: Array, relations: Array, has_relation: Array,
    tails: Array, has_tail: Array, at: Array, found: Array,
) -> None:  # fmt: skip
    for i in range(len(heads)):
        found[i] = False
        if not has_head[i]:
            at[i] = ptr[heads[i]]
            continue
        low, stop = run_of(relation, ptr[heads[i]], ptr[heads[i] + 1], relations[i])
        if has_relation[i]:
            high = stop
            while low < high:
                middle = (low + high) // 2
                if node[middle] < tails[i]:
                    low = middle + 1
                else:
                    high = middle
            found[i] = has_tail[i] and low < stop and node[low] == tails[i]
        at[i] = low
