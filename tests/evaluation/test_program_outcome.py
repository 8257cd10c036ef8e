"""What a program gives, in evaluation's words; and the certificate, checked again on what a user gets."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache

import pytest

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.gather import Gathered
from clew.decoding.programs.answering import ProgramAnswer
from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.execution import execute
from clew.decoding.programs.notation import read_program
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.reasoner import Bounds, Reasoning
from clew.evaluation import program_outcome
from clew.evaluation.metrics.scoring import QuestionScore
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.run import TopicMode, evaluate_at, verifier
from clew.evaluation.targets import asker, outcome_of, pipeline_target
from clew.kg.errors import BadInput
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.columns.stored import columns_of
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Truth
from clew.tries.programs.values import AttributeValues
from tests.api.conftest import WordReasoner

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DECIMAL = "http://www.w3.org/2001/XMLSchema#decimal"
BRIDGES = [("Arch", "40", "Oder"), ("Beam", "25.5", "Oder"), ("Cable", "91", "Elbe"), ("Draw", "", "Elbe")]


@lru_cache(maxsize=1)
def bridges() -> Graph:
    builder = GraphBuilder()
    for name, span, river in BRIDGES:
        builder.edge(name, TYPE, "bridge")
        builder.edge(name, "crosses", river)
        if span:
            builder.edge(name, "span", Literal(span, DECIMAL))
    builder.edge("Arch", "crosses", "Canal")
    builder.edge("_:b1", TYPE, "bridge")
    builder.edge("_:b1", "crosses", "Oder")
    return builder.build("bridges")


@lru_cache(maxsize=1)
def linker() -> EntityLinker:
    return EntityLinker.build(bridges())


def program(text: str, named_rows: bool = True) -> ProgramAnswer:
    """What a program that is written out gives."""
    algebra = Algebra(bridges(), AttributeValues(columns_of(bridges())))
    names = UniqueNames(bridges(), linker())
    read = read_program(names, text)
    proof = certificate(algebra, read.anchors, read.tokens)
    return ProgramAnswer(read, execute(algebra, names, read), 0.8, "", named_rows=named_rows, proof=proof)


def answered(found: ProgramAnswer, reason: Reason | None = None) -> Answered:
    return Answered([], Reasoning((), 0.8, selection=0.8), Gathered((), (), False), reason, [], program=found)


def outcome(text: str, named_rows: bool = True) -> Outcome:
    return outcome_of(bridges(), answered(program(text, named_rows)))


def holds(some: Outcome) -> bool:
    assert some.program is not None
    assert some.program.certificate is not None
    return verifier(bridges())(some.program.certificate)


def test_a_set() -> None:
    got = outcome("CLS bridge LIT 30 CMP span >")
    assert got.answers == (Predicted("Arch", "Arch", 1.0), Predicted("Cable", "Cable", 1.0))
    assert (got.value, got.rows, got.declined, got.confidence, got.selection) == (None, (), False, 0.8, 0.8)
    assert got.program is not None
    assert got.program.written == "CLS bridge LIT 30 CMP span >"
    assert got.program.operators == ("CLS", "CMP")
    assert holds(got)


def test_what_has_no_name_is_counted_and_is_no_answer() -> None:
    assert [one.label for one in outcome("ENT Oder HOP ^crosses").answers] == ["Arch", "Beam"]
    assert outcome("ENT Oder HOP ^crosses COUNT").value == 3
    assert holds(outcome("ENT Oder HOP ^crosses"))


@pytest.mark.parametrize(
    ("text", "value", "operators"),
    [
        ("CLS bridge COUNT", Fraction(5), ("CLS", "COUNT")),
        ("CLS bridge AVG span", Fraction("156.5") / 3, ("CLS", "AVG")),
        ("CLS bridge LIT 95 CMP span > ASK", False, ("CLS", "CMP", "ASK")),
        ("ENT Arch ENT Beam ASK span >", True, ("ASK CMP",)),
    ],
)
def test_values(text: str, value: Fraction | bool, operators: tuple[str, ...]) -> None:
    got = outcome(text)
    assert got.value == value
    assert isinstance(got.value, bool) == isinstance(value, bool)
    assert got.answers == got.rows == ()
    assert got.program is not None
    assert got.program.operators == operators
    assert holds(got)


def test_tables() -> None:
    got = outcome("CLS bridge PROJ crosses PROJ span")
    assert set(got.rows) == {
        ("Arch", "Oder", "40"), ("Arch", "Canal", "40"), ("Beam", "Oder", "25.5"), ("Cable", "Elbe", "91"),
        ("Draw", "Elbe", ""),
    }  # fmt: skip
    assert holds(got)
    hidden = outcome("CLS bridge PROJ span", named_rows=False)
    assert set(hidden.rows) == {("40",), ("25.5",), ("91",), ("",)}
    groups = outcome("CLS bridge GROUP crosses AVG span")
    assert dict(groups.rows) == {"Oder": Fraction("32.75"), "Elbe": 91, "Canal": 40}  # type: ignore[arg-type]
    assert holds(groups)


def test_a_table_of_too_many_rows_is_an_error_of_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_outcome, "MAX_EVALUATED_ROWS", 4)
    with pytest.raises(BadInput, match="more than 4 rows"):
        outcome("CLS bridge PROJ crosses PROJ span")
    over = Pipeline(bridges(), linker(), WordReasoner(), 0.0)
    found = answered(program("CLS bridge PROJ crosses PROJ span"))
    monkeypatch.setattr(Pipeline, "answer_many", lambda self, queries: [found for _ in queries])
    from clew.evaluation.outcome import Told

    (got,) = asker(over, Bounds(1), 30.0)([Told("bridges", None)])
    assert got.error is not None
    assert got.error.startswith("bad-input: the table has more than 4 rows")


def test_there_are_none() -> None:
    got = outcome_of(bridges(), answered(program("CLS bridge LIT 95 CMP span >"), Reason.NOT_STATED))
    assert got.program is not None
    assert (got.program.empty, got.declined, got.answers) == (True, True, ())
    assert holds(got)


def test_a_value_that_does_not_follow_from_its_steps_is_found() -> None:
    for text, value in (("CLS bridge COUNT", Number(Fraction(6))), ("CLS bridge LIT 95 CMP span > ASK", Truth(True))):
        right = program(text)
        assert holds(outcome_of(bridges(), answered(right)))
        wrong = replace(right, execution=replace(right.execution, value=value))
        assert not holds(outcome_of(bridges(), answered(wrong)))
    right, other = program("CLS bridge LIT 30 CMP span >"), program("CLS bridge LIT 30 CMP span <")
    assert not holds(outcome_of(bridges(), answered(replace(right, execution=other.execution))))
    table, none = program("CLS bridge PROJ span"), program("ENT Oder HOP ^crosses PROJ span").proof
    assert table.proof is not None
    assert none is not None
    assert not holds(outcome_of(bridges(), answered(replace(table, proof=replace(table.proof, rows=none.rows)))))


def scored(found: ProgramAnswer, question: Question, monkeypatch: pytest.MonkeyPatch) -> QuestionScore:
    over = Pipeline(bridges(), linker(), WordReasoner(), 0.0)
    monkeypatch.setattr(Pipeline, "answer_many", lambda self, queries: [answered(found) for _ in queries])
    target = pipeline_target(over, Bounds(1), 30.0)
    (asked,) = evaluate_at(lambda _: target, [question], TopicMode.LINKED)
    assert asked.outcome.program is not None
    assert asked.outcome.program.certificate is None  # was checked, and is not held
    return asked.score


def test_a_run_checks_each_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    found = program("CLS bridge COUNT")
    question = Question("how many bridges", (), value=Fraction(5))
    right = scored(found, question, monkeypatch)
    assert (right.exact, right.program_valid, right.paths) == (1, True, 0)
    assert found.proof is not None
    for proof in (None, replace(found.proof, version="another"), replace(found.proof, steps=found.proof.steps[:1])):
        assert scored(replace(found, proof=proof), question, monkeypatch).program_valid is False


def test_a_question_that_no_path_answers_is_scored_by_its_program() -> None:
    over = Pipeline(bridges(), linker(), WordReasoner(), 0.0)
    target = pipeline_target(over, Bounds(1), 30.0)
    questions = [
        Question("How many bridges are there?", (), value=Fraction(5)),
        Question("bridges with a span over 30", (Gold("Arch"), Gold("Cable"))),
    ]
    asked = evaluate_at(lambda _: target, questions, TopicMode.LINKED)
    found = over.answer(Query(questions[0].text, Bounds(1)))
    assert found.program is not None
    assert asked[0].outcome.value == 5
    assert [one.score.program_valid for one in asked] == [True, True]
    assert [one.score.exact for one in asked] == [1, 1]
