"""Updates: add statements to a graph, delete statements from it, and publish the result as a new version."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.ingest.ingest import IngestReport, build_graphs, empty_quarantine
from clew.kg.ingest.inputs import not_loaded
from clew.kg.ingest.loading import Observer
from clew.kg.ingest.options import IngestOptions
from clew.kg.limits import MAX_DELTA_SHARE, MIN_DELTA
from clew.kg.memory import peak_rss_mb
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.delta import apply
from clew.kg.store.delta_files import write_delta

Sources = Sequence[str | os.PathLike[str]]


def update(
    catalogue: Catalogue,
    name: str,
    add: Sources = (),
    delete: Sources = (),
    options: IngestOptions | None = None,
    observer: Observer | None = None,
    patch: Sources = (),
    expected: str | None = None,
) -> IngestReport:
    """Publish graph ``name`` with the statements of ``delete`` taken out and those of ``add`` put in.

    Both may be sources of any format; those of ``patch`` are RDF patches (``clew.kg.ingest.readers.patches``). A blank
    node with a label is the graph's node of that label, so that patches can name it; one without is a new node. What is
    deleted but not there is passed over; what is in both stays. The new version's content hash is that of loading the
    resulting statements from scratch; where nothing changes, the version stays. ``expected`` and errors: as for
    ``clew.kg.ingest.ingest.ingest``; ``VersionChanged`` also where another process published a version meanwhile, which
    would be lost.

    What is published is the change (``clew.kg.store.delta``), in time proportional to it. The first to open the version
    has the whole of it built (``Catalogue.compact``); so has an update whose change has grown to ``MAX_DELTA_SHARE``.
    """
    start = time.perf_counter()
    options = options or IngestOptions()
    if not add and not delete and not patch:
        raise BadInput("nothing to add and nothing to delete")
    catalogue.check_current(name, expected)
    seen = catalogue.current(name)
    base, before = catalogue.delta(name)
    empty_quarantine(options)
    sides = _Sides(catalogue, options, f"{catalogue.current(name)}-", observer)
    added, deleted = sides.read(add, delete, patch)
    delta = before.then(added, deleted)
    version = seen
    if delta.content_hash[:12] != version:
        with catalogue.staging() as folder:
            write_delta(delta, base, folder)
            version = catalogue.publish(name, folder, options.keep, seen)
        if delta.size > max(MIN_DELTA, MAX_DELTA_SHARE * delta.base.num_statements):
            catalogue.compact(name)
    return IngestReport(
        graph=name,
        version=version,
        content_hash=delta.content_hash,
        triples=delta.counts.statements,
        edges=delta.counts.edges,
        entities=delta.counts.entities,
        relations=delta.counts.relations,
        rejected=dict(sides.rejected),
        first_rejected=tuple(sides.first),
        kept=dict(sides.kept),
        unused_labels=sides.unused_labels,
        not_loaded=tuple(not_loaded([*add, *delete, *patch])),
        lists=sides.lists,
        list_members=sides.list_members,
        seconds=round(time.perf_counter() - start, 3),
        peak_rss_mb=max(sides.peak_rss_mb, peak_rss_mb()),
    )


class _Sides:
    """Reads the sides of an update into small graphs, and adds up what was rejected."""

    def __init__(self, catalogue: Catalogue, options: IngestOptions, scope: str, observer: Observer | None) -> None:
        self.catalogue, self.options, self.scope, self.observer = catalogue, options, scope, observer
        self.rejected: Counter[str] = Counter()
        self.kept: Counter[str] = Counter()
        self.first: list[str] = []
        self.unused_labels = self.lists = self.list_members = 0
        self.peak_rss_mb = 0.0

    def read(self, add: Sources, delete: Sources, patch: Sources) -> tuple[Graph | None, Graph | None]:
        """What is added and what is deleted, None where there are no sources for it.

        Both halves of a patch meet the same bad lines: they are counted, and put in quarantine, with the first.
        """
        fresh = replace(self.options, blank_scope=self.scope)
        half = replace(self.options, format="patch-deleted")
        if self.options.on_error == "quarantine":
            half = replace(half, on_error="skip", quarantine=None)
        wanted = [
            (add, fresh),
            (delete, self.options),
            (patch, replace(fresh, format="patch-added")),
            (patch, half),
        ]
        parts = [part for part in wanted if part[0]]
        found = iter(build_graphs(self.catalogue, parts, self.observer))
        graphs = [self._count(*next(found), counted=part[1] is not half) if part[0] else None for part in wanted]
        return _both(graphs[0], graphs[2]), _both(graphs[1], graphs[3])

    def _count(self, graph: Graph, facts: dict[str, Any], counted: bool) -> Graph:
        self.peak_rss_mb = max(self.peak_rss_mb, facts["peak_rss_mb"])
        if counted:
            self.rejected.update(facts["rejected"])
            self.kept.update(facts["kept"])
            self.first += facts["first_rejected"]
            self.unused_labels += facts["unused_labels"]
            self.lists += facts["lists"]
            self.list_members += facts["list_members"]
        return graph


def _both(one: Graph | None, other: Graph | None) -> Graph | None:
    return other if one is None else apply(one, add=other)
