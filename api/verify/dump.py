"""The graph that an RDF dump holds, to check results against that instead of a stored version."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from clew.kg.graph.graph import Graph
from clew.kg.ingest.ingest import build_graphs
from clew.kg.ingest.loading import Observer
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue


def graph_of_dump(files: Sequence[str], options: IngestOptions, observer: Observer | None = None) -> Graph:
    """Return the graph of files, read as ``clew ingest`` reads them; nothing is published. Raises as ``ingest``."""
    with tempfile.TemporaryDirectory(prefix="clew-") as folder:
        ((graph, _),) = build_graphs(Catalogue(Path(folder)), [(list(files), options)], observer)
    return graph
