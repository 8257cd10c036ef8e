"""Asking a question set and scoring what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluation.outcome import Ask, Outcome
from evaluation.question import Question
from evaluation.scoring import QuestionScore, score
from kg import checker
from kg.errors import VerificationFailed
from kg.graph import Graph
from kg.proof import Proof

Verify = Callable[[Proof], bool]
"""Whether a proof holds in the graph: the system under test does not judge itself."""

Observer = Callable[[int, int], None]
"""Told after each question how many of how many are done."""


def verifier(graph: Graph) -> Verify:
    """Return a check of proofs against a graph, by the graph layer's own checker."""

    def verify(proof: Proof) -> bool:
        try:
            checker.verify(graph, proof)
        except VerificationFailed:
            return False
        return True

    return verify


class TopicMode(StrEnum):
    """What the system is told of a question's topic."""

    GIVEN = "given"
    """The set's own topics are handed over; a question without any is linked."""
    LINKED = "linked"
    """Only the text: the system must find what the question is about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what came back, and its score."""

    question: Question
    outcome: Outcome
    score: QuestionScore


def evaluate(
    questions: Sequence[Question], ask: Ask, verify: Verify, topic: TopicMode, observer: Observer | None = None
) -> list[Asked]:
    """Ask each question once, in order, and score it. Times are of ``ask`` alone, wall clock."""
    asked = []
    for done, question in enumerate(questions, 1):
        topics = question.topics if topic is TopicMode.GIVEN and question.topics else None
        start = time.perf_counter()
        outcome = ask(question.text, topics)
        seconds = time.perf_counter() - start
        valid = sum(verify(proof) for proof in outcome.proofs)
        asked.append(Asked(question, outcome, score(question, outcome, valid, seconds)))
        if observer is not None:
            observer(done, len(questions))
    return asked
