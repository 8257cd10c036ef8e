from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.cancellation import Cancellation
from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.chains.reasoner import ChainReasoner
from clew.decoding.language_model import Score
from clew.decoding.laws.toys import ListConstraint, RandomModel
from clew.decoding.reasoner import Bounds, Topic
from clew.decoding.reference.samplers import ExactSampler, RejectionSampler
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.diverse_beam import DiverseBeam
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Budget, SearchProblem, drive
from clew.decoding.search.sampling import ASApSampler
from clew.decoding.search.scheduler import Job, Scheduler
from clew.decoding.text.free_text import Writer
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.errors import Cancelled
from tests.decoding.embedded.test_batch import reasoner as embedded
from tests.decoding.graphs import films
from tests.decoding.strategies import VOCABULARY, path_sets, seeds
from tests.decoding.tiny_models import tiny, tokenizer

RUNS = [
    BestFirst(2), Beam(3), DiverseBeam(4, 2), OnePass(chunk=2), ASApSampler(4), ExactSampler(4),
    RejectionSampler(4, VOCABULARY),
]  # fmt: skip


def cancelled() -> Cancellation:
    token = Cancellation()
    token.cancel()
    return token


class CancelledAtLook(Cancellation):
    """Counts how often it is looked at, and is cancelled from the n-th look on (None: never)."""

    def __init__(self, look: int | None) -> None:
        super().__init__()
        self.looks, self.look = 0, look

    @property
    def cancelled(self) -> bool:
        self.looks += 1
        return self.look is not None and self.looks >= self.look


class After:
    """Cancelled at the n-th look."""

    def __init__(self, looks: int) -> None:
        self.left = looks

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0


def problem(paths, context, cancelled=None) -> SearchProblem:
    constraint, entities = ListConstraint(paths), sorted(paths)
    zeros = np.zeros(len(entities))
    return SearchProblem(
        constraint, constraint.start(entities), zeros.astype(np.int64), zeros, len(context), Score.CONDITIONAL, 4,
        Budget(cancelled=cancelled),
    )  # fmt: skip


def told(outcome):
    found = getattr(outcome, "hypotheses", None)
    return [h.tokens for h in (outcome.samples if found is None else found)]


@given(st.lists(st.tuples(path_sets, st.sampled_from(RUNS)), min_size=1, max_size=5), seeds, st.data())
@settings(max_examples=50, deadline=None)
def test_one_cancelled_of_a_batch_leaves_the_others_as_they_are_alone(asked, seed, data) -> None:
    """Whatever runs together, whichever is cancelled, whenever."""
    model = RandomModel(VOCABULARY, 1.0, seed)
    victim, looks = data.draw(st.integers(0, len(asked) - 1)), data.draw(st.integers(0, 4))
    jobs, alone = [], []
    for i, (paths, kind) in enumerate(asked):
        context = model.encode(f"question {i}")
        mine = problem(paths, context, After(looks) if i == victim else None)
        jobs.append(Job(kind.steps(mine), context, Score.CONDITIONAL))
        context = model.encode(f"question {i}")
        alone.append(drive(kind.steps(problem(paths, context)), model, context, Score.CONDITIONAL))
    together = Scheduler(model).run(jobs)
    assert together
    for i, (found, expected) in enumerate(zip(together, alone, strict=True)):
        if i != victim:
            assert told(found) == told(expected)
            assert found.partial == expected.partial
        else:
            assert found.partial or told(found) == told(expected)  # never silently less


@pytest.mark.parametrize("kind", RUNS, ids=lambda kind: type(kind).__name__)
def test_a_run_cancelled_from_the_start_is_partial_and_cheap(kind) -> None:
    paths = {0: [(a, b, c) for a in range(1, 5) for b in range(1, 5) for c in range(1, 5)]}
    model = RandomModel(VOCABULARY, 1.0)
    context = model.encode("q")
    found = drive(kind.steps(problem(paths, context, lambda: True)), model, context, Score.CONDITIONAL)
    assert found.partial
    assert told(found) == []
    assert model.calls <= 1


