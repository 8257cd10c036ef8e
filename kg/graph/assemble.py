"""From collected columns to the sorted arrays of a graph. Everything here is linear in time but the sort of keys.

Ids depend on content alone: nodes and relations are sorted by key, edges by (head, relation, tail), labels by
(subject, predicate, language, text); so the same statements in any order give the same arrays and the same hash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from clew.kg.columnar.column import Column
from clew.kg.columnar.compiled import kernel
from clew.kg.columnar.interner import Interner
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import gather, sort_order
from clew.kg.errors import BadInput
from clew.kg.graph.arrays import Meta, NewArrays, derive_names
from clew.kg.graph.fingerprint import fingerprint
from clew.kg.terms.labels import KINDS
from clew.kg.terms.literal import NUL, parse_key, to_term
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import LabelKind

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(slots=True)
class Columns:
    """Edges as interned ids, with where each was read."""

    nodes: Interner = field(default_factory=Interner)
    relations: Interner = field(default_factory=Interner)
    head: Column = field(default_factory=lambda: Column(np.int32))
    relation: Column = field(default_factory=lambda: Column(np.int32))
    tail: Column = field(default_factory=lambda: Column(np.int32))
    source: Column = field(default_factory=lambda: Column(np.uint32))
    line: Column = field(default_factory=lambda: Column(np.uint32))


@dataclass(slots=True)
class LabelColumns:
    """Label statements: interned subject (a node), predicate and suffix, and the texts end to end."""

    predicates: Interner = field(default_factory=Interner)
    suffixes: Interner = field(default_factory=Interner)
    subject: Column = field(default_factory=lambda: Column(np.int32))
    predicate: Column = field(default_factory=lambda: Column(np.int32))
    suffix: Column = field(default_factory=lambda: Column(np.int32))
    text: Column = field(default_factory=lambda: Column(np.uint8))
    length: Column = field(default_factory=lambda: Column(np.uint32))


@dataclass(slots=True)
class AttributeColumns:
    """Attributes of edges: the edge's place in ``Columns``, the interned name, and the values (terms) end to end."""

    names: Interner = field(default_factory=Interner)
    edge: Column = field(default_factory=lambda: Column(np.int64))
    name: Column = field(default_factory=lambda: Column(np.int32))
    value: Column = field(default_factory=lambda: Column(np.uint8))
    length: Column = field(default_factory=lambda: Column(np.uint32))


_EDGE_COLUMNS = ("head", "relation", "tail", "source", "line")


def assemble(
    columns: Columns,
    labels: LabelColumns,
    attributes: AttributeColumns,
    sources: Sequence[Source],
    languages: Sequence[str],
    kinds: Mapping[str, LabelKind],
) -> tuple[NewArrays, Meta]:
    """The arrays and the metadata of the graph that holds the statements of ``columns``, ``labels`` and ``attributes``.

    ``sources[i]`` is the place numbered ``i + 1``; ``kinds`` gives the kind of every label predicate. The columns are
    emptied on the way, to free their memory. Raises ``BadInput`` where an entity's key is also a literal's.
    """
    edges = {name: getattr(columns, name).take() for name in _EDGE_COLUMNS}
    subject = labels.subject.take()
    used = _used(edges["head"], columns.nodes) | _used(edges["tail"], columns.nodes)
    relation_pool, relation_rank = _sorted_pool(columns.relations, _used(edges["relation"], columns.relations))
    as_relation = _label_only_relations(columns, relation_rank, used)
    used[subject[as_relation[subject] < 0]] = True
    columns.nodes.freeze()
    node_pool, rank, num_entities = _node_pool(columns.nodes, used)
    only_relation = as_relation >= 0
    rank[only_relation] = len(node_pool) + as_relation[only_relation]
    columns.nodes = Interner()
    for name, ranks in (("head", rank), ("relation", relation_rank), ("tail", rank)):
        np.take(ranks, edges[name], out=edges[name], mode="clip")  # (clip: without a buffer)
    arrays: NewArrays = {
        "node_blob": node_pool.blob,
        "node_offsets": node_pool.offsets,
        "relation_blob": relation_pool.blob,
        "relation_offsets": relation_pool.offsets,
    }
    places = _add_edges(arrays, edges, len(node_pool), len(relation_pool))
    _add_attributes(arrays, attributes, places)
    _add_sources(arrays, sources)
    _add_labels(arrays, labels, rank[subject], kinds)
    arrays["relation_count"] = np.bincount(arrays["out_relation"], minlength=len(relation_pool))
    content_hash, chunks = fingerprint(arrays)
    arrays |= chunks
    meta = Meta(num_entities=num_entities, languages=tuple(languages), content_hash=content_hash)
    arrays |= derive_names(arrays, meta)
    for array in arrays.values():
        array.setflags(write=False)
    return arrays, meta


def _used(ids: Array, interner: Interner) -> Array:
    """Which of the interned strings occur in ``ids``, bool[len(interner)]."""
    used = np.zeros(len(interner), np.bool_)
    used[ids] = True
    return used


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
            raise BadInput(f"the key {pool[index]!r} is used for both an entity and a literal")


