"""Answers by programs: each has a proof that holds over its graph, and over no other."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import pytest

from clew.decoding.programs.answering import ProgramAnswer, ProgramAnswerer
from clew.kg.errors import VerificationFailed
from clew.kg.proof.program_checker import verify_program
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from tests.decoding.programs.reading.ferries import TODAY, ferries, likeness, linker, linking

ANSWERS: dict[str, object] = {
    "which ferries sail to Torvik?": ["Fulmar", "Gannet", "Puffin"],
    "how many ferries sail to Sandness?": 3,
    "the total length of ferries": 402,
    "the captain of the longest ferry": ["Nell Orde"],
    "ferries longer than 60": ["Fulmar", "Gannet", "Puffin", "Razorbill"],
    "is Ida Moe older than Jon Rask?": True,
    "number of harbours per country": 3,
    "list the length and the captain of each ferry": 5,
}


@lru_cache(maxsize=1)
def answerer() -> ProgramAnswerer:
    return ProgramAnswerer(ferries(), linker(), likeness(), lambda: TODAY)


def answer(question: str) -> ProgramAnswer:
    found = answerer().answer(linking(question))
    assert found is not None
    return found


def shown(found: ProgramAnswer) -> object:
    value = found.execution.value
    match value:
        case NodeSet():
            return sorted(ferries().label(node) for node in value.nodes.tolist())
        case Number():
            return value.value
        case Truth():
            return value.value
        case Table():
            return len(value.rows)


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_is_answered_by_its_program(question: str) -> None:
    assert shown(answer(question)) == ANSWERS[question]


@pytest.mark.parametrize("question", ANSWERS)
def test_its_proof_holds_and_its_parts_fit(question: str) -> None:
    found = answer(question)
    assert found.proof is not None
    verify_program(ferries(), found.proof)
    assert 0 <= found.selection <= 1
    assert found.reading
    assert found.unread == []
    assert len(found.spans) == len(found.program.tokens) == len(found.proof.steps)
    assert all(0 <= start <= end <= len(question) for start, end in found.spans)
    assert any(end for _, end in found.spans)
    assert found.considered[0].program == found.execution.program
    assert all(0 <= other.probability <= 1 for other in found.considered)


@pytest.mark.parametrize("question", ["the total length of ferries", "list the length and the captain of each ferry"])
def test_its_proof_does_not_hold_over_a_graph_that_was_changed(question: str) -> None:
    proof = answer(question).proof
    assert proof is not None
    other = ferries(longer=3)
    with pytest.raises(VerificationFailed):
        verify_program(other, proof)
    with pytest.raises(VerificationFailed):
        verify_program(other, replace(proof, version=other.version))


def test_a_program_that_cannot_be_checked_is_an_error_not_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(*given: object) -> object:
        proof = answer_before.proof
        assert proof is not None
        return replace(proof, number="7")

    answer_before = answer("how many ferries sail to Sandness?")
    monkeypatch.setattr("clew.decoding.programs.answering.certificate", changed)
    with pytest.raises(VerificationFailed):
        answerer().answer(linking("how many ferries sail to Sandness?"))


@pytest.mark.parametrize("question", ["", "?", "what is the meaning of it", "xyz"])
def test_without_a_program_there_is_no_answer(question: str) -> None:
    assert answerer().answer(linking(question)) is None


def test_what_is_not_in_the_graph_is_less_sure_and_unread() -> None:
    sure, unsure = answer("who is the captain of Puffin?"), answer("who is the purple captain of Puffin?")
    assert unsure.selection < sure.selection
    assert [part.text for part in unsure.unread] == ["purple"]
