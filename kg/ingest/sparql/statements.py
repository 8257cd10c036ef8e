"""Statements in a response: N-Triples, Turtle, RDF/XML or JSON-LD, read under the guards of the readers of files."""

from __future__ import annotations

import io
import re
import xml.parsers.expat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pyoxigraph as ox

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.guards import JsonGuard, XmlGuard, refuse_doctype
from clew.kg.ingest.readers.turtle.statements import nests_too_deep
from clew.kg.ingest.sparql.bodies import RequestFailed
from clew.kg.ingest.sparql.requests import EndpointRefused, Reply, text_of
from clew.kg.limits import MAX_SPELLING_RATIO, MAX_TURTLE_DEPTH, MAX_XML_PROLOG_BYTES, MIN_EXPANSION_BYTES

ACCEPT = (
    "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.6, application/ld+json;q=0.5, text/plain;q=0.4"
)
"""The formats read, best first: N-Triples need the least reading, and as text/plain have an older name."""

_COMPLETE = re.compile(
    rb"\s*(?:<[^>]*>|_:\S+|<<\(.*\)>>)\s*<[^>]*>\s*"
    rb'(?:<[^>]*>|_:\S+|<<\(.*\)>>|"(?:[^"\\]|\\.)*"(?:\^\^<[^>]*>|@[\w-]+)?)\s*\.\s*(?:#.*)?'
)
"""A whole statement, its terms valid or not."""
_BLANK = re.compile(rb"\s*_:|.*>\s*_:\S+\s*\.\s*$")
_COMPLAINT = re.compile(r"\b(error|exception|time[ -]?d?[ -]?out|incomplete|truncated|partial)\b", re.IGNORECASE)


@dataclass(slots=True)
class Statements:
    """The distinct statements of a response as lines of N-Triples, those with blank nodes apart."""

    ground: dict[bytes, None] = field(default_factory=dict)
    blank: dict[bytes, None] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ground) + len(self.blank)


def read_statements(reply: Reply) -> Statements:
    """Return the statements of a response.

    Raises ``RequestFailed`` where it is not what its type says, or ends within a statement, and ``EndpointRefused`` for
    a format that is not read.
    """
    found = Statements()
    if not reply.data.strip():
        return found
    kind = reply.kind or _kind_of(reply.data)
    if kind not in _READERS:
        said = f": {text_of(reply.data)}" if kind.startswith("text/") else ""
        raise (RequestFailed if said else EndpointRefused)(f"the endpoint returned {kind} instead of statements{said}")
    try:
        _READERS[kind](reply.data, found)
    except (SyntaxError, BadFile, xml.parsers.expat.ExpatError, ValueError) as error:
        reason = str(error.msg if isinstance(error, SyntaxError) else error)
        raise RequestFailed(
            f"the endpoint returned a page of {kind} that is cut short or damaged ({reason})"
        ) from error
    return found


def _kind_of(data: bytes) -> str:
    """Return the format of a response that does not name it."""
    head = data.lstrip()[:15].lower()
    if head.startswith((b"<!doctype html", b"<html")):
        return "text/html"
    if head.startswith((b"<?xml", b"<rdf:rdf")):
        return "application/rdf+xml"
    return "application/ld+json" if head.startswith((b"{", b"[")) else "text/turtle"


def _ntriples(data: bytes, found: Statements) -> None:
    """Read N-Triples; lines whose terms are not valid stay as they are, for the ingest to judge."""
    try:
        _add(ox.parse(data, ox.RdfFormat.N_TRIPLES), found)
        _check_comments(line for line in data.split(b"\n") if line.lstrip().startswith(b"#"))
    except SyntaxError:
        _lines(data, found)


def _lines(data: bytes, found: Statements) -> None:
    lines = data.replace(b"\r", b"\n").split(b"\n")
    for number, line in enumerate(lines):
        text = line.strip()
        if not text:
            continue
        if text.startswith(b"#"):
            _check_comments([text])
            continue
        try:
            _add(ox.parse(text, ox.RdfFormat.N_TRIPLES), found)
        except SyntaxError:
            ended = number < len(lines) - 1 and text.endswith(b".")
            if not text.startswith((b"<", b"_:")) or not (ended or _COMPLETE.fullmatch(text)):
                raise RequestFailed(f"the response contains or ends in what is no statement: {text_of(text)}") from None
            (found.blank if _BLANK.match(text) else found.ground)[text] = None


