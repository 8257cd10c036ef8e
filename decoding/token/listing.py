"""What a prompt shows of a graph's schema: the relations that a question may be about, within a budget of tokens.

A language model cannot know what the relations of a graph are called. Those at the topics come first, by how near their
labels are to the question in meaning, then the others of the graph, as far as the budget goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.reasoner import Topic
from clew.decoding.token.prior import RelationPrior
from clew.kg import limits
from clew.kg.graph.graph import Graph

AT_TOPIC = 1.0
"""What a relation at a topic has before others: more than cosines differ by as a rule."""


@dataclass(frozen=True)
class RelationListing:
    """Chooses the relations to list. ``prior(graph)`` scores relations for a question by cosine; ``count`` counts the
    tokens of a text; ``budget``: tokens of the whole list, at most."""

    prior: Callable[[Graph], RelationPrior]
    count: Callable[[str], int]
    budget: int = limits.MAX_LISTED_TOKENS

    def prepare(self, graph: Graph) -> None:
        """Load the prior."""
        self.prior(graph)

    def labels(
        self, question: str, graph: Graph, topics: Sequence[Topic], left_out: frozenset[int] = frozenset()
    ) -> str:
        """Return labels of directed relations, in alphabetical order: the order says nothing of what is asked."""
        spans = [topic.span for topic in topics if topic.span is not None]
        scores = self.prior(graph).relation_scores(question, spans).astype(np.float64)
        here = [r for topic in topics for r in graph.relations_of(topic.node).tolist()]
        scores[here] += AT_TOPIC
        ranked = (graph.relation_label(r) for r in np.argsort(-scores, kind="stable").tolist() if r not in left_out)
        return ", ".join(sorted(self._within(ranked)))

    def _within(self, labels: Iterable[str]) -> list[str]:
        found: list[str] = []
        left = self.budget
        for label in labels:
            left -= self.count(f"{label}, ")
            if left < 0:
                break
            found.append(label)
        return found
