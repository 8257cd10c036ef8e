"""Scores one question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.evaluation.metrics.matching import Matcher, normalise, substring_hit
from clew.evaluation.outcome import LinkedTopic, Outcome
from clew.evaluation.questions.question import Question

TIE = 1e-9
"""Answers whose scores differ by no more than this are tied: ends of one relation path score alike."""


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """How well one question was answered; shares in [0, 1].

    ``hit``: see ``hits_at_1``.
    For an unanswerable question only ``declined`` means anything; the others are 0.
    ``linked`` and ``linked_first``: a gold topic is among the linked entities, is the first of them; None without a
    gold topic to compare with. ``seconds``: wall time; None if it was asked together with others. ``confidence``: that
    the answer is right; ``sure``: what the system answers or declines by (``Outcome.sure``).
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


def score(question: Question, outcome: Outcome, valid_paths: int, seconds: float | None = None) -> QuestionScore:
    """Score an outcome. ``valid_paths`` of its proofs were verified by the caller; ``seconds``: wall time of one
    asked alone."""
    matcher = Matcher(question.answers)
    found = [matcher.found_by(predicted) for predicted in outcome.answers]
    precision = _share([bool(f) for f in found])
    recall = len(set().union(*found)) / len(question.answers) if question.answers else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision and recall else 0.0
    linked = [_is_topic(question, topic) for topic in outcome.linked] if question.topics else None
    return QuestionScore(
        hit=hits_at_1([answer.score for answer in outcome.answers], [bool(f) for f in found]),
        precision=precision,
        recall=recall,
        f1=f1,
        exact=float(precision == 1.0 and recall == 1.0),
        hit_gcr=float(substring_hit(question.answers, outcome.answers)),
        declined=outcome.declined,
        linked=None if linked is None else any(linked),
        linked_first=None if linked is None else any(linked[:1]),
        paths=len(outcome.proofs),
        valid_paths=valid_paths,
        seconds=seconds,
        confidence=outcome.confidence,
        sure=outcome.sure,
        failed=outcome.error is not None,
    )


def hits_at_1(scores: Sequence[float], right: Sequence[bool]) -> float:
    """Return the share of right answers among those tied at the top, 0 without answers: the expected Hits@1 of picking
    one of them at random."""
    best = max(scores, default=0.0)
    return _share([is_right for score, is_right in zip(scores, right, strict=True) if score >= best - TIE])


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else 0.0


def _is_topic(question: Question, linked: LinkedTopic) -> bool:
    wanted = {normalise(topic) for topic in question.topics}
    return linked.key in question.topics or normalise(linked.label) in wanted
