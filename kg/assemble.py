"""From collected columns to the sorted arrays of a graph. Everything here is linear in time but the sort of keys.

Ids depend on content alone: nodes and relations are sorted by key, edges by (head, relation, tail), labels by
(subject, predicate, language, text); so the same statements in any order give the same arrays and the same hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import njit

from kg.arrays import Arrays, Meta, content_hash, derive_names
from kg.errors import BadInput
from kg.interner import Interner
from kg.label import KINDS
from kg.literal import NUL, parse_key, to_term
from kg.pool import StringPool
from kg.source import Source
from kg.strings import gather, sort_order
from kg.vocabulary import LabelKind

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class Columns:
    """Edges as chunks of interned ids, with where each was read."""

    nodes: Interner = field(default_factory=Interner)
    relations: Interner = field(default_factory=Interner)
    head: list[Array] = field(default_factory=list)
    relation: list[Array] = field(default_factory=list)
    tail: list[Array] = field(default_factory=list)
    source: list[Array] = field(default_factory=list)
    line: list[Array] = field(default_factory=list)

    def add_provenance(self, count: int, source: Array | int, lines: Array | int) -> None:
        """Note the source number and line of the ``count`` edges just added."""
        self.source.append(np.broadcast_to(np.asarray(source, np.uint32), count))
        self.line.append(np.broadcast_to(np.asarray(lines, np.uint32), count))


@dataclass(slots=True)
class LabelColumns:
    """Label statements as chunks: interned subject (a node), predicate and suffix, and the text as spans of a blob."""

    predicates: Interner = field(default_factory=Interner)
    suffixes: Interner = field(default_factory=Interner)
    subject: list[Array] = field(default_factory=list)
    predicate: list[Array] = field(default_factory=list)
    suffix: list[Array] = field(default_factory=list)
    blob: list[Array] = field(default_factory=list)
    length: list[Array] = field(default_factory=list)

    def add_texts(self, blob: Array, starts: Array, ends: Array) -> None:
        """Copy the texts of the labels just added."""
        order = np.arange(len(starts), dtype=np.int64)
        self.blob.append(gather(blob, starts, ends, order).blob)
        self.length.append((ends - starts).astype(np.uint32))


def assemble(
    columns: Columns,
    labels: LabelColumns,
    sources: Sequence[Source],
    languages: Sequence[str],
    kinds: Mapping[str, LabelKind],
) -> tuple[Arrays, Meta]:
    """The arrays and the metadata of the graph that holds the statements of ``columns`` and ``labels``.

    ``sources[i]`` is the place numbered ``i + 1``; ``kinds`` gives the kind of every label predicate. The columns are
    emptied on the way, to free their memory. Raises ``BadInput`` where an entity's key is also a literal's.
    """
    head, relation, tail = (_joined(part, np.int32) for part in (columns.head, columns.relation, columns.tail))
    source, line = _joined(columns.source, np.uint32), _joined(columns.line, np.uint32)
    subject = _joined(labels.subject, np.int32)
    used = np.zeros(len(columns.nodes), np.bool_)
    used[head] = True
    used[tail] = True
    relation_pool, relation_rank = _sorted_pool(columns.relations, np.ones(len(columns.relations), np.bool_))
    as_relation = _label_only_relations(columns, relation_rank, used)
    used[subject[as_relation[subject] < 0]] = True
    node_pool, rank, num_entities = _node_pool(columns.nodes, used)
    only_relation = as_relation >= 0
    rank[only_relation] = len(node_pool) + as_relation[only_relation]
    columns.nodes = Interner()
    head, relation, tail = rank[head], relation_rank[relation], rank[tail]
    arrays: Arrays = {
        "node_blob": node_pool.blob,
        "node_offsets": node_pool.offsets,
        "relation_blob": relation_pool.blob,
        "relation_offsets": relation_pool.offsets,
    }
    _add_edges(arrays, head, relation, tail, source, line, len(node_pool), len(relation_pool))
    _add_sources(arrays, sources)
    _add_labels(arrays, labels, rank[subject], kinds)
    meta = Meta(num_entities=num_entities, languages=tuple(languages), content_hash=content_hash(arrays, num_entities))
    derive_names(arrays, meta)
    for array in arrays.values():
        array.setflags(write=False)
    return arrays, meta


def _joined(chunks: list[Array], dtype: Any) -> Array:
    joined = np.concatenate(chunks) if chunks else np.empty(0, dtype)
    chunks.clear()
    return joined


def _sorted_pool(interner: Interner, used: Array) -> tuple[StringPool, Array]:
    """The used strings sorted by bytes, and the place int32[len(interner)] of each in them (-1: unused)."""
    blob, starts, ends = interner.spans()
    members = np.flatnonzero(used)
    order = members[sort_order(blob, starts[members], ends[members])]
    rank = np.full(len(used), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return gather(blob, starts, ends, order), rank


def _node_pool(nodes: Interner, used: Array) -> tuple[StringPool, Array, int]:
    """The pool of node terms, entities before literals, the rank of each term, and the number of entities."""
    blob, starts, ends = nodes.spans()
    members = np.flatnonzero(used)
    order = members[sort_order(blob, starts[members], ends[members])]
    num_literals = int((blob[starts[order]] == 0).sum()) if len(order) else 0
    order = np.concatenate((order[num_literals:], order[:num_literals]))  # a literal's term starts with NUL
    rank = np.full(len(used), -1, np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    pool = gather(blob, starts, ends, order)
    num_entities = len(order) - num_literals
    if num_literals:
        _refuse_ambiguous(pool, num_entities)
    return pool, rank, num_entities


def _refuse_ambiguous(pool: StringPool, num_entities: int) -> None:
    """An entity whose key reads as one of the graph's literals could not be told from it."""
    for index in range(pool.lower_bound(b'"', 0, num_entities), pool.lower_bound(b"#", 0, num_entities)):
        literal = parse_key(pool[index])
        if literal is not None and pool.find(to_term(literal), num_entities) is not None:
            raise BadInput(f"the key {pool[index]!r} names both an entity and a literal")