@given(seeds, st.integers(0, 8))
@settings(max_examples=30, deadline=None)
def test_a_cancelled_text_is_a_beginning_of_the_whole_and_says_so(seed, looks) -> None:
    model = RandomModel(VOCABULARY, 2.0, seed)
    whole = Writer(6).write(model, model.encode("q"), [1])
    cut = Writer(6, budget=Budget(cancelled=After(looks))).write(model, model.encode("q"), [1])
    assert cut.tokens == whole.tokens[: len(cut.tokens)]
    assert cut.partial == (len(cut.tokens) < len(whole.tokens)) == (looks < 5)


QUESTIONS = ["who directed Heat", "who starred in Ali", "where was Michael Mann born"]


@pytest.fixture(scope="module")
def lm() -> CausalLM:
    return CausalLM(tiny("Qwen2", sharpness=2.0), tokenizer())


@pytest.mark.parametrize("victim", range(3))
def test_one_cancelled_question_of_a_language_model_s_batch(lm: CausalLM, victim: int) -> None:
    graph, reasoner = films(), TokenReasoner(lm)
    topics = [[Topic(graph.node(name))] for name in ("Heat", "Ali", "Michael Mann")]
    bounds = [Bounds(2, cancellation=cancelled() if i == victim else None) for i in range(3)]
    together = reasoner.reason_batch(QUESTIONS, graph, topics, bounds)
    assert len(together) == 3
    for i, found in enumerate(together):
        if i == victim:
            assert (found.paths, found.partial, found.exact) == ((), True, False)
            continue
        alone = reasoner.reason(QUESTIONS[i], graph, topics[i], bounds[i])
        assert [p.relations for p in found.paths] == [p.relations for p in alone.paths] != []
        np.testing.assert_allclose([p.log_prob for p in found.paths], [p.log_prob for p in alone.paths], atol=2e-3)


@pytest.mark.parametrize("victim", range(3))
def test_one_cancelled_question_of_the_embedded_model_s_batch(victim: int) -> None:
    graph, reasoner = films(), embedded()
    topics = [[Topic(graph.node(name))] for name in ("Heat", "Ali", "Michael Mann")]
    bounds = [Bounds(2, cancellation=cancelled() if i == victim else None) for i in range(3)]
    together = reasoner.reason_batch(QUESTIONS, graph, topics, bounds)
    assert len(together) == 3
    for i, found in enumerate(together):
        alone = reasoner.reason(QUESTIONS[i], graph, topics[i], Bounds(2))
        assert found.partial == (i == victim)
        if i != victim:
            assert [p.relations for p in found.paths] == [p.relations for p in alone.paths] != []
            np.testing.assert_allclose([p.log_prob for p in found.paths], [p.log_prob for p in alone.paths], atol=1e-4)


def test_cancelled_chains_are_partial(lm: CausalLM) -> None:
    graph = films()
    reasoner = ChainReasoner(lm, thought_tokens=4)
    topics = [Topic(graph.node("Heat"))]
    assert reasoner.reason("who", graph, topics, Bounds(3, cancellation=cancelled())).partial
    watched = CancelledAtLook(None)
    whole = reasoner.reason("who", graph, topics, Bounds(3, cancellation=watched))
    assert not whole.partial
    assert whole.paths
    assert watched.looks > 2
    for look in {1, 2, watched.looks // 2, watched.looks}:
        assert reasoner.reason("who", graph, topics, Bounds(3, cancellation=CancelledAtLook(look))).partial, look


def test_a_question_cancelled_while_it_waits_for_its_turn_leaves_the_queue(lm: CausalLM) -> None:
    graph, reasoner = films(), TokenReasoner(lm)
    token = Cancellation()
    found = []
    ask = threading.Thread(
        target=lambda: found.append(
            reasoner.reason("who", graph, [Topic(graph.node("Heat"))], Bounds(2, cancellation=token))
        )
    )
    before = lm.forwards
    with reasoner.shared.lock:
        ask.start()
        token.cancel()
    ask.join()
    assert found[0].partial
    assert lm.forwards == before


def test_actions_are_called_once_and_only_meanwhile() -> None:
    token, calls = Cancellation(), []
    with token.calling(lambda: calls.append("ended before")):
        pass
    with token.calling(lambda: calls.append("meanwhile")):
        token.cancel()
        token.cancel()
    with token.calling(lambda: calls.append("too late")):
        pass
    assert calls == ["meanwhile", "too late"]
    with pytest.raises(Cancelled):
        token.check()
