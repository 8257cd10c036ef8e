"""A pipeline as the system under evaluation: what it answers, in evaluation's words, with proofs written anew."""

from __future__ import annotations

import json
from functools import lru_cache

from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.reasoner import Bounds
from clew.evaluation.outcome import Told
from clew.evaluation.run import verifier
from clew.evaluation.targets import System, asker, graph_target, outcome_of, pipeline_target
from clew.kg import limits
from clew.retrieval.linking.linker import EntityLinker
from tests.decoding.embedded.toys import encoder, films

QUESTIONS = ["who directed Alpha?", "who starred in Gamma?", "where was the director of Gamma born?"]


@lru_cache(maxsize=1)
def pipeline() -> Pipeline:
    return Pipeline(films(), EntityLinker.build(films()), EmbeddedReasoner(encoder()), 0.0)


def answered(question: str, threshold: float = 0.0) -> Answered:
    over = Pipeline(films(), pipeline().linker, pipeline().reasoner, threshold)
    return over.answer(Query(question, Bounds(3)))


def test_an_outcome_has_the_pipeline_s_answers_and_proofs() -> None:
    verify = verifier(films())
    for question in QUESTIONS:
        found = answered(question)
        outcome = outcome_of(films(), found)
        items = found.gathered.answers
        assert [(a.key, a.score) for a in outcome.answers] == [(films().key(i.node), i.score) for i in items] != []
        written = [derivations[:1] for item in found.proofs for derivations in zip(item, strict=True)]
        assert [proof.alternatives for proof in outcome.proofs] == written  # two writers, the same proofs
        assert all(map(verify, outcome.proofs))
        assert (outcome.confidence, outcome.selection) == (found.reasoning.confidence, found.reasoning.selection)
        assert outcome.linked
        assert not outcome.declined
        assert [step.taken for step in outcome.trace][-1] is None
        json.dumps([step.log_prob for step in outcome.trace], allow_nan=False)


def test_a_declined_question_has_no_answers() -> None:
    outcome = outcome_of(films(), answered(QUESTIONS[0], threshold=1.0))
    assert outcome.declined
    assert (outcome.answers, outcome.proofs) == ((), ())
    assert outcome.trace


def test_what_cannot_be_asked_is_an_error_of_that_question_alone() -> None:
    many = ["Alpha"] * (limits.MAX_TOPICS + 1)
    told = [Told("\ud800", None), Told(QUESTIONS[0], many), Told(QUESTIONS[0], ["Alpha"])]
    outcomes = asker(pipeline(), Bounds(3), 30.0)(told)
    assert [outcome.error is not None for outcome in outcomes] == [True, True, False]
    assert outcomes[2].answers
    assert all(outcome.error is None or outcome.error.startswith("bad-input") for outcome in outcomes)


def test_a_graph_of_no_catalogue_is_asked_as_one_that_is() -> None:
    system = System("embedded", lambda _: pipeline(), lambda: pipeline().reasoner, 0.0, 30.0)
    told = [Told(question, None) for question in QUESTIONS]
    loose = graph_target(films(), system.reasoner(), system, Bounds(3))
    outcomes = list(loose.ask(told))
    assert outcomes == list(pipeline_target(system.pipeline("films"), Bounds(3), 30.0).ask(told))
    assert all(outcome.answers for outcome in outcomes)
    assert loose.together == limits.MAX_EVALUATED_TOGETHER
