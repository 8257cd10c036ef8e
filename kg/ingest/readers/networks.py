"""GraphML and node-link JSON, through networkx: whole documents, read into memory, for graphs of that size."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from clew.kg.errors import BadFile, BadLine
from clew.kg.graph.interop import add_networkx
from clew.kg.ingest.readers.guards import JsonGuard, XmlGuard, refuse_doctype
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.rejections import excerpt
from clew.kg.limits import MAX_DOCUMENT_BYTES

if TYPE_CHECKING:
    import networkx


def read_graphml(reading: FileReading) -> None:
    """Read GraphML; a DOCTYPE is refused."""
    import networkx

    refuse_doctype(reading.file, reading.stream)
    data = _whole(reading, XmlGuard(reading.file, reading.stream).read(MAX_DOCUMENT_BYTES + 1))
    try:
        graph = networkx.read_graphml(io.BytesIO(data), force_multigraph=True)
    except (networkx.NetworkXError, SyntaxError, KeyError, ValueError) as error:
        line = getattr(error, "position", (0, 0))[0]
        raise BadLine(reading.file, line, f"not GraphML: {error}") from error
    _add(reading, graph)


def read_nodelink(reading: FileReading) -> None:
    """Read node-link JSON: ``{"nodes": [{"id": ...}], "links" (or "edges"): [{"source", "target", "relation"}]}``."""
    import networkx

    data = _whole(reading, JsonGuard(reading.file, reading.stream).read(MAX_DOCUMENT_BYTES + 1))
    try:
        document = json.loads(data)
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise BadLine(reading.file, line, f"not JSON: {error}", excerpt(data[:80])) from error
    if not isinstance(document, dict) or not isinstance(document.get("nodes"), list):
        raise BadFile(f"{reading.file}: not a node-link document (an object with nodes and links)")
    edges = "links" if "links" in document else "edges"
    try:
        graph = networkx.node_link_graph({"directed": True, "multigraph": True, **document}, edges=edges)
    except (networkx.NetworkXError, KeyError, TypeError, ValueError) as error:
        raise BadFile(f"{reading.file}: not a node-link document: {error!r}") from error
    _add(reading, graph)


def _whole(reading: FileReading, data: bytes) -> bytes:
    if len(data) > MAX_DOCUMENT_BYTES:
        raise BadFile(
            f"{reading.file}: larger than {MAX_DOCUMENT_BYTES >> 20} MiB, the limit for GraphML and node-link files"
        )
    return data


def _add(reading: FileReading, graph: networkx.Graph) -> None:
    """Add a networkx graph, counting its edges."""
    found: Any = graph
    add_networkx(reading.builder, found, reading.source(0))
    reading.rejections.accepted += found.number_of_edges() + found.number_of_nodes()
