"""Whenever time runs out, the answers are some of those that there are with more time, and it is said."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.api.schema.models import AskRequest
from clew.api.schema.results import ask_result
from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.stages import Stage
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic
from clew.kg.graph.graph import Graph
from clew.kg.proof import checker
from clew.kg.proof.proof import Proof
from clew.retrieval.linking.linker import EntityLinker
from tests.clocks import Clock, install
from tests.decoding.embedded.toys import encoder, films
from tests.decoding.graphs import RELATIONS, graphs

SOON = 16
"""Looks within which work ends after time is up, at whatever stage."""
OVER, RESERVED = 1e9, 3599.0
"""The clock jumps to where time is up, or to where linking, search and gathering must leave what is left."""
QUESTIONS = (
    "who directed Alpha?",
    "where was the director of Gamma born?",
    "who starred in Gamma and Alpha in 1999?",
    "which films did Ann direct?",
    "who is Nobody?",
    "Alpha-Gamma-Ann-Alpha " * 12,
)


class Listed(Reasoner):
    """Ranks paths as it was told to, whatever the question."""

    name = "listed"

    def __init__(self, paths: Sequence[tuple[tuple[int, ...], float]]) -> None:
        self._paths = paths

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        total = sum(share for _, share in self._paths)
        count = 2 * graph.num_relations
        ranked = [
            RankedPath(topic, tuple(r % count for r in path), 0.0, share / total / len(topics))
            for topic in topics
            for path, share in self._paths
        ]
        return Reasoning(tuple(sorted(ranked, key=lambda path: -path.probability)), 0.9)


def suggestions(question: str, topics: Sequence[Topic]) -> list[int]:
    return [0]


def asked(pipeline: Pipeline, question: str, looks: int | None, jump: float = OVER) -> tuple[Answered, Clock]:
    with pytest.MonkeyPatch.context() as patch:
        clock = install(patch, looks, jump)
        return pipeline.answer(Query(question, Bounds(2, deadline=time.monotonic() + 3600))), clock


def is_cut_of(cut: Answered, whole: Answered, pipeline: Pipeline, question: str) -> None:
    nodes = {item.node for item in whole.gathered.answers} if whole.reason is None else set()
    given = {item.node for item in cut.gathered.answers} if cut.reason is None else set()
    assert given <= nodes
    assert len(cut.proofs) == len(given)
    for item, proof in zip(cut.gathered.answers, cut.proofs, strict=False):
        checker.verify(pipeline.graph, Proof(pipeline.graph.version, pipeline.graph.key(item.node), proof))
    result = ask_result(pipeline.graph, AskRequest(question=question), "id", "m", cut)
    if cut.late is None:
        assert (given, cut.reason, cut.reading, cut.unread) == (nodes, whole.reason, whole.reading, whole.unread)
        return
    assert result.status == "partial"
    assert result.reason is not None
    assert result.reason.code == "budget"
    assert cut.late.text in result.reason.message
    assert not cut.declined
    if not given:
        assert cut.reason is Reason.OUT_OF_TIME
        claims = (result.suggestions, result.unread, result.otherwise, result.ambiguous, result.reading)
        assert not any(claims)


walks = st.lists(
    st.tuples(
        st.lists(st.integers(0, 2 * len(RELATIONS) - 1), min_size=1, max_size=2).map(tuple), st.floats(0.01, 1.0)
    ),
    min_size=1,
    max_size=5,
)
questions = st.sampled_from(["what is the film of a", "who was born in b and c", "a b c d e f", "which d has a-b-c"])


@given(graphs(), walks, questions, st.integers(0, 60), st.sampled_from([OVER, RESERVED]))
@settings(max_examples=150, deadline=None)
def test_an_answer_cut_at_any_look_is_a_part_of_the_whole_and_says_so(graph, paths, question, looks, jump) -> None:
    pipeline = Pipeline(graph, EntityLinker.build(graph), Listed(paths), 0.0, suggestions)
    whole, full = asked(pipeline, question, None)
    assert whole.late is None
    cut, clock = asked(pipeline, question, looks, jump)
    is_cut_of(cut, whole, pipeline, question)
    assert full.looks > 0
    assert jump == RESERVED or clock.since <= SOON


@lru_cache(maxsize=1)
def embedded() -> Pipeline:
    return Pipeline(films(), EntityLinker.build(films()), EmbeddedReasoner(encoder()), 0.0, suggestions)


@pytest.mark.parametrize("question", QUESTIONS)
def test_so_is_one_of_the_embedded_model(question: str) -> None:
    pipeline = embedded()
    pipeline.answer(Query(question, Bounds(2)))  # what is kept of a question takes no looks
    whole, full = asked(pipeline, question, None)
    seen = set()
    for looks in (*range(0, full.looks, max(1, full.looks // 150)), full.looks):
        for jump in (OVER, RESERVED):
            cut, clock = asked(pipeline, question, looks, jump)
            is_cut_of(cut, whole, pipeline, question)
            assert jump == RESERVED or clock.since <= SOON
            seen.add(cut.late)
    assert {Stage.LINKING, None} <= seen


def test_questions_asked_together_are_cut_alike() -> None:
    pipeline = embedded()
    alone = [pipeline.answer(Query(question, Bounds(2))) for question in QUESTIONS]
    for looks in (0, 5, 50, 200, 1000):
        with pytest.MonkeyPatch.context() as patch:
            install(patch, looks)
            bounds = Bounds(2, deadline=time.monotonic() + 3600)
            found = pipeline.answer_many([Query(question, bounds) for question in QUESTIONS])
        for question, cut, whole in zip(QUESTIONS, found, alone, strict=True):
            assert isinstance(cut, Answered)
            is_cut_of(cut, whole, pipeline, question)
