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

from clew.kg.columnar.interner import Interner
from clew.kg.columnar.strings import gather
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.fingerprint import SECTIONS, Chunker, Chunks, root, section_order, spell, stored_chunks
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import iter_label_statements
from clew.kg.store.diff import held_edges
from clew.kg.store.lookup import Places, find_attributes, find_edges, find_labels, find_sorted, subject_keys
from clew.kg.store.merge import add_graph, spans_of_pool

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
class _Change:
    """The change of one section: rows of the base that go; rows of ``added`` that come, and before which row each."""

    gone: Array
    rows: Array
    at: Array


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
        changes = {"edge": self._edges, "label": self._labels, "attribute": self._attributes}
        return root({section: _digests(self, section, changes[section]) for section in SECTIONS})

    @cached_property
    def counts(self) -> Counts:
        """What the changed graph holds."""
        edges, labels = self._edges, self._labels
        before, after, literal = _existence(self, edges.rows, labels.rows)
        node, relation = (after[i].astype(int) - before[i] for i in range(2))
        num_edges = self.base.num_edges - len(edges.gone) + len(edges.rows)
        num_labels = len(self.base.arrays["label_subject"]) - len(labels.gone) + len(labels.rows)
        return Counts(
            nodes=self.base.num_nodes + int(node.sum()),
            entities=self.base.num_entities + int(node[~literal].sum()),
            relations=self.base.num_relations + int(relation.sum()),
            edges=num_edges,
            statements=num_edges + num_labels,
        )

    # --- sections
    @cached_property
    def _found_edges(self) -> tuple[Array, Places]:
        return find_edges(self.base, self.removed).at, find_edges(self.base, self.added)

    @cached_property
    def _edges(self) -> _Change:
        gone, places = self._found_edges
        rows = np.flatnonzero(~places.found | np.isin(places.at, gone))
        return _Change(gone, rows, places.at[rows])

    @cached_property
    def _labels(self) -> _Change:
        gone, places = find_labels(self.base, self.removed).at, find_labels(self.base, self.added)
        new = ~places.found | np.isin(places.at, gone)
        order = np.asarray(section_order(self.added.arrays, "label"), np.int64)
        rows = order[new[order]]
        return _Change(gone, rows, places.at[rows])

    @cached_property
    def _attributes(self) -> _Change:
        gone, places = self._found_edges
        found = find_attributes(self.base, self.added, places)
        again = np.isin(places.at, gone)[self.added.arrays["attribute_edge"]]
        rows = np.flatnonzero(~found.found | again)
        edge = self.base.arrays["attribute_edge"]
        low, high = (np.searchsorted(edge, gone.astype(edge.dtype), side) for side in ("left", "right"))
        going = [np.arange(first, last) for first, last in zip(low, high, strict=True) if last > first]
        return _Change(np.concatenate([np.empty(0, np.int64), *going]), rows, found.at[rows])


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


def _existence(delta: Delta, new_edges: Array, new_labels: Array) -> tuple[Any, Any, Array]:
    """Of every term and key of the change: is it a node, is it a relation; before and after; and is it a literal.

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
    after = (degree > 0) | ((labels > 0) & (used == 0)), used > 0
    return (node.found, relation.found), after, literal


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


def _digests(delta: Delta, section: str, change: _Change) -> Array:
    """The chunk digests of a changed section: those of untouched chunks stay, runs of touched ones are cut anew."""
    arrays = delta.base.arrays
    chunks, order = stored_chunks(arrays, section), section_order(arrays, section)
    starts = chunks.starts if len(chunks.starts) else np.zeros(1, np.int64)
    touched = _touched(starts, np.concatenate((change.gone, change.at)))
    if not touched.any():
        return chunks.digests
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
    pieces, done = [], 0
    for number, (low, high) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        pieces += [chunks.digests[done:low], fresh.digests[runs[number] : runs[number + 1]]]
        done = high
    return np.concatenate([*pieces, chunks.digests[done:]])


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
