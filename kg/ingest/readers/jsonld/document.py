"""JSON-LD: read as a stream or, where errors are to be skipped, whole, so that each costs only what it concerns."""

from __future__ import annotations

import json
import re
from typing import Any

import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.guards import JsonGuard
from clew.kg.ingest.readers.jsonld.nodes import JsonNodes, elements
from clew.kg.ingest.readers.jsonld.spelling import ContextsWritten
from clew.kg.ingest.readers.quads import QuadSink
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import reason_of
from clew.kg.ingest.readers.tolerance import NOT_KEPT, Checked
from clew.kg.ingest.streams import STDIN, open_source
from clew.kg.limits import MAX_DOCUMENT_BYTES, MAX_LINES_SHOWN

_IRI = re.compile(r"<([^<>]*)>")
_TAIL = re.compile(r"[^/#:]+$")


def read_jsonld(reading: FileReading) -> None:
    """Read JSON-LD 1.1; contexts that are not built in are refused, and so is deep nesting.

    IRIs that are not valid, which the library would drop, are rejected as they are in every other format.
    """
    stream = ContextsWritten(reading.file, JsonGuard(reading.file, reading.stream))
    document = _JsonDocument(reading, stream)
    reading.where = document.line_of
    if reading.rejections.on_error == "fail":
        document.stream(stream)
    else:
        text = stream.read(MAX_DOCUMENT_BYTES + 1)
        if len(text) > MAX_DOCUMENT_BYTES:
            raise BadFile(f"{reading.file}: exceeds {MAX_DOCUMENT_BYTES >> 20} MiB, of which errors cannot be skipped")
        document.whole(text)


class _JsonDocument:
    """A document on its way into the graph."""

    def __init__(self, reading: FileReading, source: ContextsWritten) -> None:
        self.source = source
        self.reading, self.sink = reading, QuadSink(reading)
        self.shown = 0

    def stream(self, stream: Any) -> None:
        """Read a document that an error ends."""
        error = self._parse(stream, self.sink)
        self.sink.scan()
        if error is not None:
            kind, message = reason_of(error)
            column = f" (column {error.offset})" if error.offset else ""
            self.reading.reject(kind, error.lineno or 0, message + column, self._line(error.lineno or 0))

    def whole(self, text: bytes) -> None:
        """Read a document and, where it has errors, its nodes one by one."""
        if self._fault(text) is None:
            self._add(text)
            return
        nodes = JsonNodes(self._fault, self._add, self.reading.reject)
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            self._read_pieces(text, nodes, error)
        else:
            nodes.read(value)

    def _read_pieces(self, text: bytes, nodes: JsonNodes, error: Exception) -> None:
        """Read what can be told apart of a document that is no JSON; at least the error itself is counted."""
        reason, before = f"not JSON: {error}", self.reading.rejections.counts.total()
        for line, raw, node in elements(text.decode("utf-8", "replace")):
            if node is None:
                self.reading.reject("syntax", line, reason, raw)
            else:
                nodes.read(node)
        if self.reading.rejections.counts.total() == before:
            self.reading.reject("syntax", getattr(error, "lineno", 0), reason)

    def _fault(self, text: bytes) -> SyntaxError | None:
        return self._parse(text, QuadSink(self.reading, held=True))

    def _add(self, text: bytes) -> None:
        self._parse(text, self.sink)
        self.sink.scan()

    def _parse(self, source: Any, sink: QuadSink) -> SyntaxError | None:
        """Write the quads of a document to ``sink``; the error that ends them, if any."""
        parser = ox.parse(source, ox.RdfFormat.JSON_LD, base_iri=self.reading.options.base_iri, lenient=True)
        quads = Checked(parser, defined=True, harmless=lambda: self.source.harmless)
        try:
            sink.write_quads(quads)
        except SyntaxError as error:
            return error
        if not sink.held:
            for lost in quads.refused.values():
                self.reading.reject("IRI", 0, NOT_KEPT, lost)
        return None

    def line_of(self, statement: bytes) -> int:
        """The line that the bad IRI of a statement is written on, 0 where that cannot be told."""
        text = statement.decode("utf-8", "replace")
        bad = next((iri for iri in _IRI.findall(text) if not _is_valid(iri)), "")
        tail = _TAIL.search(bad)
        return self._find(bad) or (self._find(tail[0]) if tail else 0)

    def _find(self, text: str) -> int:
        """The first line with a text, as JSON writes it; of a source that can be read again, a limited number."""
        self.shown += 1
        if not text or self.reading.file == STDIN or self.shown > MAX_LINES_SHOWN:
            return 0
        spellings = tuple(json.dumps(text, ensure_ascii=escaped)[1:-1].encode() for escaped in (False, True))
        with open_source(self.reading.file) as (stream, _):
            found = (i for i, line in enumerate(stream, 1) if any(spelling in line for spelling in spellings))
            return next(found, 0)

    def _line(self, number: int) -> bytes:
        if number == 0 or self.reading.file == STDIN:
            return b""
        with open_source(self.reading.file) as (stream, _):
            return next((line for i, line in enumerate(stream, 1) if i == number), b"")


def _is_valid(iri: str) -> bool:
    try:
        ox.NamedNode(iri)
    except ValueError:
        return False
    return True
