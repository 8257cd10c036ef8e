"""Where a question is asked: a graph, the system over it, and the check of its proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from evaluation.evaluate import Asked, Observer, TopicMode, Verify, evaluate
from evaluation.outcome import Ask
from evaluation.question import Question
from kg.graph import Graph


@dataclass(frozen=True, slots=True)
class Bench:
    """One graph with the system under test."""

    graph: Graph
    ask: Ask
    verify: Verify


BenchOf = Callable[[Question], Bench]
"""The bench that a question is asked at: always the same one, or that of the question's own subgraph."""


def evaluate_at(
    bench_of: BenchOf, questions: Sequence[Question], topic: TopicMode, observer: Observer | None = None
) -> list[Asked]:
    """Ask each question at its bench, in order; making the bench is no part of its time."""

    def one(done: int, question: Question) -> Iterable[Asked]:
        bench = bench_of(question)
        asked = evaluate([question], bench.ask, bench.verify, topic)
        if observer is not None:
            observer(done, len(questions))
        return asked

    return list(chain.from_iterable(one(done, question) for done, question in enumerate(questions, 1)))
