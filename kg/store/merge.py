"""Adds the statements of a graph to a builder, column by column, for updates and merges."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.interner import Interner, Spans, spans_of
from clew.kg.columnar.pool import StringPool
from clew.kg.graph.arrays import pool
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.labels import KINDS
from clew.kg.terms.provenance import Source

Array = np.ndarray[Any, np.dtype[Any]]


def add_graph(builder: GraphBuilder, graph: Graph, edges: Array | None = None, labels: Array | None = None) -> None:
    """Add a graph's statements to ``builder``, with provenance and attributes.

    ``edges`` bool[num_edges] and ``labels`` bool[label rows] say which to add; None: all.
    """
    builder.flush()
    columns, arrays = builder.columns, graph.arrays
    nodes = columns.nodes.add_spans(*spans_of_pool(graph.node_keys))
    relations = columns.relations.add_spans(*spans_of_pool(graph.relation_keys))
    keep = np.ones(graph.num_edges, np.bool_) if edges is None else edges
    places = [Source(file, 0, name) for file, name in zip(pool(arrays, "file"), pool(arrays, "graph"), strict=True)]
    sources = np.array([builder.source_id(place) for place in places], np.uint32)
    first = len(columns.head)
    columns.head.extend(nodes[graph.edge_heads()[keep]])
    columns.relation.extend(relations[graph.out.relation[keep]])
    columns.tail.extend(nodes[graph.out.node[keep]])
    columns.source.extend(sources[arrays["edge_source"][keep]])
    columns.line.extend(arrays["edge_line"][keep])
    _add_attributes(builder, graph, keep, first)
    _add_labels(builder, graph, np.ones(len(arrays["label_subject"]), np.bool_) if labels is None else labels, nodes)


def spans_of_pool(strings: StringPool) -> Spans:
    """A pool as spans of its blob."""
    offsets = strings.offsets.astype(np.int64)
    return strings.blob, offsets[:-1], offsets[1:]


def _add_attributes(builder: GraphBuilder, graph: Graph, keep: Array, first: int) -> None:
    arrays, attributes = graph.arrays, builder.attributes
    edge = arrays["attribute_edge"]
    if len(edge) == 0:
        return
    chosen = np.flatnonzero(keep[edge])
    place = first + np.cumsum(keep) - 1
    names = attributes.names.add_spans(*spans_of_pool(pool(arrays, "attribute_name")))
    blob, starts, ends = spans_of_pool(pool(arrays, "attribute"))
    builder.add_attributes(place[edge[chosen]], _texts(attributes.names, names, arrays["attribute_name"][chosen]),
                           (blob, starts[chosen], ends[chosen]))  # fmt: skip


def _texts(interner: Interner, ids: Array, rows: Array) -> Spans:
    """The strings of ``ids[rows]`` as spans."""
    texts = interner.texts()
    return spans_of([texts[i] for i in ids[rows].tolist()])


def _add_labels(builder: GraphBuilder, graph: Graph, keep: Array, nodes: Array) -> None:
    arrays, labels = graph.arrays, builder.labels
    chosen = np.flatnonzero(keep)
    predicates = pool(arrays, "predicate")
    for predicate, kind in zip(predicates, arrays["predicate_kind"].tolist(), strict=True):
        builder.label_predicates.setdefault(predicate, KINDS[kind])
    subject = arrays["label_subject"][chosen]
    as_nodes = builder.columns.nodes.add_spans(*spans_of_pool(graph.relation_keys))
    labels.subject.extend(np.concatenate((nodes, as_nodes))[subject])
    labels.predicate.extend(labels.predicates.add_spans(*spans_of_pool(predicates))[arrays["label_predicate"][chosen]])
    suffixes = labels.suffixes.add_spans(*spans_of_pool(pool(arrays, "suffix")))
    labels.suffix.extend(suffixes[arrays["label_suffix"][chosen]])
    blob, starts, ends = spans_of_pool(pool(arrays, "label"))
    builder.add_texts(blob, starts[chosen], ends[chosen])
