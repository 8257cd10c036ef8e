"""Chooses the linked entities to start from."""

from __future__ import annotations

from dataclasses import dataclass

from clew.kg.limits import MAX_TOPICS
from clew.retrieval.linking.types import Linking


@dataclass(frozen=True, slots=True)
class Topic:
    """An entity to start from: its node, the span ``question[start:end]`` that names it (None: not in the question),
    and the linker's score in (0, 1]."""

    node: int
    span: tuple[int, int] | None = None
    score: float = 1.0


def topics(linking: Linking, limit: int = MAX_TOPICS) -> list[Topic]:
    """Return the topics to try, best first: at most ``limit``, but every one that was given explicitly.

    Each mention contributes its best candidate before any contributes a second one, so that a name borne by many
    entities does not crowd out the question's other names.
    """
    found: dict[int, tuple[int, Topic]] = {}
    given = 0
    for mention in linking.mentions:
        span = (mention.start, mention.end) if mention.end > mention.start else None
        for rank, candidate in enumerate(mention.candidates):
            explicit = candidate.how == "given"
            if candidate.node not in found:
                given += explicit
                topic = Topic(candidate.node, span, candidate.score)
                found[candidate.node] = (0 if explicit else rank, topic)
    chosen = sorted(found.values(), key=lambda pair: (min(pair[0], 1), -pair[1].score))[: max(limit, given)]
    return sorted((topic for _, topic in chosen), key=lambda topic: -topic.score)
