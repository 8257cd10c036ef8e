"""Looks around in a graph: entities by name, what is around one of them, and the relations. Asks no model."""

from __future__ import annotations

import numpy as np

from clew.api.schema.exploring import (
    EntityDetail,
    EntityMatch,
    EntityMatches,
    RelationCount,
    RelationInfo,
    RelationPage,
)
from clew.api.schema.nodes import node_of, relation_of, triple_of
from clew.api.service.cursors import read_place, write_cursor
from clew.kg import limits
from clew.kg.errors import UnknownNode
from clew.kg.graph.graph import Graph
from clew.kg.store.catalogue import Catalogue
from clew.retrieval.linking.completion import Completion


def matches(graph: Graph, found: list[Completion]) -> EntityMatches:
    """Return the entities that a linker found."""
    entities = [
        EntityMatch(
            **dict(node_of(graph, one.node)),
            how=one.how,
            classes=_classes(graph, one.node),
            edges=graph.degree(one.node),
        )
        for one in found
    ]
    return EntityMatches(graph=graph.name, version=graph.version, entities=entities)


def neighbourhood(catalogue: Catalogue, name: str, key: str, limit: int, cursor: str | None) -> EntityDetail:
    """Return an entity with ``limit`` of its triples, from ``cursor`` on.

    Raises ``UnknownNode`` for a key that is no entity's, ``BadInput`` for a cursor of something else, and what
    ``Catalogue.open`` raises.
    """
    start, version = read_place(cursor, f"entity {key}")
    graph = catalogue.open(name, version)
    node = graph.find_node(key)
    if node is None or graph.is_literal(node):
        raise UnknownNode(f"no entity of the graph has the key {key[:200]!r}")
    edges, end = graph.degree(node), start + limit
    return EntityDetail(
        graph=graph.name,
        version=graph.version,
        entity=node_of(graph, node),
        classes=_classes(graph, node),
        edges=edges,
        relations=_relation_counts(graph, node),
        triples=[triple_of(graph, node, *step) for step in _steps(graph, node, start, end)],
        next=write_cursor(end, graph.version, f"entity {key}") if end < edges else None,
    )


def relations(catalogue: Catalogue, name: str, limit: int, cursor: str | None) -> RelationPage:
    """Return ``limit`` relations, from ``cursor`` on. Raises as ``neighbourhood``."""
    start, version = read_place(cursor, "relations")
    graph = catalogue.open(name, version)
    counts = np.bincount(graph.out.relation, minlength=graph.num_relations)
    order = np.argsort(-counts, kind="stable")
    found = [
        RelationInfo(key=graph.relation_key(r), label=graph.relation_label(r), triples=int(counts[r]))
        for r in order[start : start + limit].tolist()
    ]
    end = start + limit
    more = write_cursor(end, graph.version, "relations") if end < graph.num_relations else None
    return RelationPage(graph=graph.name, version=graph.version, relations=found, next=more)


def _classes(graph: Graph, node: int) -> list[str]:
    return [graph.label(cls) for cls in graph.types(node)[: limits.MAX_PAGE].tolist()]


def _relation_counts(graph: Graph, node: int) -> list[RelationCount]:
    found: list[RelationCount] = []
    for side, offset in ((graph.out, 0), (graph.inc, graph.num_relations)):
        row = side.relation[int(side.ptr[node]) : int(side.ptr[node + 1])]
        ids, counts = np.unique(row, return_counts=True)
        for r, count in zip(ids[: limits.MAX_PAGE].tolist(), counts.tolist(), strict=False):
            found.append(RelationCount(**dict(relation_of(graph, r + offset)), edges=count))
    return found[: limits.MAX_PAGE]


def _steps(graph: Graph, node: int, start: int, end: int) -> list[tuple[int, int]]:
    """The edges ``start .. end-1`` of a node as (directed relation, other end): those that leave it come first."""
    out, inc = graph.out, graph.inc
    first, last = int(out.ptr[node]), int(out.ptr[node + 1])
    leaving = slice(min(first + start, last), min(first + end, last))
    size, begin, stop = last - first, int(inc.ptr[node]), int(inc.ptr[node + 1])
    coming = slice(min(begin + max(0, start - size), stop), min(begin + max(0, end - size), stop))
    away = zip(out.relation[leaving].tolist(), out.node[leaving].tolist(), strict=True)
    back = zip((inc.relation[coming] + graph.num_relations).tolist(), inc.node[coming].tolist(), strict=True)
    return [*away, *back]
