"""Which relations may be walked from a topic, as the reasoner walks them."""

from __future__ import annotations

from clew.decoding.embedded.vocabulary.inverses import redundant_inverses
from clew.kg.graph.graph import Graph


class Walks:
    """The directed relations that answering never takes: redundant inverses, and from a class to its instances."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self.redundant = redundant_inverses(graph)
        kind = graph.type_relation
        self._members = None if kind is None else kind + graph.num_relations

    def forbidden(self, topic: int) -> frozenset[int]:
        """Return what may not be taken on any path from this topic; a class may list its instances."""
        if self._members is None or len(self._graph.neighbours(topic, self._members)):
            return self.redundant
        return self.redundant | {self._members}

    def inverse(self, directed: int) -> int:
        """Return the same relation walked the other way."""
        size = self._graph.num_relations
        return directed - size if directed >= size else directed + size
