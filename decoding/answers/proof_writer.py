"""Writes the proofs of answers: paths and chains of node ids, in keys."""

from __future__ import annotations

from collections.abc import Sequence

from clew.decoding.answers.class_edges import Demands, class_edges
from clew.decoding.answers.gather import AnswerItem, PathInstance
from clew.decoding.reasoner import ReasonedChain
from clew.kg.graph.graph import Graph
from clew.kg.proof.proof import Derivation, Operator, Proof, ProofEdge


class ProofWriter:
    """Writes proofs in keys. Answers of one question share most nodes, whose keys are read once: make one for each."""

    def __init__(self, graph: Graph, demands: Demands | None = None) -> None:
        """``demands``: the classes whose statements belong to a proof."""
        self._graph, self._demands = graph, demands or {}
        self._keys: dict[int, str] = {}
        self._relations: dict[int, str] = {}

    def proof(self, answer: AnswerItem, chains: Sequence[ReasonedChain] = ()) -> Proof:
        """Return why the answer follows from this version of the graph: one alternative per path instance, then one for
        each of the ``chains`` that ends there by one of the answer's relation paths."""
        walked = {(path.nodes[0], path.relations) for path in answer.paths} if chains else set()
        grown = [c for c in chains if c.answer == answer.node and any((s, c.relations) in walked for s in c.sources)]
        paths = map(self.derivation, answer.paths)
        return Proof(self._graph.version, self._key(answer.node), (*paths, *map(self.chain, grown)))

    def chain(self, chain: ReasonedChain) -> Derivation:
        """Return a chain's triples in keys as the one graph that they are, side branches included."""
        edges = tuple(self.edge(*edge) for edge in chain.edges)
        return Derivation(edges, Operator.GROWN, tuple(map(self._key, chain.sources)))

    def derivation(self, instance: PathInstance) -> Derivation:
        """Return the chain of edges, in keys, that an instance walks, and the statements of the classes demanded."""
        nodes = instance.nodes
        edges = tuple(map(self.edge, nodes, instance.relations, nodes[1:]))
        classes = tuple(self.edge(*edge) for edge in class_edges(self._graph, instance, self._demands))
        return Derivation(edges, classes=classes)

    def edge(self, start: int, relation: int, end: int) -> ProofEdge:
        """Return a triple (node, directed relation, node) in keys."""
        inverse = relation >= self._graph.num_relations
        head, tail = (end, start) if inverse else (start, end)
        key = self._relations.get(relation)
        if key is None:
            key = self._relations[relation] = self._graph.relation_key(relation)
        return ProofEdge(self._key(head), key, self._key(tail), inverse)

    def _key(self, node: int) -> str:
        key = self._keys.get(node)
        if key is None:
            key = self._keys[node] = self._graph.key(node)
        return key


def to_proof(graph: Graph, answer: AnswerItem, chains: Sequence[ReasonedChain] = ()) -> Proof:
    """Return why the answer follows from this version of the graph; see ``ProofWriter`` for several answers."""
    return ProofWriter(graph).proof(answer, chains)
