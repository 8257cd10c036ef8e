"""The Judge port: scores relation paths that a reasoner proposes for a question.

Laws (``clew.decoding.laws.judge``; every implementation passes them): one finite score per path, whatever the order of
the paths; the same in a batch as alone; a question that is cancelled, or whose time is up, has no scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from clew.decoding.reasoner import Bounds


@dataclass(frozen=True, slots=True)
class PathChoices:
    """What a judge is given: a question, the label of the entity that paths start from, and the paths as the labels of
    their relations, each once. Labels are data: they may hold any text."""

    question: str
    topic: str
    paths: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PathScores:
    """``scores[i]`` says how much better path i fits the question than it would fit any other question. ``partial``:
    time ran out or the question was cancelled; there are no scores then. ``cost``: what it took, by name."""

    scores: tuple[float, ...]
    partial: bool = False
    cost: Mapping[str, float] = field(default_factory=dict)


class Judge(Protocol):
    """Scores proposed paths. Safe for threads."""

    name: str
    """The name of the model."""

    @property
    def fingerprint(self) -> str:
        """Identifies everything else that a score depends on, such as the prompt."""

    def judge(self, choices: Sequence[PathChoices], bounds: Sequence[Bounds]) -> list[PathScores]:
        """Score the paths of several questions, each within its bounds (deadline and cancellation).

        Raises:
            ClewError: the model cannot be reached, or cannot read a question (too long, say).
        """
