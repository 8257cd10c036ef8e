"""What a question was linked to, and which of it the search starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from clew.kg.graph.graph import Graph
from clew.retrieval.linking.completion import Completion
from clew.retrieval.linking.topics import Topic
from clew.retrieval.linking.types import Linking
from clew.tries.labels.label_trie import Match

Span = tuple[int, int]


class Linker(Protocol):
    """Finds the entities of one graph that a question names."""

    graph: Graph

    def link(self, question: str, topics: Sequence[str] | None = None) -> Linking:
        """Return every mention with its candidates, best first. ``topics`` (keys or labels) are taken as given."""

    def named(self, text: str) -> list[Match]:
        """Return every label of the graph that occurs in a text."""

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Return the entities whose names complete a text, best first."""


class NoLinker:
    """A ``Linker`` that links nothing, for questions that come with their topics."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    def link(self, question: str, topics: Sequence[str] | None = None) -> Linking:
        """Return no mention."""
        return Linking(question, ())

    def complete(self, text: str, limit: int) -> list[Completion]:
        """Return no entity."""
        return []

    def named(self, text: str) -> list[Match]:
        """Return no label."""
        return []


@dataclass(frozen=True, slots=True)
class Link:
    """One candidate of one mention, its span in the question as asked, and whether the search starts from it."""

    node: int
    score: float
    span: Span | None
    how: str
    ambiguous: bool
    topic: bool


def links(linking: Linking, asked: str, topics: Sequence[Topic]) -> list[Link]:
    """Return every candidate of every mention, best mention first; ``asked`` is the question before linking."""
    nodes = {topic.node for topic in topics}
    found = []
    for mention in linking.mentions:
        span = None
        if mention.end > mention.start:
            span = aligned(asked, linking.question, (mention.start, mention.end))
        for candidate in mention.candidates:
            is_topic = candidate.node in nodes
            found.append(Link(candidate.node, candidate.score, span, candidate.how, mention.ambiguous, is_topic))
    return found


def aligned(asked: str, plain: str, span: Span) -> Span:
    """Return the span in ``asked`` of a span in ``plain``, which is ``asked`` without some brackets and spaces."""
    if asked == plain:
        return span
    places, at = [], 0
    for character in plain:
        while at < len(asked) - 1 and asked[at] != character:
            at += 1
        places.append(at)
        at += 1
    return places[span[0]], places[span[1] - 1] + 1
