"""The types of linking results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A node that a mention may name, with its score in (0, 1] and how it was found
    (``exact``, ``alternative``, ``case``, ``typo``, ``partial``, ``embedding``, ``given``)."""

    node: int
    score: float
    how: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One reading of a span of the question: a candidate node, and how strongly the words speak for it."""

    start: int
    end: int
    strength: float
    candidate: Candidate


@dataclass(frozen=True, slots=True)
class Mention:
    """A span ``question[start:end]`` and its candidates, best first."""

    start: int
    end: int
    text: str
    candidates: tuple[Candidate, ...]

    @property
    def ambiguous(self) -> bool:
        """Whether the two best candidates score alike."""
        return len(self.candidates) > 1 and self.candidates[1].score >= 0.95 * self.candidates[0].score


@dataclass(frozen=True, slots=True)
class Linking:
    """Every mention found in a question, best first; empty when the question names nothing of the graph.

    ``question`` is the text that spans refer to: as asked, but without the brackets around given topics.
    """

    question: str
    mentions: tuple[Mention, ...]
