"""Whether a question asks what kind of thing something is: only then does the type relation answer it.

Every entity has a type, and its label ("is a") is short and common, so a language model that is held to a graph's
relations takes it whenever nothing else comes to it. But hardly a question asks for it, and those that do say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from clew.decoding.reasoner import Bounds, Topic
from clew.kg.graph.graph import Graph

NONE: frozenset[int] = frozenset()
_KIND = re.compile(r"\b(kind|sort|type|class|category|instance|example)(e?s|ies)?\b|\b(categories|classes)\b", re.I)
_ONLY = re.compile(r"[\W_]*(what|who)\W*(s|is|are|was|were)?\W*(a|an|the)?[\W_]*", re.I)


def asks_kind(question: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether the words ask for a kind: they name one, or nothing is left of "what is x" without x (``spans``)."""
    if _KIND.search(question):
        return True
    rest = question
    for start, end in sorted(spans, reverse=True):
        rest = rest[:start] + rest[end:]
    return bool(spans) and _ONLY.fullmatch(rest) is not None


def type_relations(question: str, graph: Graph, topics: Sequence[Topic]) -> frozenset[int]:
    """Return the directions of the type relation that no path of this question takes.

    From an entity to its class: unless the question asks for a kind. From a class to its instances: unless a topic is a
    class; else every path runs through hubs.
    """
    kind = graph.type_relation
    if kind is None:
        return NONE
    members = kind + graph.num_relations
    spans = [topic.span for topic in topics if topic.span is not None]
    found = NONE if asks_kind(question, spans) else frozenset({kind})
    if any(len(graph.neighbours(topic.node, members)) for topic in topics):
        return found
    return found | {members}


def without_types(question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Bounds:
    """Return the bounds without ``type_relations``; under conditions as they are, which say what may be taken."""
    if bounds.within is not None:
        return bounds
    return replace(bounds, forbidden=bounds.forbidden | type_relations(question, graph, topics))
