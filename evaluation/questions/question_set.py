"""A question set: the usable questions, and the number of unusable ones by reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from clew.evaluation.questions.question import Question


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """``skipped`` counts the questions left out by the reason why; ``format`` is the one that the file was read in."""

    questions: list[Question]
    format: str
    skipped: Counter[str] = field(default_factory=Counter)
