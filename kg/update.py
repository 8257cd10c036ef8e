"""Updates: statements added to a graph and deleted from it, published as a new version."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kg.builder import GraphBuilder
from kg.catalogue import Catalogue
from kg.diff import held_edges
from kg.errors import BadInput
from kg.footprint import peak_rss_mb
from kg.graph import Graph
from kg.ingest import IngestReport, build_graph
from kg.loading import Observer
from kg.merge import add_graph
from kg.options import IngestOptions
from kg.snapshot import write_snapshot
from kg.statements import iter_label_statements

Sources = Sequence[str | os.PathLike[str]]


def update(
    catalogue: Catalogue,
    name: str,
    add: Sources = (),
    delete: Sources = (),
    options: IngestOptions | None = None,
    observer: Observer | None = None,
) -> IngestReport:
    """Publish graph ``name`` with the statements of ``delete`` taken out and those of ``add`` put in.

    Both may be sources of any format. A blank node with a label is the graph's node of that label, so that patches can
    name it; one without is a new node. What is deleted but not there is passed over; what is in both stays. The new
    version's content hash is that of loading the resulting statements from scratch. Errors: as ``kg.ingest.ingest``.
    """
    start = time.perf_counter()
    options = options or IngestOptions()
    graph = catalogue.open(name)
    if not add and not delete:
        raise BadInput("nothing to add and nothing to delete")
    rejected: dict[str, int] = {}
    sides = []
    fresh = replace(options, blank_scope=f"{graph.version}-")
    for sources, reading in ((add, fresh), (delete, options)):
        side, facts = build_graph(catalogue, sources, reading, observer) if sources else (None, {})
        for kind, count in facts.get("rejected", {}).items():
            rejected[kind] = rejected.get(kind, 0) + count
        sides.append(side)
    updated = apply(graph, *sides)
    with catalogue.staging() as folder:
        write_snapshot(updated, folder)
        version = catalogue.publish(name, folder, options.keep)
    return IngestReport(
        graph=name,
        version=version,
        content_hash=updated.content_hash,
        triples=updated.num_statements,
        edges=updated.num_edges,
        entities=updated.num_entities,
        relations=updated.num_relations,
        rejected=rejected,
        seconds=round(time.perf_counter() - start, 3),
        peak_rss_mb=peak_rss_mb(),
    )


def apply(graph: Graph, add: Graph | None = None, delete: Graph | None = None) -> Graph:
    """The graph of the statements of ``graph`` without those of ``delete`` and with those of ``add``, in memory."""
    builder = GraphBuilder(graph.languages, {})
    edges = labels = None
    if delete is not None:
        edges = ~held_edges(graph, delete)
        gone = set(iter_label_statements(delete))
        rows = iter_label_statements(graph)
        labels = np.fromiter(
            (statement not in gone for statement in rows), np.bool_, len(graph.arrays["label_subject"])
        )
    add_graph(builder, graph, edges, labels)
    if add is not None:
        add_graph(builder, add)
    return builder.build(graph.name)
