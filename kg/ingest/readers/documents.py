"""Turtle, TriG, RDF/XML and JSON-LD: parsed by pyoxigraph as a stream, handed on through the N-Quads scanner."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.guards import XmlGuard, refuse_doctype
from clew.kg.ingest.readers.quads import QuadSink
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.terms import reason_of
from clew.kg.ingest.streams import STDIN, open_source
from clew.kg.limits import MAX_LINES_SHOWN

_CHUNK = 1 << 20  # bytes scanned at a time
_TERM = re.compile(rb'"(?:[^"\\]|\\.)*"|<[^<>\s]*>|_:([a-f][0-9a-f]{25,31})(?= )')


def read_rdfxml(reading: FileReading) -> None:
    """Read RDF/XML; a DOCTYPE, which could define entities, is refused."""
    refuse_doctype(reading.file, reading.stream)
    _read(reading, XmlGuard(reading.file, reading.stream), ox.RdfFormat.RDF_XML)


def _read(reading: FileReading, stream: Any, syntax: Any) -> None:
    """Stream a document: the library writes its quads as N-Quads, which are scanned: no Python object per term."""
    quads = _UntilError(ox.parse(stream, syntax, base_iri=reading.options.base_iri))
    lines = QuadSink(reading)
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
