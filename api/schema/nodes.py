"""Converts nodes, relations and triples to the data models."""

from __future__ import annotations

from clew.api.schema.models import Node, Relation, Source, Triple
from clew.kg.graph.graph import Graph


def node_of(graph: Graph, node: int) -> Node:
    """Return a node as it is answered."""
    if not graph.is_literal(node):
        return Node(key=graph.key(node), label=graph.label(node))
    literal = graph.literal(node)
    return Node(
        key=graph.key(node),
        label=graph.label(node),
        kind="literal",
        datatype=literal.datatype or None,
        language=literal.language or None,
    )


def relation_of(graph: Graph, relation: int) -> Relation:
    """Return a directed relation as it is answered: the stored relation's own key and label, and the direction."""
    stored = relation % graph.num_relations
    return Relation(
        key=graph.relation_key(stored),
        label=graph.relation_label(stored),
        direction="forward" if relation == stored else "inverse",
    )


def triple_of(graph: Graph, start: int, relation: int, end: int) -> Triple:
    """Return the stored triple of an edge, in its stored direction, with the place that it was read from."""
    head, tail = (start, end) if relation < graph.num_relations else (end, start)
    edge = graph.edge(start, relation, end)
    source = None if edge is None else graph.edge_source(edge)
    return Triple(
        head=node_of(graph, head),
        relation=relation_of(graph, relation),
        tail=node_of(graph, tail),
        source=Source(file=source.file, line=source.line) if source and source.file else None,
    )
