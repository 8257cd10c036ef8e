"""Turtle, TriG, RDF/XML and JSON-LD: parsed by pyoxigraph as a stream, handed on through the N-Quads scanner."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.guards import JsonGuard, TurtleGuard, XmlGuard, refuse_doctype
from clew.kg.ingest.readers.lines import Scanner
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import reason_of
from clew.kg.ingest.streams import STDIN, open_source
from clew.kg.limits import MAX_LINES_SHOWN, MAX_SPELLING_RATIO, MIN_EXPANSION_BYTES

_CHUNK = 1 << 20  # bytes scanned at a time
_TERM = re.compile(rb'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|_:([a-f][0-9a-f]{25,31})(?= )')


def read_turtle(reading: FileReading) -> None:
    """Read Turtle (RDF 1.1)."""
    _read(reading, TurtleGuard(reading.file, reading.stream), ox.RdfFormat.TURTLE)


def read_trig(reading: FileReading) -> None:
    """Read TriG (RDF 1.1)."""
    _read(reading, TurtleGuard(reading.file, reading.stream), ox.RdfFormat.TRIG)


def read_rdfxml(reading: FileReading) -> None:
    """Read RDF/XML; a DOCTYPE, which could define entities, is refused."""
    refuse_doctype(reading.file, reading.stream)
    _read(reading, XmlGuard(reading.file, reading.stream), ox.RdfFormat.RDF_XML)


def read_jsonld(reading: FileReading) -> None:
    """Read JSON-LD 1.1; remote contexts are not fetched, deep nesting is refused."""
    _read(reading, JsonGuard(reading.file, reading.stream), ox.RdfFormat.JSON_LD)


def _read(reading: FileReading, stream: Any, syntax: Any) -> None:
    """Stream a document: the library writes its quads as N-Quads, which are scanned: no Python object per term."""
    quads = _UntilError(ox.parse(stream, syntax, base_iri=reading.options.base_iri))
    lines: Any = _Lines(reading)
    while True:
        try:
            ox.serialize(quads, lines, ox.RdfFormat.N_QUADS)
        except MemoryError as full:
            if "buffer" not in str(full):
                raise
            raise BadFile(f"{reading.file}: a term exceeds 16 MiB") from full
        lines.scan()
        error, quads.error = quads.error, None
        if error is None:
            return
        kind, message = reason_of(error)
        column = f" (column {error.offset})" if error.offset else ""
        line = error.lineno or 0
        reading.reject(kind, line, message + column, _line(reading, line))


def _line(reading: FileReading, number: int) -> bytes:
    """A line of a source that can be opened again; of standard input, and after many errors, nothing."""
    if number == 0 or reading.file == STDIN or reading.rejections.counts.total() >= MAX_LINES_SHOWN:
        return b""
    with open_source(reading.file) as (stream, _):
        return next(itertools.islice(stream, number - 1, None), b"")


class _Lines(io.RawIOBase):
    """Takes the N-Quads that the library writes and scans them, some megabytes at a time."""

    def __init__(self, reading: FileReading) -> None:
        self.reading, self.scanner, self.names = (
            reading,
            Scanner(reading, quads=True, numbered=False),
            _BlankNames(reading.options.blank_scope),
        )
        self.parts: list[bytes] = []
        self.size = self.total = 0

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Take what the library writes; ``BadFile`` where a short document swells as only one made for it does."""
        self.parts.append(bytes(data))
        self.size += len(data)
        self.total += len(data)
        if self.size >= _CHUNK:
            source = max(self.reading.bytes_read(), 1)
            if self.total > MIN_EXPANSION_BYTES and self.total > MAX_SPELLING_RATIO * source:
                raise BadFile(f"{self.reading.file}: its statements expand to {self.total // source:,} times its size")
            self.scan(whole=False)
        return len(data)

    def scan(self, whole: bool = True) -> None:
        """Scan what was written, up to the last line end unless it is the ``whole`` rest."""
        text = b"".join(self.parts)
        cut = len(text) if whole else text.rfind(b"\n") + 1
        self.parts = [text[cut:]]
        self.size = len(text) - cut
        if cut:
            self.scanner.scan(self.names.repeatable(text[:cut]))
            self.reading.tick()


class _UntilError:
    """An iterator that ends at a syntax error and keeps it; the parser can go on after it."""

    def __init__(self, parser: Iterator[Any]) -> None:
        self.parser = parser
        self.error: SyntaxError | None = None

    def __iter__(self) -> _UntilError:
        return self

    def __next__(self) -> Any:
        try:
            return next(self.parser)
        except SyntaxError as error:
            self.error = error
            raise StopIteration from None


class _BlankNames:
    """Repeatable names for anonymous blank nodes: the library draws 128-bit random ones, a new set at every reading."""

    def __init__(self, scope: str) -> None:
        self.names: dict[bytes, bytes] = {}
        self.prefix = b"genid" + scope.encode()

    def repeatable(self, lines: bytes) -> bytes:
        """``lines`` with the anonymous nodes numbered in the order in which they appear."""
        return _TERM.sub(self._rename, lines) if b"_:" in lines else lines

    def _rename(self, match: re.Match[bytes]) -> bytes:
        label = match.group(1)
        if label is None:
            return match.group()
        return b"_:" + self.names.setdefault(label, b"%s%d" % (self.prefix, len(self.names)))
