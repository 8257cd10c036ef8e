"""Nodes and edges of network formats, on their way into a graph."""

from __future__ import annotations

from collections.abc import Mapping

from clew.kg.graph.interop import DEFAULT_RELATION
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.records import BadShape, literals
from clew.kg.terms.vocabulary import RDF_TYPE

RELATION_ATTRIBUTES = ("relation", "predicate", "interaction", "shared interaction", "type", "label")
_NAMES = ("label", "name")


def add_network_node(reading: FileReading, key: str, attributes: Mapping[str, object], line: int) -> None:
    """Add a node: ``label`` and ``name`` are labels, other attributes literals; ``BadShape`` for one that is neither.

    ``labels`` in the way of Neo4j's exports (``:Person:Author``) are types.
    """
    builder, source = reading.builder, reading.source(line)
    found = {name: literals(name, value) for name, value in attributes.items()}
    for name, several in found.items():
        for literal in several:
            if name in _NAMES and isinstance(attributes[name], str):
                if literal.lexical.strip():
                    builder.label(key, literal.lexical.strip())
            elif name == "labels" and literal.lexical.startswith(":"):
                for kind in filter(None, literal.lexical.split(":")):
                    builder.edge(key, RDF_TYPE, kind, source)
            else:
                builder.edge(key, name, literal, source)
    reading.rejections.accepted += 1


def add_network_edge(
    reading: FileReading, head: str, tail: str, attributes: Mapping[str, object], line: int, key: object = None
) -> None:
    """Add an edge; its relation is the first of ``RELATION_ATTRIBUTES`` that it has, else a multigraph's ``key`` that
    is text, else ``DEFAULT_RELATION``. ``BadShape`` for an attribute that is no value."""
    named = next((name for name in RELATION_ATTRIBUTES if attributes.get(name) not in (None, "")), None)
    relation = str(attributes[named]) if named else key if isinstance(key, str) and key else DEFAULT_RELATION
    if named and not isinstance(attributes[named], str | int):
        raise BadShape(f"the relation {attributes[named]!r:.40} is no text")
    builder, source = reading.builder, reading.source(line)
    unused = {"id", *RELATION_ATTRIBUTES} if named in (None, "type", "label") else {"id", *RELATION_ATTRIBUTES[:4]}
    found = [(name, literals(name, value)) for name, value in attributes.items() if name and name not in unused]
    several = {name: values for name, values in found if len(values) > 1}
    if several:
        raise BadShape(f"the attribute {next(iter(several))!r} of an edge has several values")
    builder.edge(head, relation, tail, source, {name: values[0] for name, values in found if values})
    reading.rejections.accepted += 1
