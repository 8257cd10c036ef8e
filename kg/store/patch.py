"""Makes the whole graph of a small change out of its base: every array is copied, the rows of the change spliced in.

Nothing is sorted and only the changed chunks are hashed, so that it takes about as long as copying the base; large
arrays are made piece by piece, so that writing them takes little memory. The result is the same, array by array, as of
building the graph from its statements (``clew.kg.store.delta.apply``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen
from clew.kg.columnar.interner import Spans
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import gather
from clew.kg.graph.arrays import DERIVED, Arrays, Meta, NewArrays, derive_names, pool
from clew.kg.graph.fingerprint import SECTIONS, heads_of, section_order
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_SPLICED_STATEMENTS
from clew.kg.store.delta import Delta, Nodes
from clew.kg.store.lookup import Located, find_edges, find_nodes, find_relations, find_sorted, subject_keys
from clew.kg.store.merge import spans_of_pool
from clew.kg.store.pieces import PiecewiseArray
from clew.kg.store.splice import Moves, Splice

Array = np.ndarray[Any, np.dtype[Any]]


def spliced(delta: Delta) -> Patched | None:
    """The arrays of the changed graph, to be made piece by piece; None where the change is too large to be spliced in,
    or changes a pool that ids of the base depend on: then ``delta.whole()`` builds the graph."""
    if delta.size > MAX_SPLICED_STATEMENTS or (nodes := delta.nodes) is None:
        return None
    try:
        return _Patch(delta, nodes).patched()
    except _OtherPoolError:
        return None


@dataclass(frozen=True, slots=True)
class Patched:
    """A changed graph: its name, its arrays but for those that ``derive_names`` derives, and its metadata."""

    name: str
    arrays: Mapping[str, Array | PiecewiseArray]
    meta: Meta

    def graph(self) -> Graph:
        """The graph, in memory."""
        arrays: NewArrays = {
            name: rows.joined() if isinstance(rows, PiecewiseArray) else rows for name, rows in self.arrays.items()
        }
        arrays |= derive_names(arrays, self.meta)
        for array in arrays.values():
            array.setflags(write=False)
        return Graph(self.name, arrays, self.meta)


class _OtherPoolError(Exception):
    """The change brings a label predicate, a language or an attribute's name, or takes out the last use of one."""


