"""A change of a graph: the statements removed from a base and the statements added, as two small graphs.

The content hash and the counts of the changed graph are computed without building it: the statements of the change are
looked up in the base, and only the affected chunks of ``clew.kg.graph.fingerprint`` are hashed again. So an update
takes time in proportion to the change (and to a digest of 32 bytes for every hundred statements or so).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clew.kg.columnar.interner import Interner, Spans
from clew.kg.columnar.pool import StringPool
from clew.kg.columnar.strings import gather
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.fingerprint import SECTIONS, Chunker, Chunks, root, section_order, spell, stored_chunks
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import iter_label_statements
from clew.kg.store.diff import held_edges
from clew.kg.store.lookup import Located, find_attributes, find_edges, find_labels, find_sorted, subject_keys
from clew.kg.store.merge import add_graph, spans_of_pool
from clew.kg.store.splice import Splice

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a graph holds."""

    nodes: int
    entities: int
    relations: int
    edges: int
    statements: int


@dataclass(frozen=True, slots=True)
class Change:
    """The change of one section: rows of the base that go; rows of ``added`` that come, and before which row each."""

    gone: Array
    rows: Array
    at: Array


@dataclass(frozen=True, slots=True)
class Nodes:
    """The nodes of the base that go, int64, ascending; before which node each new one comes, ascending; the ``terms``
    of the new ones; and by how many the number of entities grows."""

    gone: Array
    at: Array
    terms: StringPool
    more_entities: int


@dataclass(frozen=True)
class Delta:
    """``base`` without the statements of ``removed`` (all of them in it) and with those of ``added``."""

    base: Graph
    added: Graph
    removed: Graph

    @classmethod
    def of(cls, base: Graph) -> Delta:
        """No change yet."""
        nothing = GraphBuilder(base.languages, {}).build()
        return cls(base, nothing, nothing)

    def then(self, add: Graph | None, delete: Graph | None) -> Delta:
        """This change, and after it the statements of ``delete`` taken out and those of ``add`` put in."""
        added, removed = apply(self.added, add, delete), self.removed
        if delete is not None:
            removed = _held(self.base, apply(removed, add=delete))
        return Delta(self.base, _news(self.base, added, removed), removed)

    def whole(self) -> Graph:
        """The changed graph itself, in memory: linear in the base."""
        return apply(self.base, self.added, self.removed)

    @property
    def size(self) -> int:
        """The statements of the change."""
        return self.added.num_statements + self.removed.num_statements

    @cached_property
    def content_hash(self) -> str:
        """The content hash of the changed graph, hex."""
        return root({section: self.chunks(section).digests for section in SECTIONS})

    def chunks(self, section: str) -> Chunks:
        """The chunks of a section of the changed graph."""
        changes = {"edge": self.edges, "label": self.labels, "attribute": self.attributes}
        return _chunks(self, section, changes[section])

    @cached_property
    def counts(self) -> Counts:
        """What the changed graph holds."""
        edges, labels, keys = self.edges, self.labels, self._keys
        node = keys.node_after.astype(int) - keys.node.found
        relation = keys.relation_after.astype(int) - keys.relation.found
        num_edges = self.base.num_edges - len(edges.gone) + len(edges.rows)
        num_labels = len(self.base.arrays["label_subject"]) - len(labels.gone) + len(labels.rows)
        return Counts(
            nodes=self.base.num_nodes + int(node.sum()),
            entities=self.base.num_entities + int(node[~keys.literal].sum()),
            relations=self.base.num_relations + int(relation.sum()),
            edges=num_edges,
            statements=num_edges + num_labels,
        )

    @cached_property
    def nodes(self) -> Nodes | None:
        """The change of the nodes; None where a relation comes or goes, or becomes a node or is one no longer."""
        keys = self._keys
        come, gone = keys.node_after & ~keys.node.found, keys.node.found & ~keys.node_after
        if (keys.relation.found != keys.relation_after).any() or (keys.relation.found & (come | gone)).any():
            return None
        blob, starts, ends = keys.spans
        rows = sorted(
            np.flatnonzero(come).tolist(),
            key=lambda i: (int(keys.node.at[i]), bool(keys.literal[i]), blob[starts[i] : ends[i]].tobytes()),
        )
        order = np.array(rows, np.int64)
        more = int(np.sum(~keys.literal[order])) - int(np.sum(gone & ~keys.literal))
        return Nodes(np.sort(keys.node.at[gone]), keys.node.at[order], gather(blob, starts, ends, order), more)

    @cached_property
    def _keys(self) -> _Keys:
        return _keys(self, self.edges.rows, self.labels.rows)

    # --- sections
    @cached_property
    def edges_found(self) -> Located:
        """The edges of ``added`` in the base."""
        return find_edges(self.base, self.added)

    @cached_property
    def _edges_gone(self) -> Array:
        return find_edges(self.base, self.removed).at

    @cached_property
    def edges(self) -> Change:
        """The change of the edges."""
        gone, places = self._edges_gone, self.edges_found
        rows = np.flatnonzero(~places.found | np.isin(places.at, gone))
        return Change(gone, rows, places.at[rows])

    @cached_property
    def labels(self) -> Change:
        """The change of the label statements, by their place in ``fingerprint.section_order``."""
        gone, places = find_labels(self.base, self.removed).at, find_labels(self.base, self.added)
        new = ~places.found | np.isin(places.at, gone)
        order = np.asarray(section_order(self.added.arrays, "label"), np.int64)
        rows = order[new[order]]
        return Change(gone, rows, places.at[rows])

    @cached_property
    def attributes(self) -> Change:
        """The change of the attributes."""
        gone, places = self._edges_gone, self.edges_found
        found = find_attributes(self.base, self.added, places)
        again = np.isin(places.at, gone)[self.added.arrays["attribute_edge"]]
        rows = np.flatnonzero(~found.found | again)
        edge = self.base.arrays["attribute_edge"]
        low, high = (np.searchsorted(edge, gone.astype(edge.dtype), side) for side in ("left", "right"))
        going = [np.arange(first, last) for first, last in zip(low, high, strict=True) if last > first]
        return Change(np.concatenate([np.empty(0, np.int64), *going]), rows, found.at[rows])


