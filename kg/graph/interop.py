"""From triples in Python, and to and from ``rdflib`` and ``networkx`` graphs: for small graphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from clew.kg.errors import BadInput
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import edge_attributes, iter_edges, iter_statements
from clew.kg.terms.labels import Label
from clew.kg.terms.literal import Literal
from clew.kg.terms.names import from_iri, to_iri
from clew.kg.terms.provenance import Source
from clew.kg.terms.values import literal_of_value
from clew.kg.terms.vocabulary import XSD_STRING

if TYPE_CHECKING:
    import networkx
    import rdflib

_RELATION_ATTRIBUTES = ("relation", "predicate", "type", "label")
_EDGE_ATTRIBUTES = {*_RELATION_ATTRIBUTES, "id"}
DEFAULT_RELATION = "related to"
"""The relation of networkx edges that say nothing about theirs."""


def from_triples(
    triples: Iterable[tuple[str, str, str | Literal]], labels: Mapping[str, str] | None = None, name: str = "g"
) -> Graph:
    """The graph of (head key, relation key, tail key or ``Literal``) triples; ``labels`` maps keys to texts."""
    builder = GraphBuilder()
    for head, relation, tail in triples:
        builder.edge(head, relation, tail)
    for key, text in (labels or {}).items():
        builder.label(key, text)
    return builder.build(name)


def from_rdflib(source: rdflib.Graph, name: str = "g") -> Graph:
    """The graph of all triples of an ``rdflib.Graph`` (of a ``Dataset``: of all its graphs, merged)."""
    import rdflib

    def key(term: Any) -> str:
        if isinstance(term, rdflib.BNode):
            return f"_:{term}"
        if isinstance(term, rdflib.URIRef):
            return from_iri(str(term))
        raise BadInput(f"not a valid RDF node: {term!r}")

    def value(term: Any) -> str | Literal:
        if not isinstance(term, rdflib.Literal):
            return key(term)
        if term.language:
            return Literal(str(term), language=term.language)
        return Literal(str(term), str(term.datatype)) if term.datatype else Literal(str(term))

    builder = GraphBuilder()
    for subject, predicate, obj, *_ in source.quads() if isinstance(source, rdflib.Dataset) else source:
        builder.statement(key(subject), key(predicate), value(obj))
    return builder.build(name)


def to_rdflib(graph: Graph) -> rdflib.Graph:
    """An ``rdflib.Graph`` of all statements; keys that are no IRIs become ones (``clew.kg.terms.names.to_iri``)."""
    import rdflib

    def node(key: str) -> Any:
        return rdflib.BNode(key[2:]) if key.startswith("_:") else rdflib.URIRef(to_iri(key))

    def term(value: str | Literal) -> Any:
        if isinstance(value, str):
            return node(value)
        if value.language:
            return rdflib.Literal(value.lexical, lang=value.language.replace("_", "-"))  # it refuses underscores
        kind = None if value.datatype == XSD_STRING else rdflib.URIRef(value.datatype)
        return rdflib.Literal(value.lexical, datatype=kind, normalize=False)

    result = rdflib.Graph()
    for subject, predicate, value, _ in iter_statements(graph):
        result.add((node(subject), rdflib.URIRef(to_iri(predicate)), term(value)))
    return result


def to_networkx(graph: Graph) -> networkx.MultiDiGraph:
    """A ``MultiDiGraph``: nodes and edge keys are external keys.

    Nodes carry ``label`` (shown), ``labels`` (all, ``Label``) and ``literal`` (a ``Literal``, or None); edges carry
    ``relation`` (their key), ``label`` and their attributes (as ``Literal``).
    """
    import networkx

    result = networkx.MultiDiGraph(name=graph.name)
    for node in range(graph.num_nodes):
        literal = graph.literal(node) if graph.is_literal(node) else None
        result.add_node(graph.key(node), label=graph.label(node), labels=graph.labels(node), literal=literal)
    for edge, (head, relation, tail, _) in enumerate(iter_edges(graph)):
        key = tail.key if isinstance(tail, Literal) else tail
        label = graph.relation_label(graph.relation(relation))
        attributes = dict(edge_attributes(graph, edge))
        result.add_edge(head, key, key=relation, **{**attributes, "relation": relation, "label": label})
    return result


def from_networkx(source: networkx.Graph, name: str = "g") -> Graph:
    """The graph of a networkx graph, directed or not (an undirected edge is read in the order networkx gives it).

    A node's key is its text. An edge's relation is its ``relation``, ``predicate``, ``type`` or ``label`` attribute,
    else its key in a multigraph if that is text, else ``DEFAULT_RELATION``. ``label`` or ``name`` (or ``labels``, as
    ``to_networkx`` writes them) of a node are its labels; other attributes that are text, numbers or truth values
    become literals it has under the attribute's name; those of edges become attributes.
    """
    builder = GraphBuilder()
    add_networkx(builder, source)
    return builder.build(name)


def add_networkx(builder: GraphBuilder, source: networkx.Graph, place: Source | None = None) -> None:
    """Add a networkx graph to ``builder``, as ``from_networkx`` reads it."""
    for node, attributes in source.nodes(data=True):
        _add_node(builder, str(node), attributes)
    literals = {str(node): data["literal"] for node, data in source.nodes(data=True) if data.get("literal") is not None}
    for head, tail, *key, data in (
        source.edges(keys=True, data=True) if source.is_multigraph() else source.edges(data=True)
    ):
        named = next((str(data[a]) for a in _RELATION_ATTRIBUTES if data.get(a)), None)
        relation = named or (key[0] if key and isinstance(key[0], str) else DEFAULT_RELATION)
        extras = {a: value for a in data if a not in _EDGE_ATTRIBUTES and (value := _literal(data[a])) is not None}
        builder.edge(str(head), relation, literals.get(str(tail), str(tail)), place, extras)


def _add_node(builder: GraphBuilder, key: str, attributes: dict[str, Any]) -> None:
    if attributes.get("literal") is not None:
        return
    if "labels" in attributes and all(isinstance(label, Label) for label in attributes["labels"]):
        for label in attributes["labels"]:
            builder.label(key, label.text, label.language, label.kind)
        return
    for name, value in attributes.items():
        if name in ("label", "name") and isinstance(value, str):
            builder.label(key, value)
        elif (literal := _literal(value)) is not None:
            builder.edge(key, name, literal)


def _literal(value: object) -> Literal | None:
    return value if isinstance(value, Literal) else literal_of_value(value)
