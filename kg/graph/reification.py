"""Statements about edges in RDF 1.2: the literals of the reifiers of a triple term."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_REIFIES

if TYPE_CHECKING:
    from clew.kg.graph.graph import Graph


def triple_term(graph: Graph, edge: int) -> str:
    """The key of the triple term of an edge: ``<<( <head> <relation> <tail> )>>`` in N-Triples."""
    head, relation, tail = graph.edge_triple(edge)
    return f"<<( {_spelled(graph, head)} <{graph.relation_key(relation)}> {_spelled(graph, tail)} )>>"


def reified_attributes(graph: Graph, edge: int) -> list[tuple[str, Literal]]:
    """The (relation key, literal) pairs of every reifier of an edge, in the order of reifier and relation."""
    reifies = graph.find_relation(RDF_REIFIES)
    term = graph.find_node(triple_term(graph, edge)) if reifies is not None else None
    if reifies is None or term is None:
        return []
    return [
        (graph.relation_key(r), graph.literal(node))
        for reifier in graph.neighbours(term, reifies + graph.num_relations).tolist()
        for r in graph.relations_of(reifier).tolist()
        if r < graph.num_relations
        for node in graph.neighbours(reifier, r).tolist()
        if graph.is_literal(node)
    ]


def _spelled(graph: Graph, node: int) -> str:
    key = graph.key(node)
    return key if graph.is_literal(node) or key.startswith(("_:", "<<( ")) else f"<{key}>"
