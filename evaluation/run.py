"""Asks a question set, one by one or in batches, and scores the outcomes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from clew.evaluation.metrics.scoring import QuestionScore, score
from clew.evaluation.outcome import Ask, Outcome, Told
from clew.evaluation.questions.question import Question
from clew.kg.errors import VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_VERIFIED_EDGES
from clew.kg.proof import checker
from clew.kg.proof.program import ProgramProof
from clew.kg.proof.program_checker import verify_program
from clew.kg.proof.proof import Derivation, Proof

Verify = Callable[[Proof | ProgramProof], bool]
"""Whether a proof holds in the graph: the system under test does not judge itself."""

Observer = Callable[[int, int], None]
"""Told after each question how many of how many are done."""

ASKED_ALONE = 100
"""Questions asked one by one, whose times are reported, before the others are asked together: their median is then
known to a tenth, their 95th percentile roughly, and whoever wants it better asks no more than these (``--limit``)."""


def verifier(graph: Graph) -> Verify:
    """Return a check of proofs against a graph, by the graph layer's own checkers."""
    seen = checker.Seen()

    def verify(proof: Proof | ProgramProof) -> bool:
        nonlocal seen
        if len(seen.edges) > MAX_VERIFIED_EDGES:
            seen = checker.Seen()
        try:
            if isinstance(proof, ProgramProof):
                verify_program(graph, proof)
            else:
                checker.verify(graph, proof, seen)
        except VerificationFailed:
            return False
        return True

    return verify


@dataclass(frozen=True, slots=True)
class Target:
    """The system under test over one graph, asked ``together`` questions at a time; ``verify`` checks its proofs."""

    graph: Graph
    ask: Ask
    verify: Verify
    together: int = 1


TargetOf = Callable[[Question], Target]
"""The target of a question: always the same one, or that of the question's own subgraph."""


class TopicMode(StrEnum):
    """What the system is told of a question's topic."""

    GIVEN = "given"
    """The set's own topics are handed over; a question without any is linked."""
    LINKED = "linked"
    """Only the text: the system must find what the question is about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, what came back (of its proofs one of each relation path), and its score."""

    question: Question
    outcome: Outcome
    score: QuestionScore


def evaluate_at(
    target_of: TargetOf,
    questions: Sequence[Question],
    topic: TopicMode,
    observer: Observer | None = None,
    alone: int = 0,
) -> list[Asked]:
    """Ask each question at its target, in order, the first ``alone`` by themselves. Making a target is not timed."""
    asked: list[Asked] = []
    for target, batch in _batches(target_of, questions, alone):
        asked += evaluate(batch, target.ask, target.verify, topic)
        if observer is not None:
            for done in range(len(asked) - len(batch) + 1, len(asked) + 1):
                observer(done, len(questions))
    return asked


def _batches(target_of: TargetOf, questions: Sequence[Question], alone: int) -> Iterator[tuple[Target, list[Question]]]:
    """Yield consecutive questions of one target, which is released before the next one is made."""
    target: Target | None = None
    batch: list[Question] = []
    for at, question in enumerate(questions):
        if target is not None and len(batch) >= (target.together if at > alone else 1):
            yield target, batch
            target, batch = None, []
        found = target_of(question)
        if target is not None and found is not target:
            yield target, batch
            batch = []
        target = found
        batch.append(question)
    if target is not None:
        yield target, batch


def evaluate(questions: Sequence[Question], ask: Ask, verify: Verify, topic: TopicMode) -> list[Asked]:
    """Ask questions, all at once, and score what comes back. A time is known of a question asked alone: wall clock, of
    ``ask`` alone."""
    told = [Told(q.text, q.topics if topic is TopicMode.GIVEN and q.topics else None) for q in questions]
    start = time.perf_counter()
    outcomes = ask(told)
    seconds = time.perf_counter() - start if len(questions) == 1 else None
    return [_asked(question, outcome, verify, seconds) for question, outcome in zip(questions, outcomes, strict=True)]


def _asked(question: Question, outcome: Outcome, verify: Verify, seconds: float | None) -> Asked:
    """Verify and score; of the proofs, one of each relation path is then kept: a set's others would fill the memory."""
    program = outcome.program
    valid = None if program is None else program.certificate is not None and verify(program.certificate)
    scored = score(question, outcome, sum(map(verify, outcome.proofs)), seconds, valid)
    told = {relations(proof.alternatives[0]): proof for proof in reversed(outcome.proofs) if proof.alternatives}
    kept = None if program is None else replace(program, certificate=None)
    return Asked(question, replace(outcome, proofs=tuple(reversed(told.values())), program=kept), scored)


def relations(derivation: Derivation) -> str:
    """Return a derivation's relation path, an inverse step with ``^``, as a chains file spells it."""
    return "|".join(("^" if edge.inverse else "") + edge.relation for edge in derivation.edges)
