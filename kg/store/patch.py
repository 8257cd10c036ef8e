"""Makes the whole graph of a small change out of its base: every array is copied, the rows of the change spliced in.

Nothing is sorted and only the changed chunks are hashed, so that it takes about as long as copying the base. The result
is the same, array by array, as of building the graph from its statements (``clew.kg.store.delta.apply``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import gather
from clew.kg.graph.arrays import Arrays, Meta, NewArrays, derive_names, pool
from clew.kg.graph.fingerprint import SECTIONS, heads_of, section_order
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPLICED_STATEMENTS
from clew.kg.store.delta import Delta, Nodes
from clew.kg.store.lookup import find_edges, find_sorted
from clew.kg.store.merge import spans_of_pool
from clew.kg.store.splice import Splice, take_places

Array = np.ndarray[Any, np.dtype[Any]]


def whole(delta: Delta) -> Graph:
    """The changed graph, in memory. Linear in the base; a small change takes little more than a copy."""
    if delta.size > MAX_SPLICED_STATEMENTS or (nodes := delta.nodes) is None:
        return delta.whole()
    try:
        return _Patch(delta, nodes).graph()
    except _OtherPoolError:
        return delta.whole()


class _OtherPoolError(Exception):
    """The change brings a label predicate, a language or an attribute's name, or takes out the last use of one."""


