"""Answers by a program what no chain of relations stands for."""

from __future__ import annotations

from dataclasses import replace

from clew.decoding.answering.answered import Answered
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.gather import Gathered
from clew.decoding.programs.answering import ProgramAnswer, ProgramAnswerer
from clew.decoding.reasoner import Reasoning
from clew.kg import limits
from clew.retrieval.linking.types import Linking
from clew.tries.programs.sets import NodeSet

_LEFT_TO_PROGRAMS = frozenset(
    {Reason.NOTHING_LINKED, Reason.NO_PATH, Reason.NOT_STATED, Reason.LOW_CONFIDENCE, Reason.UNREAD}
)
"""Why a chain declines where a program may answer."""


class Programs:
    """Asks for a program where the chains decline. Safe for threads."""

    def __init__(self, answerer: ProgramAnswerer, threshold: float | None) -> None:
        self._answerer = answerer
        self._least = limits.MIN_SELECTION if threshold is None else threshold

    def instead(self, answered: Answered, linking: Linking) -> Answered:
        """Return the answer of a program that stands for the whole question, if there is one; else what is given."""
        if answered.reason not in _LEFT_TO_PROGRAMS or answered.late is not None:
            return answered
        found = self._answerer.answer(linking)
        if found is None or found.unread or not found.selection >= self._least:
            return answered
        return replace(
            answered,
            reasoning=Reasoning((), found.selection, selection=found.selection, exact=found.exact),
            gathered=Gathered((), (), False),
            reason=Reason.NOT_STATED if _is_empty(found) else None,
            proofs=[],
            suggestions=[],
            reading=found.reading,
            unread=[],
            rivals=[],
            demands={},
            program=found,
        )


def _is_empty(found: ProgramAnswer) -> bool:
    value = found.execution.value
    return isinstance(value, NodeSet) and not len(value)
