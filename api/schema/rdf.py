"""Stored proofs as RDF with their provenance (PROV-O): the triples, where each was read, and what derived them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from clew.api.schema.elements import Source, Triple
from clew.api.schema.inspections import PathInspection, ProgramInspection
from clew.kg.graph.export import rdf_predicate, rdf_term
from clew.kg.terms.names import BASE
from clew.kg.terms.vocabulary import RDF, RDFS, XSD

PROV, TERMS = "http://www.w3.org/ns/prov#", BASE + "term:"
PREFIXES = {"prov": PROV, "rdf": RDF, "rdfs": RDFS, "xsd": XSD, "clew": TERMS}

Inspected = PathInspection | ProgramInspection


def turtle(found: Inspected) -> str:
    """Return a stored proof as Turtle."""
    return _written(found, ox.RdfFormat.TURTLE)


def json_ld(found: Inspected) -> str:
    """Return a stored proof as JSON-LD."""
    return _written(found, ox.RdfFormat.JSON_LD)


def _written(found: Inspected, form: Any) -> str:
    triples = list(dict.fromkeys(_ProofStatements(found).all()))
    if form.supports_datasets:
        triples = [ox.Quad(t.subject, t.predicate, t.object, ox.DefaultGraph()) for t in triples]
    written = io.BytesIO()
    ox.serialize(triples, written, form, prefixes=PREFIXES)
    return written.getvalue().decode("utf-8")


class _ProofStatements:
    """The statements about one stored proof."""

    def __init__(self, found: Inspected) -> None:
        self._found = found
        self._id = found.path.id if isinstance(found, PathInspection) else found.id
        self._proof = _made("path", self._id)
        self._answer = _made("answer", self._id.rpartition("-")[0])
        self._version = _made("version", found.graph, found.version)

    def all(self) -> Iterator[Any]:
        """Yield the statements."""
        yield from self._activity()
        yield _typed(self._proof, "Entity")
        yield _typed(self._proof, "Collection")
        yield ox.Triple(self._proof, _prov("wasGeneratedBy"), self._answer)
        yield ox.Triple(self._proof, _prov("wasDerivedFrom"), self._version)
        if isinstance(self._found, PathInspection):
            yield from self._path(self._found)
        else:
            yield from self._program(self._found)

    def _activity(self) -> Iterator[Any]:
        """Yield who answered which question when, from what."""
        found, model = self._found, _made("model", self._found.model)
        yield _typed(self._answer, "Activity")
        yield _labelled(self._answer, found.question)
        yield ox.Triple(self._answer, _prov("used"), self._version)
        yield ox.Triple(self._answer, _prov("wasAssociatedWith"), model)
        asked = ox.Literal(found.asked, datatype=ox.NamedNode(XSD + "dateTime"))
        yield ox.Triple(self._answer, _prov("endedAtTime"), asked)
        yield _typed(model, "SoftwareAgent")
        yield _labelled(model, found.model)
        yield _typed(self._version, "Entity")
        yield _labelled(self._version, f"{found.graph} at version {found.version}")

    def _path(self, found: PathInspection) -> Iterator[Any]:
        yield _labelled(self._proof, found.path.text)
        yield _told(self._proof, "score", found.path.score)
        yield ox.Triple(self._proof, _term("topic"), rdf_term(found.path.nodes[0].key))
        yield ox.Triple(self._proof, _term("answer"), rdf_term(found.answer.key))
        for number, triple in enumerate(found.triples, 1):
            step = self._part(f"step-{number}")
            yield ox.Triple(self._proof, _prov("hadMember"), step)
            yield _told(step, "position", number)
            yield _told(step, "direction", triple.relation.direction)
            yield from _statement(step, triple)
        for number, triple in enumerate(found.path.classes, 1):
            yield ox.Triple(self._proof, _prov("hadMember"), self._part(f"class-{number}"))
            yield from _statement(self._part(f"class-{number}"), triple)

    def _program(self, found: ProgramInspection) -> Iterator[Any]:
        yield _labelled(self._proof, found.reading)
        yield ox.Triple(self._proof, _prov("value"), ox.Literal(found.program))
        if found.value is not None:
            yield _told(self._proof, "value", found.value)
        if found.unit:
            yield _told(self._proof, "unit", found.unit)
        for answer in found.answers:
            yield ox.Triple(self._proof, _term("answer"), rdf_term(answer.key))
        for number, step in enumerate(found.steps):
            part = self._part(f"step-{number + 1}")
            yield ox.Triple(self._proof, _prov("hadMember"), part)
            yield _typed(part, "Entity")
            yield _typed(part, "Collection")
            yield _labelled(part, step.words)
            yield ox.Triple(part, _prov("value"), ox.Literal(step.token))
            yield _told(part, "position", number + 1)
            for operand in step.operands:
                yield ox.Triple(part, _prov("wasDerivedFrom"), self._part(f"step-{operand + 1}"))
            for at, triple in enumerate(step.evidence, 1):
                evidence = self._part(f"step-{number + 1}-{at}")
                yield ox.Triple(part, _prov("hadMember"), evidence)
                yield from _statement(evidence, triple)

    def _part(self, name: str) -> Any:
        return ox.NamedNode(f"{self._proof.value}#{name}")


def _statement(name: Any, triple: Triple) -> Iterator[Any]:
    """Yield a triple of the graph, the statement of it, and where that was read."""
    subject, predicate, value = rdf_term(triple.head.key), rdf_predicate(triple.relation.key), rdf_term(triple.tail.key)
    yield ox.Triple(subject, predicate, value)
    yield _typed(name, "Entity")
    yield ox.Triple(name, ox.NamedNode(RDF + "type"), ox.NamedNode(RDF + "Statement"))
    for part, term in (("subject", subject), ("predicate", predicate), ("object", value)):
        yield ox.Triple(name, ox.NamedNode(RDF + part), term)
    if triple.source is not None:
        place = _made("source", triple.source.file, str(triple.source.line))
        yield ox.Triple(name, _prov("wasDerivedFrom"), place)
        yield from _place(place, triple.source)


def _place(place: Any, source: Source) -> Iterator[Any]:
    yield _typed(place, "Entity")
    yield _told(place, "file", source.file)
    if source.line:
        yield _told(place, "line", source.line)


def _made(kind: str, *parts: str) -> Any:
    """Return a name for a thing that is no node of the graph. No node has it: a key's own colons are escaped."""
    return ox.NamedNode(BASE + ":".join((kind, *(quote(_text(part), safe="") for part in parts))))


def _typed(name: Any, kind: str) -> Any:
    return ox.Triple(name, ox.NamedNode(RDF + "type"), _prov(kind))


def _labelled(name: Any, text: str) -> Any:
    return ox.Triple(name, ox.NamedNode(RDFS + "label"), ox.Literal(_text(text)))


def _told(name: Any, what: str, value: str | int | float) -> Any:
    return ox.Triple(name, _term(what), ox.Literal(_text(value) if isinstance(value, str) else value))


def _prov(name: str) -> Any:
    return ox.NamedNode(PROV + name)


def _term(name: str) -> Any:
    return ox.NamedNode(TERMS + name)


def _text(text: str) -> str:
    """Return a text without halves of characters, which no encoding can write."""
    return text.encode("utf-8", "replace").decode("utf-8")
