"""The statements of classes that decide an answer: an entity's type, and the way from there to the class asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from clew.decoding.answers.gather import PathInstance
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.kg.terms.vocabulary import RDFS_SUBCLASS

END = 0
"""Stands for the position of the answer, on a path of any length; positions count from 1."""
Demands = Mapping[int, Collection[int]]
"""The classes, any of which the node at a position must have."""
Edge = tuple[int, int, int]
"""Node, directed relation, node."""


def class_edges(graph: Graph, instance: PathInstance, demands: Demands) -> list[Edge]:
    """Return the edges that state the classes demanded of a path's nodes; those of a node that states none are not
    there."""
    found: list[Edge] = []
    for position, classes in sorted(demands.items()):
        at = len(instance.nodes) - 1 if position == END else position
        if 0 < at < len(instance.nodes):
            found += [edge for edge in _way_up(graph, instance.nodes[at], classes) if edge not in found]
    return found


def _way_up(graph: Graph, node: int, classes: Collection[int]) -> list[Edge]:
    """Return the shortest way from a node, by its type and then by subclasses, to one of the classes."""
    if graph.type_relation is None or graph.is_literal(node):
        return []
    subclass = graph.find_relation(RDFS_SUBCLASS)
    ways: list[list[Edge]] = [[(node, graph.type_relation, cls)] for cls in graph.types(node).tolist()]
    seen: set[int] = set()
    for _ in range(limits.MAX_CLASS_STEPS):
        for way in ways:
            if way[-1][2] in classes:
                return way
        seen |= {way[-1][2] for way in ways}
        ways = [
            [*way, (way[-1][2], subclass, above)]
            for way in ways
            if subclass is not None
            for above in graph.neighbours(way[-1][2], subclass).tolist()
            if above not in seen
        ]
    return []
