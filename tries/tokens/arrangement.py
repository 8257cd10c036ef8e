"""The adjacency of a graph in the order of its labels' token sequences: the arrays of a token index."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.kg.columnar.compiled import kernel
from clew.kg.errors import LimitReached
from clew.kg.graph.graph import Graph
from clew.tries.constraint import Bool, Int32, Int64
from clew.tries.tokens.label_classes import LabelClasses

UInt8 = NDArray[np.uint8]


def arrange(graph: Graph, classes: LabelClasses, directed: int, inverse: bool) -> dict[str, NDArray[Any]]:
    """Return the index arrays of a graph whose labels (relations, then nodes) have these classes."""
    relation_class, node_class = classes.of_label[:directed], classes.of_label[directed:]
    order = np.argsort(node_class, kind="stable").astype(np.int32)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    rank_relation = np.argsort(relation_class, kind="stable").astype(np.int32)
    relation_rank = np.empty(directed, np.int32)
    relation_rank[rank_relation] = np.arange(directed, dtype=np.int32)

    source, rank, target = _steps(graph, place, relation_rank, inverse)
    sequence = _sorted_steps(source, rank, target, directed, len(order))
    source, rank, target = source[sequence], rank[sequence], target[sequence]
    opens = np.ones(len(source), np.bool_)
    opens[1:] = (source[1:] != source[:-1]) | (rank[1:] != rank[:-1])
    heads = np.flatnonzero(opens)
    groups = len(heads)
    if groups + len(source) >= 2**31:
        raise LimitReached(
            f"the graph has {len(source)} directed edges; a token index is limited to fewer than 2^31 items"
        )
    item = np.concatenate([rank_relation[rank[heads]], directed + target]).astype(np.int32)
    list_opens = np.ones(len(item), np.bool_)
    list_opens[1:groups] = source[heads[1:]] != source[heads[:-1]]
    list_opens[groups:] = opens
    klass = np.concatenate([relation_class, node_class[order]]).astype(np.int32)
    node_ptr = np.searchsorted(source[heads], np.arange(len(order) + 1)).astype(np.int32)
    return {
        "item": item,
        "lcp": _common_prefixes(item, list_opens, klass, classes.tokens),
        "group_ptr": (np.append(heads, len(source)) + groups).astype(np.int32),
        "node_ptr": node_ptr,
        "klass": klass,
        "tokens": classes.tokens,
        "order": order,
        "place": place,
        "onward": (np.diff(node_ptr) > 0) & (order < graph.num_entities),
    }


def _steps(graph: Graph, place: Int32, relation_rank: Int32, inverse: bool) -> tuple[Int64, Int64, Int64]:
    """Return the directed edges as (source place, relation rank, target place)."""
    sides = [(graph.out, 0)] + ([(graph.inc, graph.num_relations)] if inverse else [])
    source = [place[np.repeat(np.arange(graph.num_nodes), np.diff(side.ptr))] for side, _ in sides]
    rank = [relation_rank[np.asarray(side.relation) + offset] for side, offset in sides]
    target = [place[np.asarray(side.node)] for side, _ in sides]
    first, second, third = (np.concatenate(part).astype(np.int64) for part in (source, rank, target))
    return first, second, third


def _sorted_steps(source: Int64, rank: Int64, target: Int64, directed: int, nodes: int) -> Int64:
    """Return the permutation that sorts the steps by (source, rank, target)."""
    if nodes * nodes * directed < 2**62:
        return np.argsort((source * directed + rank) * nodes + target, kind="stable")
    return np.lexsort((target, rank, source))


@kernel
def _common_prefixes(item: Int32, opens: Bool, klass: Int32, tokens: Int32) -> UInt8:
    """Return the LCP byte of each item: with its left neighbour, 0 where a list opens, at most 255."""
    lcp = np.zeros(len(item), np.uint8)
    for i in range(1, len(item)):
        if opens[i]:
            continue
        left, right = klass[item[i - 1]], klass[item[i]]
        common = 0
        while common < 255 and tokens[left + common] >= 0 and tokens[left + common] == tokens[right + common]:
            common += 1
        lcp[i] = common
    return lcp
