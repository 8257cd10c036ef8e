"""The ceiling of a question set: the score of following the gold relation chain from the gold topic.

The answers of a set can differ from the ends of its chains (label noise, other readings). A system that answers with
the ends of one relation path cannot score higher.
"""

from __future__ import annotations

from functools import cached_property

from clew.decoding.answers.backtracking import ends_of
from clew.evaluation.metrics.matching import normalise
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Question
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph


class Ceiling:
    """Follows gold chains over one graph."""

    def __init__(self, graph: Graph, revisit: bool = False) -> None:
        """``revisit``: whether a step may lead back onto the topic."""
        self.graph, self._revisit = graph, revisit

    def outcome(self, question: Question) -> Outcome | None:
        """Return the ends of a question's chain as an outcome; None where the set gives no chain or no topic.

        As in answering, no step leads back onto the topic, but by a self-loop that is the whole path. Raises
        ``BadInput`` for a relation that the graph lacks.
        """
        if question.chain is None or not question.topics:
            return None
        relations = [self.directed(step, question) for step in question.chain]
        ends: dict[int, None] = {}
        for topic in question.topics:
            for node in self.nodes(topic):
                ends.update(dict.fromkeys(ends_of(self.graph, node, relations, self._revisit).tolist()))
        graph = self.graph
        return Outcome(tuple(Predicted(graph.key(end), graph.label(end), 1.0) for end in ends))

    def directed(self, step: str, question: Question) -> int:
        """Return the directed relation that a step names: a key or a label, with ``^`` before it for an inverse."""
        name = step.removeprefix("^")
        relation = self._relations.get(name)
        if relation is None:
            raise BadInput(f"line {question.number}: the graph has no relation {name!r} (in the chain)")
        return relation if name == step else relation + self.graph.num_relations

    @cached_property
    def _relations(self) -> dict[str, int]:
        graph = self.graph
        by_label = {graph.relation_label(r): r for r in range(graph.num_relations)}
        return by_label | {graph.relation_key(r): r for r in range(graph.num_relations)}

    def nodes(self, topic: str) -> list[int]:
        """Return the node with this key, else the entities with this label."""
        node = self.graph.find_node(topic)
        return [node] if node is not None else self._labelled.get(normalise(topic), [])

    @cached_property
    def _labelled(self) -> dict[str, list[int]]:
        """Return the entities by label, alternative labels included."""
        found: dict[str, list[int]] = {}
        for node in range(self.graph.num_entities):
            found.setdefault(normalise(self.graph.label(node)), []).append(node)
        for node, label in self.graph.iter_labels():
            if label.kind != "description" and node not in found.setdefault(normalise(label.text), []):
                found[normalise(label.text)].append(node)
        return found