def _label_only_relations(columns: Columns, relation_rank: Array, used: Array) -> Array:
    """For each interned node the relation with the same key if it is on no edge as a node, else -1, int32[n].

    Labels of such a subject are labels of the relation and do not make a node.
    """
    result = np.full(len(used), -1, np.int32)
    ids = columns.nodes.find_many(columns.relations.texts())
    known = (ids >= 0) & (relation_rank >= 0)
    known[known] = ~used[ids[known]]
    result[ids[known]] = relation_rank[known]
    return result


def _add_edges(arrays: NewArrays, edges: dict[str, Array], nodes: int, relations: int) -> tuple[Array, Array]:
    """Sort the edges both ways and drop repeated ones; ``edges`` is emptied on the way.

    Returns the order that sorted them and whether each sorted edge was kept.
    """
    sizes = {"head": nodes, "relation": relations, "tail": nodes}
    count = len(edges["head"])
    order = np.arange(count, dtype=np.uint32 if count < 2**32 else np.uint64)
    for name in ("tail", "relation", "head"):
        order = _counting_sort(edges[name], order, sizes[name])
    keep = _first_of_each(edges["head"], edges["relation"], edges["tail"], order)
    places, order = (order, keep), order[keep]
    for name in list(edges):
        edges[name] = edges[name][order]
    arrays["edge_source"], arrays["edge_line"] = _narrow(edges.pop("source")), edges.pop("line")
    arrays["out_ptr"] = _pointers(edges["head"], nodes)
    arrays["out_relation"], arrays["out_node"] = edges["relation"], edges["tail"]
    order = np.arange(len(order), dtype=order.dtype)
    for name in ("relation", "tail"):
        order = _counting_sort(edges[name], order, sizes[name])
    arrays["inc_ptr"] = _pointers(edges["tail"], nodes)
    arrays["inc_relation"], arrays["inc_node"] = edges["relation"][order], edges.pop("head")[order]
    arrays["inc_edge"] = order
    return places


def _add_attributes(arrays: NewArrays, attributes: AttributeColumns, places: tuple[Array, Array]) -> None:
    """Sort attributes by (edge, name, value); those of a repeated edge come together on the one that is kept."""
    given, name = attributes.edge.take(), attributes.name.take()
    names, name_rank = _sorted_pool(attributes.names, _used(name, attributes.names))
    edge: Array = np.empty(0, np.uint32)
    if len(given):
        order, keep = places
        edge_of = np.empty(len(order), np.uint32 if len(order) < 2**32 else np.uint64)
        edge_of[order] = np.cumsum(keep) - 1
        edge = edge_of[given]
    name = name_rank[name]
    bounds = _bounds(attributes.length.take())
    blob = attributes.value.take()
    order = _sort_equal_by_text(np.lexsort((name, edge)), (edge, name), blob, bounds)
    values = gather(blob, bounds[:-1], bounds[1:], order)
    arrays["attribute_edge"], arrays["attribute_name"] = edge[order], _narrow(name[order])
    arrays["attribute_blob"], arrays["attribute_offsets"] = values.blob, values.offsets
    arrays["attribute_name_blob"], arrays["attribute_name_offsets"] = names.blob, names.offsets


def _bounds(lengths: Array) -> Array:
    bounds = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=bounds[1:])
    return bounds


def _pointers(column: Array, size: int) -> Array:
    ptr = np.zeros(size + 1, np.int64)
    np.cumsum(np.bincount(column, minlength=size), out=ptr[1:])
    return ptr


def _narrow(values: Array) -> Array:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


@kernel
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


@kernel
def _first_of_each(head: Array, relation: Array, tail: Array, order: Array) -> Array:
    """Which of the sorted edges is not equal to the one before it; stable sorting kept the first read in front."""
    keep = np.ones(len(order), np.bool_)
    for i in range(1, len(order)):
        a, b = order[i], order[i - 1]
        keep[i] = head[a] != head[b] or relation[a] != relation[b] or tail[a] != tail[b]
    return keep


def _add_sources(arrays: NewArrays, sources: Sequence[Source]) -> None:
    files = StringPool.of(["", *(source.file for source in sources)])
    graphs = StringPool.of(["", *(source.graph for source in sources)])
    arrays["file_blob"], arrays["file_offsets"] = files.blob, files.offsets
    arrays["graph_blob"], arrays["graph_offsets"] = graphs.blob, graphs.offsets


def _add_labels(arrays: NewArrays, labels: LabelColumns, subject: Array, kinds: Mapping[str, LabelKind]) -> None:
    predicate, language = labels.predicate.take(), labels.suffix.take()
    predicates, predicate_rank = _sorted_pool(labels.predicates, _used(predicate, labels.predicates))
    suffixes, suffix_rank = _sorted_pool(labels.suffixes, _used(language, labels.suffixes))
    predicate, language = predicate_rank[predicate], suffix_rank[language]
    blob = labels.text.take()
    bounds = _bounds(labels.length.take())
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
