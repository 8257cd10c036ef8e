"""Asking a question set and scoring what comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from evaluation.outcome import Ask, Outcome, Told
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


def evaluate(questions: Sequence[Question], ask: Ask, verify: Verify, topic: TopicMode) -> list[Asked]:
    """Ask questions, all at once, and score what comes back. A time is known of a question asked alone: wall clock, of
    ``ask`` alone."""
    told = [Told(q.text, q.topics if topic is TopicMode.GIVEN and q.topics else None) for q in questions]
    start = time.perf_counter()
    outcomes = ask(told)
    seconds = time.perf_counter() - start if len(questions) == 1 else None
    return [
        Asked(question, outcome, score(question, outcome, sum(map(verify, outcome.proofs)), seconds))
        for question, outcome in zip(questions, outcomes, strict=True)
    ]
