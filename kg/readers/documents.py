"""Turtle, TriG, RDF/XML and JSON-LD: parsed by pyoxigraph as a stream, handed on through the N-Quads scanner."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox

from kg.readers.guards import JsonGuard, refuse_doctype
from kg.readers.lines import Scanner
from kg.readers.reading import Reading
from kg.readers.terms import reason_of

_CHUNK = 50_000  # statements turned into lines at a time
_TERM = re.compile(rb'"(?:[^"\\]|\\.)*"|<[^>]*>|_:([a-f][0-9a-f]{25,31})(?= )')


def read_turtle(reading: Reading) -> None:
    """Read Turtle (RDF 1.1)."""
    _read(reading, reading.stream, ox.RdfFormat.TURTLE)


def read_trig(reading: Reading) -> None:
    """Read TriG (RDF 1.1)."""
    _read(reading, reading.stream, ox.RdfFormat.TRIG)


def read_rdfxml(reading: Reading) -> None:
    """Read RDF/XML; a DOCTYPE, which could define entities, is refused."""
    refuse_doctype(reading.file, reading.stream)
    _read(reading, reading.stream, ox.RdfFormat.RDF_XML)


def read_jsonld(reading: Reading) -> None:
    """Read JSON-LD 1.1; remote contexts are not fetched, deep nesting is refused."""
    _read(reading, JsonGuard(reading.file, reading.stream), ox.RdfFormat.JSON_LD)


def _read(reading: Reading, stream: Any, syntax: Any) -> None:
    """Stream a document: the library writes its quads as N-Quads, which are scanned: no Python object per term."""
    quads = _UntilError(ox.parse(stream, syntax, base_iri=reading.options.base_iri))
    scanner, names = Scanner(reading, quads=True, numbered=False), _BlankNames()
    while True:
        lines = ox.serialize(itertools.islice(quads, _CHUNK), format=ox.RdfFormat.N_QUADS)
        if lines:
            scanner.scan(names.repeatable(lines))
            reading.tick()
        error, quads.error = quads.error, None
        if error is not None:
            kind, message = reason_of(error)
            column = f" (column {error.offset})" if error.offset else ""
            reading.reject(kind, error.lineno or 0, message + column)
        elif not lines:
            return


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

    def __init__(self) -> None:
        self.names: dict[bytes, bytes] = {}

    def repeatable(self, lines: bytes) -> bytes:
        """``lines`` with the anonymous nodes numbered in the order in which they appear."""
        return _TERM.sub(self._rename, lines) if b"_:" in lines else lines

    def _rename(self, match: re.Match[bytes]) -> bytes:
        label = match.group(1)
        if label is None:
            return match.group()
        return b"_:" + self.names.setdefault(label, b"genid%d" % len(self.names))
