"""Where a question is asked: a graph, the system over it, and the check of its proofs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from clew.evaluation.outcome import Ask
from clew.evaluation.questions.question import Question
from clew.evaluation.run import Asked, Observer, TopicMode, Verify, evaluate
from clew.kg.graph.graph import Graph

ASKED_ALONE = 100
"""Questions asked one by one, whose times are reported, before the others are asked together: their median is then
known to a tenth, their 95th percentile roughly, and whoever wants it better asks no more than these (``--limit``)."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One graph with the system under test, which is asked ``together`` questions at a time."""

    graph: Graph
    ask: Ask
    verify: Verify
    together: int = 1


BenchOf = Callable[[Question], Bench]
"""The bench that a question is asked at: always the same one, or that of the question's own subgraph."""


def evaluate_at(
    bench_of: BenchOf,
    questions: Sequence[Question],
    topic: TopicMode,
    observer: Observer | None = None,
    alone: int = 0,
) -> list[Asked]:
    """Ask each question at its bench, in order, the first ``alone`` by themselves; making the bench is no part of its
    time."""
    asked: list[Asked] = []
    for bench, batch in _batches(bench_of, questions, alone):
        asked += evaluate(batch, bench.ask, bench.verify, topic)
        if observer is not None:
            for done in range(len(asked) - len(batch) + 1, len(asked) + 1):
                observer(done, len(questions))
    return asked


def _batches(bench_of: BenchOf, questions: Sequence[Question], alone: int) -> Iterator[tuple[Bench, list[Question]]]:
    """Yield consecutive questions of one bench, which is let go of before the next one is made."""
    bench: Bench | None = None
    batch: list[Question] = []
    for at, question in enumerate(questions):
        if bench is not None and len(batch) >= (bench.together if at > alone else 1):
            yield bench, batch
            bench, batch = None, []
        found = bench_of(question)
        if bench is not None and found is not bench:
            yield bench, batch
            batch = []
        bench = found
        batch.append(question)
    if bench is not None:
        yield bench, batch
