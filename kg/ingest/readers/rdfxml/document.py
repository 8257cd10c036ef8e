"""RDF/XML: read as a stream or, where errors are to be skipped or found, a node below the root at a time."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.guards import XmlGuard
from clew.kg.ingest.readers.quads import QuadSink
from clew.kg.ingest.readers.rdfxml.elements import RDF
from clew.kg.ingest.readers.rdfxml.prolog import Prolog, Rest, read_prolog
from clew.kg.ingest.readers.rdfxml.repair import NodeRepair
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import reason_of
from clew.kg.ingest.readers.tolerance import NOT_KEPT, Checked
from clew.kg.ingest.streams import STDIN, open_source
from clew.kg.limits import MAX_STATEMENT_BYTES

_CHUNK = 1 << 16  # bytes read at a time
_BATCH = 1 << 18  # bytes of nodes read together


def read_rdfxml(reading: FileReading) -> None:
    """Read RDF/XML in the encoding that it declares, with entities that are plain texts (``prolog``)."""
    prolog = read_prolog(reading.file, reading.stream)
    if reading.rejections.on_error != "fail":
        _NodeBatches(reading, prolog, QuadSink(reading)).read()
        return
    sink = QuadSink(reading)
    guard = XmlGuard(reading.file, prolog.rest)
    error = _parse(reading, Rest(prolog.text, guard), sink)
    sink.scan()
    if error is not None:
        _locate(reading)
        kind, message = reason_of(error)
        reading.reject(kind, error.lineno or 0, message)
    elif guard.is_open:
        _locate(reading)
        reading.reject("truncated", 0, "unexpected end of file: an element is not closed")


def _locate(reading: FileReading) -> None:
    """Read the source again, node by node, to end at the line of the error."""
    if reading.file == STDIN:
        return
    with open_source(reading.file) as (stream, _):
        _NodeBatches(reading, read_prolog(reading.file, stream), None).read()


def _parse(reading: FileReading, source: Any, sink: QuadSink) -> SyntaxError | None:
    """Write the quads of a document to ``sink``; the error that ends them, if any."""
    lenient = reading.options.lenient
    parser = ox.parse(source, ox.RdfFormat.RDF_XML, base_iri=reading.options.base_iri, lenient=lenient)
    quads = Checked(parser) if lenient else None
    try:
        sink.write_quads(quads or parser)
    except SyntaxError as error:
        return error
    if quads and not sink.held:
        for lost in quads.refused.values():
            reading.reject("IRI", 0, NOT_KEPT, lost)
    return None


class _NodeBatches:
    """The node elements of a document one after another: batches of them or, where one is bad, that one repaired.

    Without a ``sink`` nothing is added: the first error is looked for.
    """

    def __init__(self, reading: FileReading, prolog: Prolog, sink: QuadSink | None) -> None:
        self.reading, self.sink = reading, sink
        self.doctype = prolog.doctype
        self.source = Rest(prolog.text, XmlGuard(reading.file, prolog.rest))
        self.text, self.base = b"", 0  # what is held of the source, and its place in it
        self.starts: list[tuple[int, int]] = []  # place and line of each node that is not read yet
        self.root, self.close = b"", b""
        self.depth = self.top = 0
        self.ended: int | None = None

    def read(self) -> None:
        """Read them all."""
        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        self.parser = parser
        while True:
            data = self.source.read(_CHUNK)
            self.text += data
            try:
                parser.Parse(data, not data)
            except expat.ExpatError as error:
                self._read_batch(whole=False)
                self._break_off(error)
                return
            if not data:
                self._read_batch(whole=True)
                return
            if len(self.starts) > 1 and self.starts[-1][0] - self.base > _BATCH:
                self._read_batch(whole=False)
            if len(self.text) > MAX_STATEMENT_BYTES:
                raise BadFile(f"{self.reading.file}: an element exceeds {MAX_STATEMENT_BYTES >> 20} MiB")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if self.depth == 0:
            prefix = name.rpartition(":")[0]
            space = attributes.get(f"xmlns:{prefix}" if prefix else "xmlns")
            if space == RDF and name.rpartition(":")[2] == "RDF":
                written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
                self.root, self.close, self.top = f"<{name}{written}>".encode(), f"</{name}>".encode(), 1
        if self.depth == self.top:
            self.starts.append((self.parser.CurrentByteIndex, self.parser.CurrentLineNumber))
        self.depth += 1

    def _end(self, name: str) -> None:
        self.depth -= 1
        if self.depth == 0:
            self.ended = self.parser.CurrentByteIndex if self.top else None

    def _read_batch(self, *, whole: bool) -> None:
        """Read the nodes held; the last of them may go on, unless they are the ``whole`` rest."""
        nodes, self.starts = (self.starts, []) if whole else (self.starts[:-1], self.starts[-1:])
        if not nodes:
            return
        end = self.starts[0][0] if self.starts else self.ended
        bounds = [place - self.base for place, _ in nodes] + [len(self.text) if end is None else end - self.base]
        self._read(bounds, [line for _, line in nodes])
        self.text, self.base = self.text[bounds[-1] :], self.base + bounds[-1]
        self.reading.tick()

    def _read(self, bounds: list[int], lines: list[int]) -> None:
        """Read nodes: together or, where that fails, in halves."""
        text = self.text[bounds[0] : bounds[-1]]
        if self._fault(text) is None:
            self._add(text)
        elif len(lines) > 1:
            middle = len(lines) // 2
            self._read(bounds[: middle + 1], lines[:middle])
            self._read(bounds[middle:], lines[middle:])
        else:
            self._repair(text, lines[0])

    def _repair(self, text: bytes, line: int) -> None:
        def lose(error: SyntaxError, start: int, raw: bytes) -> None:
            kind, message = reason_of(error)
            self.reading.reject(kind, line + text.count(b"\n", 0, start), message, raw)

        kept = NodeRepair(self.doctype + self.root, text, self._fault, lose).read()
        if kept:
            self._add(kept)

    def _fault(self, text: bytes) -> SyntaxError | None:
        """The error of node elements in their place."""
        return _parse(self.reading, self._wrapped(text), QuadSink(self.reading, held=True))

    def _add(self, text: bytes) -> None:
        if self.sink is not None:
            _parse(self.reading, self._wrapped(text), self.sink)
            self.sink.scan()

    def _wrapped(self, text: bytes) -> bytes:
        return self.doctype + self.root + text + self.close

    def _break_off(self, error: expat.ExpatError) -> None:
        """Reject what follows line by line where the document is no XML: nothing tells its elements apart."""
        start = self.starts[0][0] - self.base if self.starts else 0
        rest = Rest(self.text[start:], self.source)
        line = self.starts[0][1] if self.starts else 1
        reason = f"not well-formed XML at line {error.lineno}: {expat.errors.messages.get(error.code, error)}"
        if self.reading.rejections.on_error == "fail":
            bad = self.text[self.text.rfind(b"\n", 0, max(0, self.parser.ErrorByteIndex - self.base)) + 1 :]
            self.reading.reject("syntax", error.lineno, reason, bad.split(b"\n", 1)[0])
        held = b""
        while data := rest.read(_CHUNK):
            *lines, held = (held + data).split(b"\n")
            line = self._reject(lines, line, reason)
        self._reject([held], line, reason)

    def _reject(self, lines: list[bytes], line: int, reason: str) -> int:
        for number, raw in enumerate(lines, line):
            if raw.strip():
                self.reading.reject("syntax", number, reason, raw)
        return line + len(lines)
