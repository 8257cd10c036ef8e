"""Directed relations that paths never use: redundant inverses, and relations through classes."""

from __future__ import annotations

from clew.kg.graph.graph import Graph
from clew.tries.survey.survey import survey_of

NONE: frozenset[int] = frozenset()


class PathWalks:
    """The directed relations of one graph that paths leave out: redundant inverses, and from a class to its instances.

    Searching and training share it: a model is trained on the paths that it is later asked to rank.
    """

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.redundant = frozenset(survey_of(graph).redundant.tolist())
        kind = graph.type_relation
        self._members = None if kind is None else kind + graph.num_relations

    def forbidden(self, *topics: int) -> frozenset[int]:
        """Return what no path from these topics takes."""
        return self.redundant | self.through_classes(*topics)

    def through_classes(self, *topics: int) -> frozenset[int]:
        """Return the relation from a class to its instances, unless a topic is a class: else every path runs through
        hubs."""
        if self._members is None or any(len(self._graph.neighbours(topic, self._members)) for topic in topics):
            return NONE
        return frozenset({self._members})

    def inverse(self, directed: int) -> int:
        """Return the same relation walked the other way."""
        size = self._graph.num_relations
        return directed - size if directed >= size else directed + size