def _label_only_relations(columns: Columns, relation_rank: Array, used: Array) -> Array:
    """For each interned node the relation with the same key if it is on no edge as a node, else -1, int32[n].

    Labels of such a subject are labels of the relation and do not make a node.
    """
    result = np.full(len(used), -1, np.int32)
    ids = columns.nodes.find_many(columns.relations.texts())
    known = (ids >= 0) & ~used[ids] if len(used) else np.zeros(len(ids), np.bool_)
    result[ids[known]] = relation_rank[known]
    return result


def _add_edges(
    arrays: Arrays, head: Array, relation: Array, tail: Array, source: Array, line: Array, nodes: int, relations: int
) -> None:
    order = np.arange(len(head), dtype=np.uint32 if len(head) < 2**32 else np.uint64)
    for column, size in ((tail, nodes), (relation, relations), (head, nodes)):
        order = _counting_sort(column, order, size)
    keep = _first_of_each(head, relation, tail, order)
    order = order[keep]
    head, relation, tail = head[order], relation[order], tail[order]
    arrays["out_ptr"] = _pointers(head, nodes)
    arrays["out_relation"], arrays["out_node"] = relation, tail
    arrays["edge_source"], arrays["edge_line"] = _narrow(source[order]), line[order]
    order = np.arange(len(head), dtype=order.dtype)
    for column, size in ((relation, relations), (tail, nodes)):
        order = _counting_sort(column, order, size)
    arrays["inc_ptr"] = _pointers(tail, nodes)
    arrays["inc_relation"], arrays["inc_node"] = relation[order], head[order]
    arrays["inc_edge"] = order


def _pointers(column: Array, size: int) -> Array:
    ptr = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(column, minlength=size), out=ptr[1:])
    return ptr


def _narrow(values: Array) -> Array:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


