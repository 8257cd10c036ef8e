"""Checks that nodes and relations are shown as the graph has them: kind, label, datatype and language."""

from __future__ import annotations

from collections.abc import Iterable

from clew.api.schema.elements import Node, Relation, Triple
from clew.api.schema.nodes import node_of, relation_of, triple_of
from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import ProofEdge


class ShownParts:
    """The parts of one graph as results show them. ``sources``: whether files and lines are those of the graph's own
    inputs. Raises ``VerificationFailed``."""

    def __init__(self, graph: Graph, sources: bool) -> None:
        self._graph, self._sources = graph, sources
        self._nodes: dict[str, Node] = {}

    def node(self, shown: Node) -> int:
        """Return the node that is shown."""
        node = self._graph.find_node(shown.key)
        if node is None:
            raise VerificationFailed(f"unknown key {shown.key!r}")
        if shown.key not in self._nodes:
            self._nodes[shown.key] = node_of(self._graph, node)
        stated = self._nodes[shown.key]
        for name in Node.model_fields:
            if getattr(shown, name) != getattr(stated, name):
                raise VerificationFailed(
                    f"the {name} of {shown.key!r} is {getattr(stated, name)!r}, not {getattr(shown, name)!r}"
                )
        return node

    def nodes(self, shown: Iterable[Node]) -> list[int]:
        """Return nodes that are shown, none of them twice."""
        found = [self.node(node) for node in shown]
        if len(set(found)) < len(found):
            raise VerificationFailed("a node occurs twice where each is to occur once")
        return found

    def relation(self, shown: Relation) -> int:
        """Return the directed relation that is shown."""
        relation = self._graph.find_relation(shown.key)
        if relation is None:
            raise VerificationFailed(f"unknown relation {shown.key!r}")
        directed = relation + self._graph.num_relations * (shown.direction == "inverse")
        stated = relation_of(self._graph, directed)
        if shown != stated:
            raise VerificationFailed(f"the label of {shown.key!r} is {stated.label!r}, not {shown.label!r}")
        return directed

    def edge(self, shown: Triple) -> ProofEdge:
        """Return a triple that is shown as an edge, for ``checker`` to look up."""
        head, tail, directed = self.node(shown.head), self.node(shown.tail), self.relation(shown.relation)
        inverse = shown.relation.direction == "inverse"
        if self._sources and self._graph.edge(*((tail, directed, head) if inverse else (head, directed, tail))):
            stated = triple_of(self._graph, *((tail, directed, head) if inverse else (head, directed, tail)))
            if stated.source != shown.source:
                raise VerificationFailed(f"{shown.head.key!r} {shown.relation.key!r} was not read from {shown.source}")
        return ProofEdge(shown.head.key, shown.relation.key, shown.tail.key, inverse)
