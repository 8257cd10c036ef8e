"""Decides whether to decline a question."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from clew.decoding.answers.gather import Gathered
from clew.decoding.reasoner import Reasoning, Topic
from clew.kg import limits


class Reason(StrEnum):
    """Why a question is declined."""

    NOTHING_LINKED = "nothing-linked"
    """The question mentions no entity of the graph."""
    NO_PATH = "no-path"
    """No path within the bounds starts at a linked entity."""
    LOW_CONFIDENCE = "low-confidence"
    """Paths exist, but the best one scores below the threshold."""

    @property
    def text(self) -> str:
        """The reason as a sentence."""
        return _TEXTS[self]


_TEXTS = {
    Reason.NOTHING_LINKED: "The question names no entity of this graph.",
    Reason.NO_PATH: "No path of this graph starts at an entity of the question.",
    Reason.LOW_CONFIDENCE: "The graph does not seem to contain the answer.",
}


def abstain(
    topics: Sequence[Topic],
    reasoning: Reasoning,
    gathered: Gathered,
    threshold: float | None = None,
) -> Reason | None:
    """Return the reason to decline, or None to answer.

    ``threshold`` is the least acceptable ``reasoning.selection``, or ``reasoning.confidence`` where the reasoner has no
    selection score (None: ``limits.MIN_SELECTION``, ``limits.MIN_CONFIDENCE``).
    """
    if not topics:
        return Reason.NOTHING_LINKED
    if not reasoning.paths or not gathered.answers:
        return Reason.NO_PATH
    sure, least = reasoning.confidence, limits.MIN_CONFIDENCE
    if reasoning.selection is not None:
        sure, least = reasoning.selection, limits.MIN_SELECTION
    if not sure >= (least if threshold is None else threshold):  # written so that NaN abstains
        return Reason.LOW_CONFIDENCE
    return None