@njit(cache=True)
def _counting_sort(column: Array, order: Array, size: int) -> Array:
    """``order`` stably rearranged by ``column[order]``, whose values are below ``size``: O(n + size)."""
    start = np.zeros(size + 1, np.int64)
    for value in column:
        start[value + 1] += 1
    for i in range(size):
        start[i + 1] += start[i]
    result = np.empty_like(order)
    for item in order:
        value = column[item]
        result[start[value]] = item
        start[value] += 1
    return result


@njit(cache=True)
def _first_of_each(head: Array, relation: Array, tail: Array, order: Array) -> Array:
    """Which of the sorted edges is not equal to the one before it; stable sorting kept the first read in front."""
    keep = np.ones(len(order), np.bool_)
    for i in range(1, len(order)):
        a, b = order[i], order[i - 1]
        keep[i] = head[a] != head[b] or relation[a] != relation[b] or tail[a] != tail[b]
    return keep


def _add_sources(arrays: Arrays, sources: Sequence[Source]) -> None:
    files = StringPool.of(["", *(source.file for source in sources)])
    graphs = StringPool.of(["", *(source.graph for source in sources)])
    arrays["file_blob"], arrays["file_offsets"] = files.blob, files.offsets
    arrays["graph_blob"], arrays["graph_offsets"] = graphs.blob, graphs.offsets


def _add_labels(arrays: Arrays, labels: LabelColumns, subject: Array, kinds: Mapping[str, LabelKind]) -> None:
    predicates, predicate_rank = _sorted_pool(labels.predicates, np.ones(len(labels.predicates), np.bool_))
    suffixes, suffix_rank = _sorted_pool(labels.suffixes, np.ones(len(labels.suffixes), np.bool_))
    predicate = predicate_rank[_joined(labels.predicate, np.int32)]
    language = suffix_rank[_joined(labels.suffix, np.int32)]
    blob = _joined(labels.blob, np.uint8)
    bounds = np.zeros(len(subject) + 1, np.int64)
    np.cumsum(_joined(labels.length, np.uint32), out=bounds[1:])
    order = np.lexsort((language, predicate, subject))
    order = _sort_equal_by_text(order, (subject, predicate, language), blob, bounds)
    texts = gather(blob, bounds[:-1], bounds[1:], order)
    arrays["label_subject"] = subject[order].astype(np.int32)
    arrays["label_predicate"] = _narrow(predicate[order])
    arrays["label_suffix"] = _narrow(language[order])
    arrays["label_blob"], arrays["label_offsets"] = texts.blob, texts.offsets
    arrays["predicate_blob"], arrays["predicate_offsets"] = predicates.blob, predicates.offsets
    arrays["predicate_kind"] = np.array([KINDS.index(kinds.get(p, "preferred")) for p in predicates], np.uint8)
    arrays["suffix_blob"], arrays["suffix_offsets"] = suffixes.blob, suffixes.offsets


def _sort_equal_by_text(order: Array, columns: tuple[Array, ...], blob: Array, bounds: Array) -> Array:
    """Sort runs that agree in all ``columns`` by text, and drop repeated statements."""
    if len(order) < 2:
        return order
    differs = np.zeros(len(order) - 1, np.bool_)
    for column in columns:
        ordered = column[order]
        differs |= ordered[1:] != ordered[:-1]
    if differs.all():
        return order
    starts = np.concatenate(([0], np.flatnonzero(differs) + 1, [len(order)]))
    keep = np.ones(len(order), np.bool_)
    for run in np.flatnonzero(np.diff(starts) > 1):
        low, high = int(starts[run]), int(starts[run + 1])
        rows = sorted((blob[bounds[row] : bounds[row + 1]].tobytes(), int(row)) for row in order[low:high])
        order[low:high] = [row for _, row in rows]
        keep[low + 1 : high] = [rows[i][0] != rows[i - 1][0] for i in range(1, len(rows))]
    return order[keep]


assert NUL == "\0"  # _node_pool tells literals from entities by it