def _turtle(data: bytes, found: Statements) -> None:
    _check_comments(data.rstrip().rsplit(b"\n", 1)[-1:])
    if nests_too_deep(data):
        raise BadFile(f"page: nested deeper than {MAX_TURTLE_DEPTH} levels")
    _read(io.BytesIO(data), ox.RdfFormat.TURTLE, data, found)


def _rdfxml(data: bytes, found: Statements) -> None:
    refuse_doctype("page", io.BufferedReader(io.BytesIO(data), MAX_XML_PROLOG_BYTES))  # type: ignore[type-var]
    xml.parsers.expat.ParserCreate().Parse(data, True)  # the library takes a document without its end
    _read(XmlGuard("page", io.BytesIO(data)), ox.RdfFormat.RDF_XML, data, found)


def _jsonld(data: bytes, found: Statements) -> None:
    _read(JsonGuard("page", io.BytesIO(data)), ox.RdfFormat.JSON_LD, data, found)
    if not found and b'"@id"' in data:
        raise ValueError("no statement in it can be read")


_READERS: dict[str, Callable[[bytes, Statements], None]] = {
    "application/n-triples": _ntriples,
    "text/plain": _ntriples,
    "text/ntriples": _ntriples,
    "text/turtle": _turtle,
    "application/turtle": _turtle,
    "application/x-turtle": _turtle,
    "text/rdf+n3": _turtle,
    "text/n3": _turtle,
    "application/rdf+xml": _rdfxml,
    "application/xml": _rdfxml,
    "text/xml": _rdfxml,
    "application/ld+json": _jsonld,
}
"""What reads each media type."""


def _read(stream: Any, syntax: Any, data: bytes, found: Statements) -> None:
    """Read a document. Its blank nodes are numbered: the library draws other labels for them at every reading."""
    most = max(MIN_EXPANSION_BYTES, MAX_SPELLING_RATIO * len(data))
    names: dict[str, Any] = {}
    size = 0
    for quad in ox.parse(stream, syntax, lenient=True):
        size += _add([ox.Triple(_named(quad.subject, names), quad.predicate, _named(quad.object, names))], found)
        if size > most:
            raise ValueError("its statements expand to many times its size")


def _add(triples: Iterable[Any], found: Statements) -> int:
    """Add the statements; the bytes of their lines."""
    size = 0
    for triple in triples:
        line = spelled(triple.subject, triple.predicate, triple.object)
        size += len(line)
        (found.blank if has_blank(triple.subject) or has_blank(triple.object) else found.ground)[line] = None
    return size


def spelled(subject: Any, predicate: Any, value: Any) -> bytes:
    """Return a statement as a line of N-Triples, unended; a line break in an invalid IRI does not break it."""
    text = f"{subject} {predicate} {value} ."
    return text.replace("\n", "\\u000A").replace("\r", "\\u000D").encode()


def has_blank(term: Any) -> bool:
    """Whether a term is a blank node, or a triple term with one."""
    if isinstance(term, ox.Triple):
        return has_blank(term.subject) or has_blank(term.object)
    return isinstance(term, ox.BlankNode)


def _named(term: Any, names: dict[str, Any]) -> Any:
    """Return a term with its blank nodes numbered as they appear."""
    if isinstance(term, ox.Triple):
        return ox.Triple(_named(term.subject, names), term.predicate, _named(term.object, names))
    return names.setdefault(term.value, ox.BlankNode(f"b{len(names)}")) if isinstance(term, ox.BlankNode) else term


def _check_comments(comments: Iterable[bytes]) -> None:
    """Raise ``RequestFailed`` for a comment that tells of an error: some endpoints report so what came too late."""
    for comment in comments:
        text = comment.strip()
        if text.startswith(b"#") and b'"""' not in text and _COMPLAINT.search(text.decode("utf-8", "replace")):
            raise RequestFailed(f"the response ends in an error: {text_of(text)}")
