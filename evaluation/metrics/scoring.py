"""Scores one question."""

from __future__ import annotations

from dataclasses import dataclass

from clew.evaluation.metrics.matching import normalise
from clew.evaluation.metrics.shares import judge
from clew.evaluation.outcome import LinkedTopic, Outcome
from clew.evaluation.questions.question import Question


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """How well one question was answered; shares in [0, 1].

    ``hit``, ``precision``, ``recall``, ``cells``: see ``clew.evaluation.metrics.shares``.
    For an unanswerable question only ``declined`` means anything; the others are 0.
    ``linked`` and ``linked_first``: a gold topic is among the linked entities, is the first of them; None without a
    gold topic to compare with. ``seconds``: wall time; None if it was asked together with others. ``confidence``: that
    the answer is right; ``sure``: what the system answers or declines by (``Outcome.sure``). ``program_valid``: whether
    the certificate of the program that answered was verified; None where none did.
    """

    hit: float
    precision: float
    recall: float
    f1: float
    exact: float
    hit_gcr: float
    declined: bool
    linked: bool | None
    linked_first: bool | None
    paths: int
    valid_paths: int
    seconds: float | None
    confidence: float | None
    sure: float | None
    failed: bool
    cells: float = 0.0
    program_valid: bool | None = None

    @property
    def wrong_as_right(self) -> bool:
        """Whether it was answered, but not with exactly what is right."""
        return not self.declined and not self.failed and self.exact < 1


def score(
    question: Question,
    outcome: Outcome,
    valid_paths: int,
    seconds: float | None = None,
    program_valid: bool | None = None,
) -> QuestionScore:
    """Score an outcome. ``valid_paths`` of its proofs, and the certificate of its program (``program_valid``), were
    verified by the caller; ``seconds``: wall time of one asked alone.

    That there are none is an answer: where there are some it is a wrong one, and the question is not declined.
    """
    shares = judge(question, outcome)
    precision, recall = shares.precision, shares.recall
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    denied = question.answerable and outcome.program is not None and outcome.program.empty
    linked = [_is_topic(question, topic) for topic in outcome.linked] if question.topics else None
    return QuestionScore(
        hit=shares.hit,
        precision=precision,
        recall=recall,
        f1=f1,
        exact=float(shares.exact),
        hit_gcr=float(shares.hit_gcr),
        declined=outcome.declined and not denied,
        linked=None if linked is None else any(linked),
        linked_first=None if linked is None else any(linked[:1]),
        paths=len(outcome.proofs),
        valid_paths=valid_paths,
        seconds=seconds,
        confidence=outcome.confidence,
        sure=outcome.sure,
        failed=outcome.error is not None,
        cells=float(shares.cells),
        program_valid=program_valid,
    )


def _is_topic(question: Question, linked: LinkedTopic) -> bool:
    wanted = {normalise(topic) for topic in question.topics}
    return linked.key in question.topics or normalise(linked.label) in wanted