class _Patch:
    def __init__(self, delta: Delta, nodes: Nodes) -> None:
        self.delta, self.base, self.added, self.new_nodes = delta, delta.base, delta.added, nodes
        self.nodes = Splice(self.base.num_nodes, nodes.gone, nodes.at)
        self.edges = Splice(self.base.num_edges, delta.edges.gone, delta.edges.at)
        self.place_of = self.nodes.places() if self.nodes.changes else None

    def graph(self) -> Graph:
        arrays: NewArrays = dict(self.base.arrays)
        self._put(arrays, "node", self.nodes.of_strings(self.base.node_keys, self.new_nodes.terms))
        added = self._added_ids(arrays)
        self._add_out(arrays, *added)
        self._add_inc(arrays, *added)
        self._add_sources(arrays)
        self._add_attributes(arrays)
        self._add_labels(arrays)
        for section in SECTIONS:
            chunks = self.delta.chunks(section)
            arrays[f"{section}_chunk"], arrays[f"{section}_digest"] = chunks.starts, chunks.digests.reshape(-1)
        base = self.base.meta
        meta = Meta(base.num_entities + self.new_nodes.more_entities, base.languages, self.delta.content_hash)
        derive_names(arrays, meta)
        for array in arrays.values():
            array.setflags(write=False)
        return Graph(self.base.name, arrays, meta)

    def _put(self, arrays: NewArrays, name: str, strings: StringPool) -> None:
        arrays[f"{name}_blob"], arrays[f"{name}_offsets"] = strings.blob, strings.offsets

    def _moved(self, ids: Array) -> Array:
        """Node ids of the base as they are now."""
        return ids if self.place_of is None else take_places(self.place_of, ids)

    def _added_ids(self, arrays: Arrays) -> tuple[Array, Array]:
        """The nodes and the relations of what is added, in the changed graph (-1: not in it)."""
        keys, entities = pool(arrays, "node"), self.base.num_entities + self.new_nodes.more_entities
        literal = np.arange(self.added.num_nodes) >= self.added.num_entities
        low, high = np.where(literal, entities, 0), np.where(literal, len(keys), entities)
        nodes = find_sorted(keys, low, high, spans_of_pool(self.added.node_keys))
        relations = find_sorted(
            self.base.relation_keys, 0, self.base.num_relations, spans_of_pool(self.added.relation_keys)
        )
        return np.where(nodes.found, nodes.at, -1), np.where(relations.found, relations.at, -1)

    def _add_out(self, arrays: NewArrays, nodes: Array, relations: Array) -> None:
        rows, out = self.delta.edges.rows, self.added.out
        heads = nodes[self.added.edge_heads()[rows]]
        arrays["out_ptr"] = self._pointers(self.base.out.ptr, heads_of(self.base.out.ptr, self.edges.gone), heads)
        arrays["out_relation"] = self.edges.of(self.base.out.relation, _like(relations[out.relation[rows]], np.int32))
        arrays["out_node"] = self.edges.of(self._moved(self.base.out.node), _like(nodes[out.node[rows]], np.int32))
        count = self.base.arrays["relation_count"] + np.bincount(
            relations[out.relation[rows]], minlength=self.base.num_relations
        )
        arrays["relation_count"] = count - np.bincount(
            self.base.out.relation[self.edges.gone], minlength=self.base.num_relations
        )

    def _add_inc(self, arrays: NewArrays, nodes: Array, relations: Array) -> None:
        new = np.zeros(self.added.num_edges, np.bool_)
        new[self.delta.edges.rows] = True
        order = self.added.inc.edge[new[self.added.inc.edge]]  # the new edges by (tail, relation, head)
        gone = find_edges(self.base, self.delta.removed, inwards=True).at
        at = find_edges(self.base, self.added, inwards=True).at[order]
        rows = Splice(self.base.num_edges, np.sort(gone), at)
        tails, inc = nodes[self.added.out.node[order]], self.base.inc
        arrays["inc_ptr"] = self._pointers(inc.ptr, self.base.out.node[self.edges.gone], tails)
        arrays["inc_relation"] = rows.of(inc.relation, _like(relations[self.added.out.relation[order]], np.int32))
        arrays["inc_node"] = rows.of(self._moved(inc.node), _like(nodes[self.added.edge_heads()[order]], np.int32))
        come = np.empty(self.added.num_edges, np.int64)
        come[self.delta.edges.rows] = self.edges.come()
        arrays["inc_edge"] = rows.of(take_places(self.edges.places(), inc.edge), _like(come[order], inc.edge.dtype))

    def _pointers(self, ptr: Array, gone: Array, come: Array) -> Array:
        """Pointers to rows of edges, for the ends of the edges that go (in the base) and come (now)."""
        counts = np.diff(ptr)
        np.subtract.at(counts, gone, 1)
        counts = self.nodes.of(counts, np.zeros(len(self.nodes.at), counts.dtype))
        np.add.at(counts, come, 1)
        found = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=found[1:])
        return found

    def _add_sources(self, arrays: NewArrays) -> None:
        rows = self.delta.edges.rows
        known = {place: i for i, place in enumerate(_sources(self.base))}
        of_added = _narrow(np.array([known.setdefault(place, len(known)) for place in _sources(self.added)], np.int64))
        self._put(arrays, "file", StringPool.of(file for file, _ in known))
        self._put(arrays, "graph", StringPool.of(graph for _, graph in known))
        source = self.edges.of(self.base.arrays["edge_source"], of_added[self.added.arrays["edge_source"][rows]])
        arrays["edge_source"] = _narrow(source)
        arrays["edge_line"] = self.edges.of(self.base.arrays["edge_line"], self.added.arrays["edge_line"][rows])

    def _add_attributes(self, arrays: NewArrays) -> None:
        change, old, new = self.delta.attributes, self.base.arrays, self.added.arrays
        if not len(change.gone) and not len(change.rows):
            if len(old["attribute_edge"]) and self.edges.changes:
                arrays["attribute_edge"] = _like(self.edges.kept(old["attribute_edge"]), old["attribute_edge"].dtype)
            return
        rows = Splice(len(old["attribute_edge"]), change.gone, change.at)
        edge_of = self.edges.kept(self.delta.edges_found.at)
        edge_of[self.delta.edges.rows] = self.edges.come()
        edges = _like(edge_of[new["attribute_edge"][change.rows]], old["attribute_edge"].dtype)
        arrays["attribute_edge"] = rows.of(_like(self.edges.kept(old["attribute_edge"]), edges.dtype), edges)
        arrays["attribute_name"] = _spliced_ids(rows, "attribute_name", old, new, "attribute_name", change.rows)
        self._put(arrays, "attribute", rows.of_strings(pool(old, "attribute"), _taken(new, "attribute", change.rows)))

    def _add_labels(self, arrays: NewArrays) -> None:
        change, old, new = self.delta.labels, self.base.arrays, self.added.arrays
        subjects = self._label_subjects(arrays)
        first = int(np.searchsorted(old["label_subject"], np.int32(self.base.num_nodes)))
        gone, of_relation = _rows_at(old, change.gone), subjects[change.rows] >= len(self.nodes)
        at = _insertions(old, change.at, of_relation, first)
        order = np.argsort(of_relation, kind="stable")
        added, rows = change.rows[order], Splice(len(old["label_subject"]), np.sort(gone), at[order])
        moved = np.concatenate((self._moved(old["label_subject"][:first]), old["label_subject"][first:]))
        moved[first:] += len(self.nodes) - self.base.num_nodes
        arrays["label_subject"] = rows.of(moved, _like(subjects[added], np.int32))
        arrays["label_predicate"] = _spliced_ids(rows, "label_predicate", old, new, "predicate", added)
        arrays["label_suffix"] = _spliced_ids(rows, "label_suffix", old, new, "suffix", added)
        self._put(arrays, "label", rows.of_strings(pool(old, "label"), _taken(new, "label", added)))

    def _label_subjects(self, arrays: Arrays) -> Array:
        """The subject of each label statement of what is added: the node of its key, else behind the nodes its
        relation."""
        subject, own = self.added.arrays["label_subject"].astype(np.int64), self.added
        keys = [own.node_keys[i] if i < own.num_nodes else own.relation_keys[i - own.num_nodes] for i in subject]
        entities, nodes = self.base.num_entities + self.new_nodes.more_entities, pool(arrays, "node")
        found = []
        for key in keys:
            node = nodes.find(key, 0, entities)
            relation = self.base.find_relation(key) if node is None else None
            found.append(node if node is not None else -1 if relation is None else len(nodes) + relation)
        return np.array(found, np.int64)


