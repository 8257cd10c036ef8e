"""Writes a graph as RDF."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

import pyoxigraph as ox

from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import Statement, iter_statements
from clew.kg.terms.literal import Literal, parse_key
from clew.kg.terms.names import made_iri, to_iri

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
    ``BASE``, which become those keys again where they are read; language tags and datatypes stay as they are.
    """
    if syntax not in FORMATS:
        raise BadInput(f"unknown format {syntax!r}; formats: {', '.join(FORMATS)}")
    named = FORMATS[syntax].supports_datasets
    ox.serialize(quads(graph) if named else _triples(graph), stream, FORMATS[syntax])


def quads(graph: Graph) -> Iterator[Any]:
    """Every statement as a ``pyoxigraph.Quad``, in its named graph where it has one."""
    for subject, predicate, value, source in iter_statements(graph):
        name = _resource(source.graph) if source.graph else ox.DefaultGraph()
        yield ox.Quad(_resource(subject), _relation(predicate), _term(value), name)


def _triples(graph: Graph) -> Iterator[Any]:
    for subject, predicate, value, _ in iter_statements(graph):
        yield ox.Triple(_resource(subject), _relation(predicate), _term(value))


def statement_line(statement: Statement) -> str:
    """A statement as a line of N-Quads, with its named graph where it has one."""
    subject, predicate, value, source = statement
    parts = [_resource(subject), _relation(predicate), _term(value)] + [_resource(source.graph)] * bool(source.graph)
    return " ".join(map(str, parts)) + " ."


def term_of(key: str) -> str:
    """The term of an external key, a literal's included, as SPARQL and N-Triples write it."""
    return str(rdf_term(key))


def rdf_term(key: str) -> Any:
    """The term of an external key, a literal's included, as ``pyoxigraph`` has it."""
    literal = parse_key(key)
    return _resource(key) if literal is None else _term(literal)


def rdf_predicate(key: str) -> Any:
    """The ``pyoxigraph.NamedNode`` of a relation's key."""
    return _relation(key)


def _relation(key: str) -> Any:
    try:
        return ox.NamedNode(to_iri(key))
    except ValueError:
        return ox.NamedNode(made_iri(key))


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
        try:
            return ox.Literal(value.lexical, language=language, direction=side)
        except ValueError:
            return _as_it_is({"@value": value.lexical, "@language": language})
    try:
        return ox.Literal(value.lexical, datatype=ox.NamedNode(value.datatype))
    except ValueError:
        return _as_it_is({"@value": value.lexical, "@type": value.datatype})


def _as_it_is(value: dict[str, str]) -> Any:
    """A literal with a language tag or datatype that is not valid: the library makes one where it reads leniently."""
    document = json.dumps({"@id": "urn:x-some", "urn:x-some": value})
    (quad,) = ox.parse(document, ox.RdfFormat.JSON_LD, lenient=True)
    return quad.object
