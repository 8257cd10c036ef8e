"""All statements of a graph (edges and labels) by key, so that the graph can be loaded again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from clew.kg.graph.arrays import pool
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal, from_suffix, from_term
from clew.kg.terms.provenance import Source
from clew.kg.terms.vocabulary import RDF_REIFIES


class Statement(NamedTuple):
    """One statement; ``value`` is an entity's key or a literal, ``source`` is empty for labels."""

    subject: str
    predicate: str
    value: str | Literal
    source: Source = Source()


def iter_statements(graph: Graph) -> Iterator[Statement]:
    """Every statement once: edges by id, then label statements by subject."""
    yield from iter_edges(graph)
    yield from iter_label_statements(graph)


def iter_edges(graph: Graph, chosen: Iterable[int] | None = None) -> Iterator[Statement]:
    """The ``chosen`` edges in the order given, or every edge by id."""
    if chosen is not None:
        for edge in chosen:
            start, relation, end = graph.edge_triple(edge)
            predicate = graph.relation_key(relation)
            yield Statement(graph.key(start), predicate, _value(graph, end), graph.edge_source(edge))
        return
    keys = list(graph.relation_keys)
    places = [
        Source(file, 0, name)
        for file, name in zip(pool(graph.arrays, "file"), pool(graph.arrays, "graph"), strict=True)
    ]
    for low, high, start in _rows(graph):
        head = graph.key(start)
        tails = graph.out.node[low:high].tolist()
        relations = graph.out.relation[low:high].tolist()
        sources = graph.arrays["edge_source"][low:high].tolist()
        lines = graph.arrays["edge_line"][low:high].tolist()
        for relation, tail, place, line in zip(relations, tails, sources, lines, strict=True):
            source = Source(places[place].file, line, places[place].graph)
            yield Statement(head, keys[relation], _value(graph, tail), source)


def iter_label_statements(graph: Graph) -> Iterator[Statement]:
    """Every label statement, of nodes and then of relations."""
    arrays = graph.arrays
    predicates, suffixes = list(pool(arrays, "predicate")), list(pool(arrays, "suffix"))
    columns = (arrays[f"label_{name}"].tolist() for name in ("subject", "predicate", "suffix"))
    for subject, predicate, suffix, text in zip(*columns, pool(arrays, "label"), strict=True):
        beyond = subject - graph.num_nodes
        key = graph.key(subject) if beyond < 0 else graph.relation_key(beyond)
        yield Statement(key, predicates[predicate], from_suffix(text, suffixes[suffix]))


def edge_attributes(graph: Graph, edge: int) -> list[tuple[str, Literal]]:
    """The (name, value) attributes of an edge, such as a confidence or a date.

    First a table's further columns, then the literals of the edge's RDF 1.2 reifiers.
    """
    if not 0 <= edge < graph.num_edges:
        raise IndexError(f"edge {edge} of {graph.num_edges}")
    arrays = graph.arrays
    edges = arrays["attribute_edge"]
    low, high = np.searchsorted(edges, np.array((edge, edge + 1), edges.dtype)).tolist()
    names, values = pool(arrays, "attribute_name"), pool(arrays, "attribute")
    rows = arrays["attribute_name"][low:high].tolist()
    stored = [(names[name], from_term(values[row])) for row, name in enumerate(rows, low)]
    return stored + _reified_attributes(graph, edge)


def _reified_attributes(graph: Graph, edge: int) -> list[tuple[str, Literal]]:
    """The (relation key, literal) pairs of every reifier of an edge, in the order of reifier and relation."""
    reifies = graph.find_relation(RDF_REIFIES)
    term = graph.find_node(_triple_term(graph, edge)) if reifies is not None else None
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


def _triple_term(graph: Graph, edge: int) -> str:
    """The key of the triple term of an edge: ``<<( <head> <relation> <tail> )>>`` in N-Triples."""
    head, relation, tail = graph.edge_triple(edge)
    return f"<<( {_spelled(graph, head)} <{graph.relation_key(relation)}> {_spelled(graph, tail)} )>>"


def _spelled(graph: Graph, node: int) -> str:
    key = graph.key(node)
    return key if graph.is_literal(node) or key.startswith(("_:", "<<( ")) else f"<{key}>"


def _rows(graph: Graph) -> Iterator[tuple[int, int, int]]:
    """(first edge, last edge + 1, head) of every head."""
    for head in np.flatnonzero(np.diff(graph.out.ptr)).tolist():
        yield int(graph.out.ptr[head]), int(graph.out.ptr[head + 1]), head


def _value(graph: Graph, node: int) -> str | Literal:
    term = graph.node_keys[node]
    return from_term(term) if node >= graph.num_entities else term
