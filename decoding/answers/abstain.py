"""Decides whether to decline a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
    UNNAMED = "unnamed"
    """What was asked for exists, but the graph does not name it, nor state anything of it that was asked for."""
    NOT_STATED = "not-stated"
    """The names or the directions of the paths found contradict the question."""
    LOW_CONFIDENCE = "low-confidence"
    """Paths exist, but the best one scores below the threshold."""
    UNREAD = "unread"
    """The best path leaves parts of the question unread."""
    AMBIGUOUS = "ambiguous"
    """Several entities have the name, and the question does not say which one is meant."""
    OUT_OF_TIME = "out-of-time"
    """Time ran out before there was an answer to show."""

    @property
    def text(self) -> str:
        """The reason as a sentence."""
        return _TEXTS[self]


_TEXTS = {
    Reason.NOTHING_LINKED: "The question names no entity of this graph.",
    Reason.NO_PATH: "No path of this graph starts at an entity of the question.",
    Reason.UNNAMED: "Unknown value: the graph states that there is one, but not which.",
    Reason.NOT_STATED: "The graph does not state what was asked.",
    Reason.LOW_CONFIDENCE: "The graph does not seem to contain the answer.",
    Reason.UNREAD: "A part of the question was not understood.",
    Reason.AMBIGUOUS: "Several entities of the graph have this name.",
    Reason.OUT_OF_TIME: "The time limit was reached before an answer was found. There may be one.",
}


def less_sure(reasoning: Reasoning, unread: Sequence[object], unlike: Sequence[object] = ()) -> Reasoning:
    """Return the reasoning, less sure where parts of the question are unread (by ``limits.UNREAD_FACTOR``), or where
    what is asked is unlike the path (by ``limits.UNLIKE_FACTOR``)."""
    factor = limits.UNREAD_FACTOR if unread else limits.UNLIKE_FACTOR if unlike else 1.0
    selection = None if reasoning.selection is None else reasoning.selection * factor
    return replace(reasoning, confidence=reasoning.confidence * factor, selection=selection)


def abstain(
    topics: Sequence[Topic],
    reasoning: Reasoning,
    gathered: Gathered,
    threshold: float | None = None,
    unread: Sequence[object] = (),
    rivals: Sequence[int] = (),
) -> Reason | None:
    """Return the reason to decline, or None to answer.

    ``threshold`` is the least acceptable ``reasoning.selection``, or ``reasoning.confidence`` where the reasoner has no
    selection score (None: ``limits.MIN_SELECTION``, ``limits.MIN_CONFIDENCE``). ``unread``: what of the question the
    answers do not stand for. ``rivals``: entities that the topic's name may mean as well; with any, a threshold of
    zero alone answers.
    """
    if not topics:
        return Reason.NOTHING_LINKED
    if not reasoning.paths or not gathered.answers:
        return Reason.UNNAMED if gathered.unnamed else Reason.NO_PATH
    if not is_sure(reasoning, threshold):
        return Reason.UNREAD if unread else Reason.LOW_CONFIDENCE
    return Reason.AMBIGUOUS if rivals and threshold != 0 else None


def is_sure(reasoning: Reasoning, threshold: float | None = None) -> bool:
    """Return whether a reasoning is sure enough to be answered with; ``threshold`` as for ``abstain``."""
    sure, least = reasoning.confidence, limits.MIN_CONFIDENCE
    if reasoning.selection is not None:
        sure, least = reasoning.selection, limits.MIN_SELECTION
    return sure >= (least if threshold is None else threshold)  # NaN abstains
