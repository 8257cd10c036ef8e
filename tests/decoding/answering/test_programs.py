"""A program answers where the chains decline, never elsewhere, and only if it stands for the whole question."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import pytest

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.answering.programs import Programs
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.gather import Gathered
from clew.decoding.answers.stages import Stage
from clew.decoding.programs.answering import ProgramAnswer, ProgramAnswerer
from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic
from clew.kg.graph.graph import Graph
from clew.retrieval.encoder.embedder import Embedder
from clew.retrieval.linking.types import Linking
from clew.tries.filters.conditions import Conditions
from clew.tries.programs.outcome import Number
from tests.clocks import install
from tests.decoding.embedded.toys import encoder
from tests.decoding.programs.reading.ferries import TODAY, ferries, likeness, linker, linking

COUNT, SHIPS = "how many ferries sail to Sandness?", "which ferries sail to Torvik?"


class Sailing(Reasoner):
    """Says of every question that it asks for the ferries that sail to its topic, as surely as it was told."""

    name = "sailing"

    def __init__(self, sure: float) -> None:
        self._sure = sure

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        back = graph.relation("sails to") + graph.num_relations
        paths = tuple(RankedPath(topic, (back,), math.log(0.9), 0.9) for topic in topics)
        return Reasoning(paths, self._sure, selection=self._sure)

    @property
    def encoder(self) -> Embedder:
        return encoder()


@lru_cache(maxsize=4)
def pipeline(sure: float = 0.9, threshold: float | None = 0.5) -> Pipeline:
    return Pipeline(ferries(), linker(), Sailing(sure), threshold)


def declined(reason: Reason = Reason.UNREAD, late: Stage | None = None) -> Answered:
    return Answered([], Reasoning((), 0.0), Gathered((), (), False), reason, [], late=late)


def programs(threshold: float | None = 0.5) -> Programs:
    return Programs(ProgramAnswerer(ferries(), linker(), likeness(), lambda: TODAY), threshold)


def test_chains_that_answer_are_left_as_they_are() -> None:
    found = pipeline().answer(Query(SHIPS, Bounds(2)))
    assert found.reason is None
    assert found.program is None
    assert len(found.gathered.answers) == 3
    assert programs().instead(found, linking(SHIPS)) is found


def test_a_program_answers_what_chains_do_not() -> None:
    found = pipeline().answer(Query(COUNT, Bounds(2)))
    assert found.program is not None
    assert found.reason is None
    assert found.program.proof is not None
    value = found.program.execution.value
    assert isinstance(value, Number)
    assert value.value == 3
    assert found.reasoning.selection == found.program.selection
    assert not found.gathered.answers
    assert "program" in found.timings


@pytest.mark.parametrize(
    "reason", [Reason.NOTHING_LINKED, Reason.NO_PATH, Reason.NOT_STATED, Reason.LOW_CONFIDENCE, Reason.UNREAD]
)
def test_whatever_the_chains_lack(reason: Reason) -> None:
    assert programs().instead(declined(reason), linking(COUNT)).program is not None


@pytest.mark.parametrize("reason", sorted(set(Reason) - {
    Reason.NOTHING_LINKED, Reason.NO_PATH, Reason.NOT_STATED, Reason.LOW_CONFIDENCE, Reason.UNREAD
}))  # fmt: skip
def test_other_reasons_to_decline_stand(reason: Reason) -> None:
    before = declined(reason)
    assert programs().instead(before, linking(COUNT)) is before


def test_what_was_out_of_time_stays_so() -> None:
    before = declined(late=Stage.SEARCHING)
    assert programs().instead(before, linking(COUNT)) is before


def test_a_program_below_the_threshold_is_not_shown() -> None:
    before = declined()
    assert programs(0.999).instead(before, linking(COUNT)) is before
    assert programs(0.0).instead(before, linking(COUNT)).program is not None


def test_a_program_that_leaves_words_unread_is_not_shown() -> None:
    before, question = declined(), "how many ferries painted red sail to Sandness?"
    assert programs(0.0).instead(before, linking(question)) is before


class Given(ProgramAnswerer):
    """Gives the answer that it was told to give."""

    def __init__(self, found: ProgramAnswer | None) -> None:
        self._found = found

    def answer(self, linking: Linking) -> ProgramAnswer | None:
        return self._found


def test_no_selection_is_no_answer() -> None:
    found = ProgramAnswerer(ferries(), linker(), likeness(), lambda: TODAY).answer(linking(COUNT))
    assert found is not None
    before = declined()
    assert Programs(Given(found), 0.5).instead(before, linking(COUNT)).program is found
    assert Programs(Given(replace(found, selection=math.nan)), 0.0).instead(before, linking(COUNT)) is before
    assert Programs(Given(None), 0.0).instead(before, linking(COUNT)) is before


def test_an_empty_set_is_said_to_be_not_stated() -> None:
    found = programs(0.0).instead(declined(), linking("ferries longer than 500"))
    assert found.program is not None
    assert found.reason is Reason.NOT_STATED


def test_under_conditions_there_is_no_program() -> None:
    conditions = Conditions(relations=("sails to", "captain"))
    found = pipeline().answer(Query(COUNT, Bounds(2), conditions=conditions))
    assert found.program is None
    assert found.reason is not None


@pytest.mark.parametrize("looks", [0, 3, 30, 100, 300, 1000])
def test_the_time_limit_holds(looks: int, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline().answer(Query(COUNT, Bounds(2)))
    clock = install(monkeypatch, looks)
    found = pipeline().answer(Query(COUNT, Bounds(2, deadline=time.monotonic() + 60)))
    assert clock.looks
    assert found.program is None or found.program.proof is not None
    assert found.program is not None or found.reason is not None
    assert clock.since <= 40
