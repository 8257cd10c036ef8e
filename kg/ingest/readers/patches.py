"""RDF patches: lines of N-Quads, each marked as added (``A``) or deleted (``D``).

The format is Apache Jena's RDF Patch (https://afs.github.io/rdf-patch/) without prefixes: ``H``, ``TX`` and ``TC``
lines are passed over, ``PA``, ``PD`` and ``TA`` are refused. A statement that several lines name is what the last of
them says. IRIs made (``clew.kg.terms.names.to_iri``) of keys that are none become those keys again, so that a patch
which ``clew diff`` printed applies to any graph.
"""

from __future__ import annotations

import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import literal_of, node_key, reason_of
from clew.kg.limits import MAX_LINE_BYTES
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import from_iri
from clew.kg.terms.provenance import Source

_PASSED_OVER = (b"H", b"TX", b"TC")
_REFUSED = {
    b"PA": "prefixes are not supported; write IRIs in full",
    b"PD": "prefixes are not supported; write IRIs in full",
    b"TA": "aborted transactions are not supported",
}


def read_added(reading: FileReading) -> None:
    """Read what a patch adds."""
    _read(reading, b"A")


def read_deleted(reading: FileReading) -> None:
    """Read what a patch deletes."""
    _read(reading, b"D")


def _read(reading: FileReading, wanted: bytes) -> None:
    last: dict[bytes, tuple[bytes, int]] = {}
    number = 0
    while raw := reading.stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise BadFile(f"{reading.file}:{number}: the line exceeds {MAX_LINE_BYTES:,} bytes")
        mark, _, rest = raw.strip().partition(b" ")
        if mark in (b"A", b"D"):
            last[rest.strip()] = mark, number
        elif mark in _REFUSED:
            reading.reject("patch", number, f"{mark.decode()}: {_REFUSED[mark]}", raw)
        elif mark and not mark.startswith(b"#") and mark not in _PASSED_OVER:
            reading.reject("patch", number, "the statement must start with A (added) or D (deleted)", raw)
    for text, (mark, line) in last.items():
        if mark == wanted:
            _add(reading, text, line)
    reading.rejections.accepted += len(last)  # the other half was read too
    reading.tick()


def _add(reading: FileReading, text: bytes, line: int) -> None:
    """Add one statement, or reject its line."""
    try:
        for quad in ox.parse(text, ox.RdfFormat.N_QUADS):
            graph = quad.graph_name
            named = "" if isinstance(graph, ox.DefaultGraph) else node_key(graph, reading.scope)
            place = Source(reading.name, line, named)
            value: str | Literal = (
                literal_of(quad.object) if isinstance(quad.object, ox.Literal) else node_key(quad.object, reading.scope)
            )
            reading.builder.statement(
                node_key(quad.subject, reading.scope), from_iri(quad.predicate.value), value, place
            )
    except SyntaxError as error:
        kind, message = reason_of(error)
        reading.reject(kind, line, message, text)
