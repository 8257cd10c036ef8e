"""Writing a graph out as RDF."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import quote, unquote

import pyoxigraph as ox

from kg.errors import BadInput
from kg.graph import Graph
from kg.literal import Literal
from kg.statements import iter_statements

BASE = "urn:clew:"
"""Namespace of keys that are no IRIs (those of tables) when a graph is written as RDF."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")

FORMATS = {
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "nquads": ox.RdfFormat.N_QUADS,
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def write_rdf(graph: Graph, stream: IO[bytes], syntax: str = "ntriples") -> None:
    """Write every statement of ``graph``; ``BadInput`` for an unknown syntax.

    Named graphs are kept where the syntax has them (N-Quads, TriG, JSON-LD). Keys that are no IRIs become ones below
    ``BASE``.
    """
    if syntax not in FORMATS:
        raise BadInput(f"no format {syntax!r}; formats: {', '.join(FORMATS)}")
    named = FORMATS[syntax].supports_datasets
    ox.serialize(_quads(graph) if named else _triples(graph), stream, FORMATS[syntax])


def _quads(graph: Graph) -> Iterator[Any]:
    for subject, predicate, value, source in iter_statements(graph):
        name = _resource(source.graph) if source.graph else ox.DefaultGraph()
        yield ox.Quad(_resource(subject), _relation(predicate), _term(value), name)


def _triples(graph: Graph) -> Iterator[Any]:
    for subject, predicate, value, _ in iter_statements(graph):
        yield ox.Triple(_resource(subject), _relation(predicate), _term(value))


def to_iri(key: str) -> str:
    """The IRI of a key: itself if it is one, else one below ``BASE``."""
    return key if _ABSOLUTE.fullmatch(key) else BASE + quote(key, safe="")


def from_iri(iri: str) -> str:
    """The key of an IRI made by ``to_iri``."""
    return unquote(iri.removeprefix(BASE)) if iri.startswith(BASE) else iri


def _relation(key: str) -> Any:
    try:
        return ox.NamedNode(to_iri(key))
    except ValueError:
        return ox.NamedNode(BASE + quote(key, safe=""))


def _resource(key: str) -> Any:
    if key.startswith("<<( "):  # an RDF 1.2 triple term: its key is its N-Triples form
        try:
            (quad,) = ox.parse(f"<a:a> <a:a> {key} .", ox.RdfFormat.N_TRIPLES)
            return quad.object
        except (SyntaxError, ValueError):
            pass
    if key.startswith("_:"):
        try:
            return ox.BlankNode(key[2:])
        except ValueError:
            pass
    return _relation(key)


def _term(value: str | Literal) -> Any:
    if isinstance(value, str):
        return _resource(value)
    if value.language:
        language, _, direction = value.language.partition("--")
        side = {"": None, "ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}[direction]
        return ox.Literal(value.lexical, language=language, direction=side)
    return ox.Literal(value.lexical, datatype=ox.NamedNode(value.datatype))