class _Patch:
    def __init__(self, delta: Delta, nodes: Nodes) -> None:
        self.delta, self.base, self.added, self.new_nodes = delta, delta.base, delta.added, nodes
        self.nodes = Splice(self.base.num_nodes, nodes.gone, nodes.at)
        self.edges = Splice(self.base.num_edges, delta.edges.gone, delta.edges.at)
        terms = map(nodes.terms.raw, range(len(nodes.terms)))
        self.places_of_new = dict(zip(terms, self.nodes.come().tolist(), strict=True))
        self.arrays: dict[str, Array | PiecewiseArray] = {}

    def patched(self) -> Patched:
        old = self.base.arrays
        self.arrays |= {name: old[name] for name in old if name not in DERIVED}
        self._put("node", *self.nodes.of_strings(self.base.node_keys, self.new_nodes.terms))
        added = self._added_nodes(), self._added_relations()
        self._add_out(*added)
        self._add_inc(*added)
        self._add_sources()
        self._add_attributes()
        self._add_labels()
        for section in SECTIONS:
            chunks = self.delta.chunks(section)
            self.arrays[f"{section}_chunk"] = chunks.starts
            self.arrays[f"{section}_digest"] = chunks.digests.reshape(-1)
        entities = self.base.num_entities + self.new_nodes.more_entities
        return Patched(self.base.name, self.arrays, Meta(entities, self.base.languages, self.delta.content_hash))

    def _put(self, name: str, blob: Array | PiecewiseArray, offsets: Array | PiecewiseArray) -> None:
        self.arrays[f"{name}_blob"], self.arrays[f"{name}_offsets"] = blob, offsets

    def _moved(self, ids: Array) -> Array:
        """Node ids of the base as they are now, and those numbered behind them."""
        return self._node_moves.of(ids) if self.nodes.changes else ids

    @cached_property
    def _node_moves(self) -> Moves:
        return Moves(self.nodes, self.base.num_nodes + self.base.num_relations)

    @cached_property
    def _edge_moves(self) -> Moves:
        return Moves(self.edges, self.base.num_edges)

    def _added_nodes(self) -> Array:
        """The nodes of what is added, in the changed graph (-1: not in it)."""
        return self._now(find_nodes(self.base, self.added), spans_of_pool(self.added.node_keys))

    def _now(self, known: Located, terms: Spans) -> Array:
        """The nodes int64[n] of the changed graph with some terms (-1: none), given where they are in the base."""
        stays = known.found & ~np.isin(known.at, self.nodes.gone)
        found, (blob, starts, ends) = np.where(stays, self.nodes.kept(known.at), -1), terms
        for i in np.flatnonzero(~stays).tolist():
            found[i] = self.places_of_new.get(blob[starts[i] : ends[i]].tobytes(), -1)
        return found

    def _added_relations(self) -> Array:
        """The relations of what is added, in the changed graph (-1: not in it)."""
        known = find_relations(self.base, self.added)
        return np.where(known.found, known.at, -1)

    def _add_out(self, nodes: Array, relations: Array) -> None:
        rows, out, base = self.delta.edges.rows, self.added.out, self.base.out
        gone, come = self.edges.gone, relations[out.relation[rows]]
        heads = np.sort(nodes[self.added.edge_heads()[rows]])
        self.arrays["out_ptr"] = self._pointers(base.ptr, heads_of(frozen(base.ptr), gone), heads)
        self.arrays["out_relation"] = self.edges.of(base.relation, _like(come, np.int32))
        self.arrays["out_node"] = self.edges.of(base.node, _like(nodes[out.node[rows]], np.int32), self._moved)
        size = self.base.num_relations
        count = self.base.arrays["relation_count"] + np.bincount(come, minlength=size)
        self.arrays["relation_count"] = count - np.bincount(base.relation[gone], minlength=size)

    def _add_inc(self, nodes: Array, relations: Array) -> None:
        new = np.zeros(self.added.num_edges, np.bool_)
        new[self.delta.edges.rows] = True
        order = self.added.inc.edge[new[self.added.inc.edge]]  # the new edges by (tail, relation, head)
        gone = find_edges(self.base, self.delta.removed, inwards=True).at
        at = find_edges(self.base, self.added, inwards=True).at[order]
        rows = Splice(self.base.num_edges, np.sort(gone), at)
        tails, inc = nodes[self.added.out.node[order]], self.base.inc
        self.arrays["inc_ptr"] = self._pointers(inc.ptr, np.sort(self.base.out.node[self.edges.gone]), tails)
        self.arrays["inc_relation"] = rows.of(inc.relation, _like(relations[self.added.out.relation[order]], np.int32))
        heads = _like(nodes[self.added.edge_heads()[order]], np.int32)
        self.arrays["inc_node"] = rows.of(inc.node, heads, self._moved)
        come = np.empty(self.added.num_edges, np.int64)
        come[self.delta.edges.rows] = self.edges.come()
        self.arrays["inc_edge"] = rows.of(inc.edge, _like(come[order], inc.edge.dtype), self._edge_moves.of)

    def _pointers(self, ptr: Array, gone: Array, come: Array) -> PiecewiseArray:
        """Pointers to rows of edges, for the ends of the edges that go (in the base) and come (now), ascending."""
        return self.nodes.bounds(ptr, np.zeros(len(self.nodes.at), np.int64), gone, come)

    def _add_sources(self) -> None:
        rows = self.delta.edges.rows
        known = {place: i for i, place in enumerate(_sources(self.base))}
        of_added = _narrow(np.array([known.setdefault(place, len(known)) for place in _sources(self.added)], np.int64))
        for name, strings in (
            ("file", StringPool.of(file for file, _ in known)),
            ("graph", StringPool.of(graph for _, graph in known)),
        ):
            self._put(name, strings.blob, strings.offsets)
        source = self.edges.of(self.base.arrays["edge_source"], of_added[self.added.arrays["edge_source"][rows]])
        self.arrays["edge_source"] = _narrowed(source)
        self.arrays["edge_line"] = self.edges.of(self.base.arrays["edge_line"], self.added.arrays["edge_line"][rows])

    def _add_attributes(self) -> None:
        change, old, new = self.delta.attributes, self.base.arrays, self.added.arrays
        of_edge = old["attribute_edge"]
        rows = Splice(len(of_edge), change.gone, change.at)
        edge_of = self.edges.kept(self.delta.edges_found.at)
        edge_of[self.delta.edges.rows] = self.edges.come()
        come = _like(edge_of[new["attribute_edge"][change.rows]], of_edge.dtype)
        if self.edges.changes or rows.changes:
            self.arrays["attribute_edge"] = rows.of(of_edge, come, self._edge_moves.of)
        if not rows.changes:
            return
        self.arrays["attribute_name"] = _spliced_ids(rows, "attribute_name", old, new, "attribute_name", change.rows)
        texts = rows.of_strings(pool(old, "attribute"), _taken(new, "attribute", change.rows))
        self._put("attribute", *texts)

    def _add_labels(self) -> None:
        change, old, new = self.delta.labels, self.base.arrays, self.added.arrays
        subjects = self._label_subjects()
        first = int(np.searchsorted(old["label_subject"], np.int32(self.base.num_nodes)))
        gone, of_relation = _rows_at(old, change.gone), subjects[change.rows] >= len(self.nodes)
        at = _insertions(old, change.at, of_relation, first)
        order = np.argsort(of_relation, kind="stable")
        added, rows = change.rows[order], Splice(len(old["label_subject"]), np.sort(gone), at[order])
        come = _like(subjects[added], np.int32)
        self.arrays["label_subject"] = rows.of(old["label_subject"], come, self._moved)
        self.arrays["label_predicate"] = _spliced_ids(rows, "label_predicate", old, new, "predicate", added)
        self.arrays["label_suffix"] = _spliced_ids(rows, "label_suffix", old, new, "suffix", added)
        self._put("label", *rows.of_strings(pool(old, "label"), _taken(new, "label", added)))

    def _label_subjects(self) -> Array:
        """The subject of each label statement of what is added: the node of its key, else behind the nodes its
        relation."""
        base, keys = self.base, subject_keys(self.added)
        nodes = self._now(find_sorted(base.node_keys, 0, base.num_entities, keys), keys)
        relations = find_sorted(base.relation_keys, 0, base.num_relations, keys)
        return np.where(nodes < 0, np.where(relations.found, len(self.nodes) + relations.at, -1), nodes)


def _like(values: Array, dtype: Any) -> Array:
    return values.astype(dtype, copy=False)


def _narrow(values: Array) -> Array:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))), copy=False)


def _narrowed(ids: PiecewiseArray) -> PiecewiseArray:
    """Ids in the narrowest type that holds them all."""
    highest = max((int(piece.max(initial=0)) for piece in ids), default=0) if ids.dtype.itemsize > 1 else 0
    return PiecewiseArray(np.min_scalar_type(highest), ids.size, ids.make)


def _sources(graph: Graph) -> list[tuple[str, str]]:
    return list(zip(pool(graph.arrays, "file"), pool(graph.arrays, "graph"), strict=True))


def _taken(arrays: Arrays, name: str, rows: Array) -> StringPool:
    return gather(*spans_of_pool(pool(arrays, name)), rows)


def _spliced_ids(rows: Splice, column: str, old: Arrays, new: Arrays, names: str, added: Array) -> PiecewiseArray:
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
