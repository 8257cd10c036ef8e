"""A second reasoner is asked only where the first is too unsure, and its answer counts only where it is sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from clew.decoding.judging.fallback import FAILED, FallbackReasoner
from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic
from clew.kg.graph.graph import Graph
from tests.decoding.graphs import films

BOUNDS = Bounds(2)


class Fixed(Reasoner):
    """Finds one path, as sure as its question's place in the script says."""

    def __init__(self, name: str, sure: Callable[[str], float]) -> None:
        self.name, self._sure = name, sure
        self.asked: list[str] = []

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        self.asked.append(question)
        return Reasoning((RankedPath(topics[0], (0,), 0.0, 1.0),), self._sure(question), warnings=(self.name,))


def ask(
    first: Callable[[str], float], second: Callable[[str], float], *questions: str
) -> tuple[list[Reasoning], Fixed]:
    graph, other = films(), Fixed("second", second)
    reasoner = FallbackReasoner(Fixed("first", first), other, 0.5)
    topics = [[Topic(graph.node("Ali"))]] * len(questions)
    return reasoner.reason_batch(questions, graph, topics, [BOUNDS] * len(questions)), other


def test_only_what_is_left_open_is_asked_again() -> None:
    found, other = ask(lambda q: float(q == "sure"), lambda q: 0.9, "sure", "unsure")
    assert other.asked == ["unsure"]
    assert [one.warnings for one in found] == [("first",), ("second",)]


def test_where_neither_is_sure_the_first_one_stands() -> None:
    (found,), _ = ask(lambda q: 0.2, lambda q: 0.4, "q")
    assert (found.confidence, found.warnings) == (0.2, ("first",))


def broken(question: str) -> float:
    if question == "bad":
        raise RuntimeError("out of memory")
    return 0.9


def test_a_fallback_that_fails_changes_nothing_and_says_so() -> None:
    found, _ = ask(lambda q: 0.2, broken, "bad", "good")
    assert [one.warnings for one in found] == [("first", FAILED), ("second",)]
    assert found[0].confidence == 0.2


def test_a_cancelled_or_late_question_is_not_asked_again() -> None:
    graph, other = films(), Fixed("second", lambda q: 0.9)

    class Late(Fixed):
        def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
            return replace(super().reason(question, graph, topics, bounds), partial=True, exact=False)

    found = FallbackReasoner(Late("first", lambda q: 0.1), other).reason("q", graph, [Topic(0)], BOUNDS)
    assert found.partial
    assert other.asked == []


@pytest.mark.parametrize("threshold", [None, 0.0, 1.0])
def test_the_threshold_is_that_of_declining(threshold: float | None) -> None:
    graph, other = films(), Fixed("second", lambda q: 0.9)
    FallbackReasoner(Fixed("first", lambda q: 0.6), other, threshold).reason("q", graph, [Topic(0)], BOUNDS)
    assert bool(other.asked) == (threshold == 1.0)
