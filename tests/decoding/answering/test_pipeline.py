"""The pipeline: however a question names its entities, together or alone, it is answered the same, with proofs."""

from __future__ import annotations

from functools import lru_cache

import pytest

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.answering.topics import NoLinker
from clew.decoding.answers.abstain import Reason
from clew.decoding.answers.gather import Gathered
from clew.decoding.cancellation import Cancellation
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.reasoner import Bounds, Reasoning, Topic
from clew.kg.errors import Cancelled, UnknownNode
from clew.kg.proof import checker
from clew.kg.proof.proof import Proof
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.filters.conditions import Conditions
from tests.decoding.embedded.toys import encoder, films

BOUNDS = Bounds(3)
QUESTIONS = ["who directed Alpha?", "who starred in Gamma?", "where was the director of Gamma born?"]
NAMES = ["Alpha", "Gamma", "Gamma"]


@lru_cache(maxsize=1)
def pipeline() -> Pipeline:
    return Pipeline(films(), EntityLinker.build(films()), EmbeddedReasoner(encoder()), 0.0)


def facts(answered: Answered) -> tuple[object, ...]:
    answers = [(item.node, item.score, [path.nodes for path in item.paths]) for item in answered.gathered.answers]
    return answers, answered.reason, answered.reasoning.confidence, answered.proofs


def given(question: str, name: str) -> Query:
    at = question.index(name)
    return Query(question, BOUNDS, topics=[Topic(films().node(name), (at, at + len(name)))])


def test_named_linked_and_given_topics_are_answered_alike() -> None:
    for question, name in zip(QUESTIONS, NAMES, strict=True):
        linked = pipeline().answer(Query(question, BOUNDS))
        assert linked.gathered.answers
        assert linked.reason is None
        assert facts(pipeline().answer(Query(question, BOUNDS, names=[name]))) == facts(linked)
        assert facts(pipeline().answer(given(question, name))) == facts(linked)


def test_given_topics_need_no_linker() -> None:
    bare = Pipeline(films(), NoLinker(films()), pipeline().reasoner, 0.0)
    queries = [given(*pair) for pair in zip(QUESTIONS, NAMES, strict=True)]
    for query, found, other in zip(queries, bare.answer_many(queries), pipeline().answer_many(queries), strict=True):
        assert isinstance(found, Answered)
        assert isinstance(other, Answered)
        assert found.gathered.answers
        assert facts(found) == facts(other)
        assert [(link.node, link.how, link.topic) for link in found.links] == [(query.topics[0].node, "given", True)]  # type: ignore[index]
    assert bare.answer(Query(QUESTIONS[0], BOUNDS)).reason is Reason.NOTHING_LINKED


def test_every_answer_has_a_proof_for_each_path_and_each_holds() -> None:
    for question in QUESTIONS:
        answered = pipeline().answer(Query(question, BOUNDS))
        assert len(answered.proofs) == len(answered.gathered.answers) > 0
        for item, derivations in zip(answered.gathered.answers, answered.proofs, strict=True):
            assert len(derivations) == len(item.paths) > 0
            checker.verify(films(), Proof(films().version, films().key(item.node), derivations))


def test_errors_of_a_batch_are_those_of_the_questions_alone() -> None:
    token = Cancellation()
    token.cancel()
    queries = [
        Query(QUESTIONS[0], BOUNDS),
        Query(QUESTIONS[1], BOUNDS, names=["Nobody"]),
        Query(QUESTIONS[1], Bounds(3, cancellation=token)),
        Query("what is it", BOUNDS),
    ]
    found = pipeline().answer_many(queries)
    assert [type(one) for one in found] == [Answered, UnknownNode, Cancelled, Answered]
    for query, one in zip(queries, found, strict=True):
        if isinstance(one, Answered):
            assert facts(one) == facts(pipeline().answer(query))
        else:
            with pytest.raises(type(one)):
                pipeline().answer(query)


def test_conditions_are_names_of_any_kind_and_hold() -> None:
    by_key = pipeline().answer(Query(QUESTIONS[0], BOUNDS, conditions=Conditions(relations=["directed_by"])))
    by_label = pipeline().answer(Query(QUESTIONS[0], BOUNDS, conditions=Conditions(relations=["Directed by"])))
    assert by_key.gathered.answers
    assert facts(by_key) == facts(by_label)
    without = pipeline().answer(Query(QUESTIONS[0], BOUNDS, conditions=Conditions(forbidden=["directed_by"])))
    relation = films().relation("directed_by")
    assert without.reasoning.paths
    assert all(r % films().num_relations != relation for path in without.reasoning.paths for r in path.relations)


def test_a_search_cut_short_before_any_answer_declines_nothing() -> None:
    def answered(partial: bool, reason: Reason | None) -> Answered:
        return Answered([], Reasoning((), 0.0, partial=partial), Gathered((), (), False), reason, [])

    assert answered(False, Reason.NO_PATH).declined
    assert not answered(True, Reason.NO_PATH).declined
    assert not answered(False, None).declined
    assert answered(True, None).partial