def apply(graph: Graph, add: Graph | None = None, delete: Graph | None = None) -> Graph:
    """The graph of the statements of ``graph`` without those of ``delete`` and with those of ``add``, in memory."""
    builder = GraphBuilder(graph.languages, {})
    edges = labels = None
    if delete is not None:
        edges = ~held_edges(graph, delete)
        gone = set(iter_label_statements(delete))
        labels = np.ones(len(graph.arrays["label_subject"]), np.bool_)
        if gone:
            labels[:] = [statement not in gone for statement in iter_label_statements(graph)]
    add_graph(builder, graph, edges, labels)
    if add is not None:
        add_graph(builder, add)
    return builder.build(graph.name)


def _held(base: Graph, graph: Graph) -> Graph:
    """The statements of ``graph`` that are in ``base``."""
    builder = GraphBuilder(base.languages, {})
    add_graph(builder, graph, find_edges(base, graph).found, find_labels(base, graph).found)
    return builder.build()


def _news(base: Graph, added: Graph, removed: Graph) -> Graph:
    """The statements of ``added`` that say anything new: not in ``base``, or removed from it, or with attributes."""
    gone = find_edges(base, removed).at
    edges, labels = find_edges(base, added), find_labels(base, added)
    new = ~edges.found | np.isin(edges.at, gone)
    new[added.arrays["attribute_edge"]] = True
    builder = GraphBuilder(base.languages, {})
    add_graph(builder, added, new, ~labels.found | np.isin(labels.at, find_labels(base, removed).at))
    return builder.build()


@dataclass(frozen=True, slots=True)
class _Keys:
    """The n terms and keys of a change: their spans, where they are among the base's nodes and relations, and whether
    they are a literal, and a node or a relation of the changed graph, bool[n]."""

    spans: Spans
    node: Located
    relation: Located
    literal: Array
    node_after: Array
    relation_after: Array


def _keys(delta: Delta, new_edges: Array, new_labels: Array) -> _Keys:
    """Look up every term and key of the change.

    A node is what an edge touches or what has a label, unless the label is that of a relation which no edge touches
    (``clew.kg.graph.assemble``).
    """
    base, keys = delta.base, Interner()
    touching = {1: _uses(delta.added, keys, new_edges, new_labels), -1: _uses(delta.removed, keys, None, None)}
    blob, starts, ends = keys.spans()
    literal = blob[np.minimum(starts, max(len(blob) - 1, 0))] == 0 if len(blob) else np.zeros(len(keys), np.bool_)
    low = np.where(literal, base.num_entities, 0)
    node = find_sorted(base.node_keys, low, np.where(literal, base.num_nodes, base.num_entities), (blob, starts, ends))
    relation = find_sorted(base.relation_keys, 0, base.num_relations, (blob, starts, ends))
    subject, at = base.arrays["label_subject"], np.where(node.found, node.at, 0)
    degree = np.zeros(len(keys), np.int64)
    for side in (base.out, base.inc):
        degree += np.where(node.found, side.ptr[np.minimum(at + 1, base.num_nodes)] - side.ptr[at], 0)
    used = np.zeros(len(keys), np.int64)
    used[relation.found] = base.arrays["relation_count"][relation.at[relation.found]]
    labels = _rows_of(subject, at, node.found)
    labels += _rows_of(subject, base.num_nodes + relation.at, relation.found)
    for sign, (edges_at, uses, labels_at) in touching.items():
        np.add.at(degree, edges_at, sign)
        np.add.at(used, uses, sign)
        np.add.at(labels, labels_at, sign)
    is_node = (degree > 0) | ((labels > 0) & (used == 0))
    return _Keys((blob, starts, ends), node, relation, literal, is_node, used > 0)


