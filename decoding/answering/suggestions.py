"""What could be asked instead: the relations of the named entities that lie nearest to the question in meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from clew.decoding.reasoner import Topic
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.retrieval.encoder.embedder import Embedder
from clew.retrieval.vectors.label_index import RelationIndex

Suggest = Callable[[str, Sequence[Topic]], list[int]]
"""From a question and its topics to directed relations, nearest first."""


def suggester(graph: Graph, relations: RelationIndex, embedder: Embedder) -> Suggest:
    """Return a function that ranks the topics' own relations by the cosine of their label and the question."""

    def suggest(question: str, topics: Sequence[Topic]) -> list[int]:
        leaving = np.unique(np.concatenate([graph.relations_of(topic.node) for topic in topics] or [np.empty(0, int)]))
        leaving = np.setdiff1d(leaving, list(graph.plumbing))
        if not len(leaving):
            return []
        scores = relations.vectors[leaving] @ embedder.encode([_without(question, topics)])[0]
        return leaving[np.argsort(-scores, kind="stable")[: limits.MAX_SUGGESTIONS]].tolist()  # type: ignore[no-any-return]

    return suggest


def _without(question: str, topics: Sequence[Topic]) -> str:
    """Return the question without its topics' mentions: names would draw it towards other names."""
    for start, end in sorted({topic.span for topic in topics if topic.span}, reverse=True):
        question = question[:start] + question[end:]
    return " ".join(question.split())
