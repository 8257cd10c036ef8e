from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.decoding.laws.toys import ListConstraint, RandomModel
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Budget, SearchProblem, run
from clew.decoding.search.sampling import ASApSampler
from clew.decoding.search.scheduler import Job, Scheduler
from clew.kg.errors import LimitReached
from tests.decoding.strategies import VOCABULARY, path_sets, scores, seeds
from tests.decoding.tiny_models import tiny, tokenizer

SEARCHES = [BestFirst(4), Beam(3), OnePass(), BestFirst(1, jump=False)]


def problem(paths, context, score=Score.LOCAL, k=4, budget=None) -> SearchProblem:
    constraint = ListConstraint(paths)
    entities = sorted(paths)
    zeros = np.zeros(len(entities))
    return SearchProblem(
        constraint, constraint.start(entities), zeros.astype(np.int64), zeros, len(context), score, k,
        budget or Budget(),
    )  # fmt: skip


@given(st.lists(st.tuples(path_sets, scores, st.sampled_from(SEARCHES)), max_size=5), seeds, st.integers(1, 3))
@settings(max_examples=40, deadline=None)
def test_a_queue_gives_each_job_what_it_gets_alone(asked, seed, max_active) -> None:
    model = RandomModel(VOCABULARY, 1.0, seed)
    jobs, alone = [], []
    for i, (paths, score, search) in enumerate(asked):
        context = model.encode(f"question {i}")
        jobs.append(Job(search.steps(problem(paths, context, score)), context, score))
        context = model.encode(f"question {i}")
        alone.append(run(search, model, context, problem(paths, context, score)))
    results = Scheduler(model, max_active).run(jobs)
    assert [r.hypotheses for r in results] == [r.hypotheses for r in alone]
    assert [r.bound for r in results] == [r.bound for r in alone]


@pytest.mark.parametrize("architecture", ["Qwen2", "Llama", "GPT2", "Gemma2", "Mistral", "Phi3", "Qwen3", "Gemma"])
def test_shared_forwards_of_a_causal_lm_change_no_result(architecture: str) -> None:
    lm = CausalLM(tiny(architecture, sharpness=2.0), tokenizer())
    rng = np.random.default_rng(0)
    sets = [
        {0: [tuple(rng.integers(1, 300, rng.integers(1, 8)).tolist()) for _ in range(20)], 1: [(5, 6), (7, 8, 9)]}
        for _ in range(5)
    ]
    texts = ["who", "where was she born", "film", "who wrote the book", "city of"]
    score_of = [Score.LOCAL, Score.CONDITIONAL, Score.LOCAL, Score.CONDITIONAL, Score.LOCAL]
    alone = []
    for text, paths, score in zip(texts, sets, score_of, strict=True):
        context = lm.encode(text)
        alone.append(run(BestFirst(4), lm, context, problem(paths, context, score)))
    before = lm.forwards
    jobs = []
    for text, paths, score in zip(texts, sets, score_of, strict=True):
        context = lm.encode(text)
        jobs.append(Job(BestFirst(4).steps(problem(paths, context, score)), context, score))
    together = Scheduler(lm).run(jobs)
    shared = lm.forwards - before - len(texts)
    assert shared <= max(r.diagnostics.forwards for r in together)
    for a, b in zip(alone, together, strict=True):
        assert [h.tokens for h in a.hypotheses] == [h.tokens for h in b.hypotheses]
        np.testing.assert_allclose([h.score for h in a.hypotheses], [h.score for h in b.hypotheses], atol=1e-3)
        assert a.exact == b.exact


def test_new_jobs_join_and_finished_ones_leave() -> None:
    model = RandomModel(VOCABULARY, 1.0)
    scheduler = Scheduler(model, max_active=2)
    short = {0: [(1, 2), (3, 4)]}
    long = {0: [(1, 2, 3, 4, 5, 6), (1, 2, 3, 4, 5, 7), (2, 2, 2, 2, 2, 2), (2, 2, 2, 2, 2, 3)]}

    def job(paths) -> Job:
        context = model.encode("q")
        return Job(BestFirst(1, jump=False).steps(problem(paths, context)), context, Score.LOCAL)

    slow, quick, late = job(long), job(short), job(short)
    for j in (slow, quick, late):
        scheduler.add(j)
    ended: list[Job] = []
    while len(scheduler):
        ended += scheduler.step()
        if quick in ended and slow not in ended and late not in ended:
            assert len(scheduler) == 2  # late took quick's place while slow goes on
    assert ended.index(quick) < ended.index(slow)
    assert ended.index(late) < ended.index(slow)


def test_a_failing_job_fails_alone() -> None:
    lm = CausalLM(tiny("Qwen2"), tokenizer(), max_slots=60)
    good, greedy = lm.encode("who"), lm.encode("who")
    many = {0: [tuple(np.random.default_rng(i).integers(1, 300, 60).tolist()) for i in range(3)]}
    jobs = [
        Job(BestFirst(2).steps(problem({0: [(1, 2), (3, 4)]}, good, Score.CONDITIONAL)), good, Score.CONDITIONAL),
        Job(OnePass().steps(problem(many, greedy, Score.CONDITIONAL)), greedy, Score.CONDITIONAL),
    ]
    scheduler = Scheduler(lm)
    for job in jobs:
        scheduler.add(job)
    while len(scheduler):
        scheduler.step()
    assert jobs[0].result is not None
    assert len(jobs[0].result.hypotheses) == 2
    assert isinstance(jobs[1].error, LimitReached)
    context = lm.encode("who")
    with pytest.raises(LimitReached):
        Scheduler(lm).run([Job(OnePass().steps(problem(many, context, Score.CONDITIONAL)), context, Score.CONDITIONAL)])


def test_budgets_and_cancellation_are_per_job() -> None:
    model = RandomModel(VOCABULARY, 1.0)
    paths = {0: [(a, b) for a in range(1, 5) for b in range(1, 5)]}
    contexts = [model.encode(str(i)) for i in range(3)]
    budgets = [Budget(expansions=1), Budget(), Budget(cancelled=lambda: True)]
    jobs = [
        Job(BestFirst(1).steps(problem(paths, c, budget=b)), c, Score.LOCAL)
        for c, b in zip(contexts, budgets, strict=True)
    ]
    first, second, third = Scheduler(model).run(jobs)
    assert (first.partial, second.partial, third.partial) == (True, False, True)
    assert second.exact


def test_samplers_are_scheduled_too() -> None:
    model = RandomModel(VOCABULARY, 1.0)
    context = model.encode("q")
    job = Job(
        ASApSampler(5).steps(problem({0: [(1, 2), (3, 4)]}, context, Score.CONDITIONAL)), context, Score.CONDITIONAL
    )
    (sampling,) = Scheduler(model).run([job])
    assert len(sampling.samples) == 5