def _rows_of(subject: Array, wanted: Array, known: Array) -> Array:
    """How many label statements each subject has, where it is known."""
    low, high = (np.searchsorted(subject, wanted.astype(np.int32), side) for side in ("left", "right"))
    return np.where(known, high - low, 0)


def _uses(graph: Graph, keys: Interner, edges: Array | None, labels: Array | None) -> tuple[Array, Array, Array]:
    """The key ids, once for each use: of the ends of edges, of their relations, of the subjects of labels."""
    nodes, relations = (
        keys.add_spans(*spans_of_pool(graph.node_keys)),
        keys.add_spans(*spans_of_pool(graph.relation_keys)),
    )
    subjects = keys.add_spans(*subject_keys(graph))
    chosen = slice(None) if edges is None else edges
    ends = np.concatenate((nodes[graph.edge_heads()[chosen]], nodes[graph.out.node[chosen]]))
    return ends, relations[graph.out.relation[chosen]], subjects if labels is None else subjects[labels]


def _chunks(delta: Delta, section: str, change: Change) -> Chunks:
    """The chunks of a changed section: those of untouched rows stay, runs of touched ones are cut anew."""
    arrays = delta.base.arrays
    chunks, order = stored_chunks(arrays, section), section_order(arrays, section)
    starts = chunks.starts if len(chunks.starts) else np.zeros(1, np.int64)
    touched = _touched(starts, np.concatenate((change.gone, change.at)))
    if not touched.any():
        return chunks
    ends = np.append(starts[1:], len(order))
    kept = np.concatenate([np.arange(starts[c], ends[c]) for c in np.flatnonzero(touched)])
    kept = kept[~np.isin(kept, change.gone)]
    key = np.concatenate((2 * kept + 1, 2 * change.at))  # what comes in stands before the row it comes in at
    merged = np.argsort(key, kind="stable")
    first = np.flatnonzero(touched & ~np.append(False, touched[:-1]))
    last = np.flatnonzero(touched & ~np.append(touched[1:], False)) + 1
    run = np.searchsorted(starts[first], key[merged] // 2, side="right") - 1
    rows = kept if isinstance(order, range) else order[kept]
    fresh = _chunked(delta, section, rows, change.rows, merged, np.flatnonzero(np.diff(run, prepend=-1)))
    runs = np.searchsorted(run[fresh.starts], np.arange(len(first) + 1))
    offsets = np.searchsorted(run, np.arange(len(first)))
    places = Splice(len(order), np.sort(change.gone), change.at)
    digests, found, done = [], [], 0
    for number, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        new = slice(runs[number], runs[number + 1])
        digests += [chunks.digests[done:low], fresh.digests[new]]
        found += [
            places.kept(starts[done:low]),
            fresh.starts[new] - offsets[number] + places.before(int(starts[low])),
        ]
        done = high
    return Chunks(
        np.concatenate([*found, places.kept(starts[done:])]), np.concatenate([*digests, chunks.digests[done:]])
    )


def _touched(starts: Array, places: Array) -> Array:
    """The chunks to hash anew, bool[c]: those of ``places``, and the one before where a chunk's first row changes."""
    touched = np.zeros(len(starts), np.bool_)
    chunk = np.searchsorted(starts, places, side="right") - 1
    touched[chunk] = True
    touched[np.maximum(chunk[places == starts[chunk]] - 1, 0)] = True
    return touched


def _chunked(delta: Delta, section: str, kept: Array, rows: Array, merged: Array, forced: Array) -> Chunks:
    """The chunks of ``kept`` rows of the base and ``rows`` of what is added, in ``merged`` order."""
    old, old_bounds = spell(delta.base.arrays, section, kept)
    new, new_bounds = spell(delta.added.arrays, section, rows)
    starts = np.concatenate((old_bounds[:-1], new_bounds[:-1] + len(old)))
    ends = np.concatenate((old_bounds[1:], new_bounds[1:] + len(old)))
    chunker = Chunker()
    if len(merged):
        together = gather(np.concatenate((old, new)), starts, ends, merged)
        chunker.feed(together.blob, together.offsets.astype(np.int64), forced)
    return chunker.finish()