def _like(values: Array, dtype: Any) -> Array:
    return values.astype(dtype, copy=False)


def _narrow(values: Array) -> Array:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))), copy=False)


def _sources(graph: Graph) -> list[tuple[str, str]]:
    return list(zip(pool(graph.arrays, "file"), pool(graph.arrays, "graph"), strict=True))


def _taken(arrays: Arrays, name: str, rows: Array) -> StringPool:
    return gather(*spans_of_pool(pool(arrays, name)), rows)


def _spliced_ids(rows: Splice, column: str, old: Arrays, new: Arrays, names: str, added: Array) -> Array:
    """A column of ids of a pool of names, with those of ``added`` rows; the pool must stay as it is."""
    known = {name: i for i, name in enumerate(pool(old, names))}
    ids = [known.get(name, -1) for name in pool(new, names)]
    come = np.array(ids, np.int64)[new[column][added]]
    uses = np.bincount(old[column], minlength=len(known))
    uses -= np.bincount(old[column][rows.gone], minlength=len(known))
    if (come < 0).any() or not (uses + np.bincount(come, minlength=len(known))).all():
        raise _OtherPoolError
    return rows.of(old[column], _like(come, old[column].dtype))


def _rows_at(arrays: Arrays, places: Array) -> Array:
    """The rows of labels at some places of ``section_order``."""
    order = section_order(arrays, "label")
    return places if isinstance(order, range) else np.asarray(order)[places]


def _insertions(arrays: Arrays, places: Array, of_relation: Array, first: int) -> Array:
    """The row that each new label comes before, where it comes before a place of ``section_order``. The labels of
    relations lie behind those of nodes, from row ``first`` on."""
    order = section_order(arrays, "label")
    before = np.zeros(len(order) + 1, np.int64)
    if not isinstance(order, range):
        np.cumsum(order >= first, out=before[1:])
    return np.where(of_relation, first + before[places], places - before[places])
