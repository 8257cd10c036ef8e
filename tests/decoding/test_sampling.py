from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.language_model import Score
from clew.decoding.laws.search import TOLERANCE, VOCABULARY, Case, solve
from clew.decoding.laws.toys import ListConstraint, RandomModel, brute_force
from clew.decoding.reference.samplers import ExactSampler, RejectionSampler
from clew.decoding.search.port import Budget, SearchProblem, drive
from clew.decoding.search.sampling import ASApSampler, SampledPaths
from tests.laws.search_laws import SearchLaws

PATHS = {
    0: [(1, 2, 3), (1, 2, 4), (1, 5), (2, 6), (2, 6, 7)],
    1: [(3,), (1, 2, 8), (4, 4, 4, 4)],
}
N = 3_000


class TestSampledPaths(SearchLaws):
    search = SampledPaths(8)


class TestSampledPathsUnderAShaper(SearchLaws):
    search = SampledPaths(8)
    pull = 2.0


def bound(probabilities: np.ndarray, paths: int) -> float:
    """What total variation n draws may show. For the empirical distribution over K outcomes, E TV <= sqrt(K / 4n), and
    TV exceeds its mean by e with probability at most exp(-2 n e^2) (McDiarmid); e is set for one in a million. Weighted
    draws count as n_eff = 1 / sum of squared normalised weights."""
    n = 1 / float((probabilities**2).sum())
    return float(np.sqrt(paths / (4 * n)) + np.sqrt(np.log(1e6) / (2 * n)))


def total_variation(sampler, score, sigma, seed, weighted=True):
    model, constraint = RandomModel(VOCABULARY, sigma, seed), ListConstraint(PATHS)
    context = model.encode("question")
    problem = SearchProblem(
        constraint, constraint.start([0, 1]), np.zeros(2, np.int64), np.array([0.0, -0.3]), 1, score,
        budget=Budget(expansions=10**9),
    )  # fmt: skip
    sampling = drive(sampler.steps(problem), model, context, score)
    expected = brute_force(model, context, constraint, [0, 1], [0.0, -0.3], score)
    log_probs = np.array([e[0] for e in expected])
    target = np.exp(log_probs - np.logaddexp.reduce(log_probs))
    place = {(start, tokens): i for i, (_, start, tokens) in enumerate(expected)}
    got = np.zeros(len(expected))
    probabilities = sampling.probabilities if weighted else np.full(len(sampling.samples), 1 / len(sampling.samples))
    assert sampling.samples
    for h, p in zip(sampling.samples, probabilities, strict=True):
        assert constraint.is_complete(h.states).all()
        assert h.log_prob == pytest.approx(expected[place[h.start, h.tokens]][0], abs=1e-5)
        got[place[h.start, h.tokens]] += p
    return 0.5 * np.abs(got - target).sum(), bound(probabilities, len(expected)), sampling, log_probs


@pytest.mark.parametrize("sigma", [0.3, 2.0])
@pytest.mark.parametrize("score", list(Score))
def test_exact_sampling_follows_the_distribution(score, sigma) -> None:
    distance, most, sampling, _ = total_variation(ExactSampler(N), score, sigma, 1)
    assert distance <= most
    assert len(sampling.samples) == N
    assert sampling.diagnostics.forwards == 1


@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_asap_follows_the_conditional_distribution_once_it_has_learned(sigma) -> None:
    distance, most, sampling, log_probs = total_variation(
        ASApSampler(N, burn_in=200), Score.CONDITIONAL, sigma, 1, weighted=False
    )
    assert distance <= most
    # What was explored is known exactly, so the last weights are all the total mass.
    assert sampling.log_weights[-1] == pytest.approx(float(np.logaddexp.reduce(log_probs)), abs=0.05)


@pytest.mark.parametrize("sigma", [0.3, 2.0])
def test_asap_weights_correct_early_draws(sigma) -> None:
    distance, most, _, _ = total_variation(ASApSampler(N), Score.CONDITIONAL, sigma, 2)
    assert distance <= most


@pytest.mark.parametrize("extra", [1, 4])
@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_weighted_rejection_follows_the_conditional_distribution(sigma, extra) -> None:
    sampler = RejectionSampler(N, VOCABULARY, extra=extra)
    distance, most, sampling, log_probs = total_variation(sampler, Score.CONDITIONAL, sigma, 3)
    assert distance <= most
    assert len(sampling.samples) == N
    # The weights' mean estimates the total mass without bias: within five standard errors.
    weights = np.exp(sampling.log_weights)
    mass = float(np.exp(np.logaddexp.reduce(log_probs)))
    assert abs(weights.mean() - mass) <= 5 * weights.std() / np.sqrt(N)


def test_masked_sampling_is_distorted_where_the_samplers_are_not() -> None:
    """The test has teeth: local draws do fail the conditional bound."""
    model, constraint = RandomModel(VOCABULARY, 2.0, 1), ListConstraint(PATHS)
    context = model.encode("question")
    local = brute_force(model, context, constraint, [0, 1], [0.0, -0.3], Score.LOCAL)
    conditional = brute_force(model, context, constraint, [0, 1], [0.0, -0.3], Score.CONDITIONAL)
    q = {(s, t): np.exp(p) for p, s, t in local}
    z = sum(np.exp(p) for p, _, _ in conditional)
    total = sum(q.values())
    distance = 0.5 * sum(abs(q[s, t] / total - np.exp(p) / z) for p, s, t in conditional)
    assert distance > bound(np.full(N, 1 / N), len(conditional))


@pytest.mark.parametrize("sampler", [ASApSampler(5), RejectionSampler(5, VOCABULARY), ExactSampler(5)])
def test_same_seed_same_draws_and_no_path_no_draw(sampler) -> None:
    draws = [total_variation(sampler, Score.CONDITIONAL, 1.0, 4)[2].samples for _ in range(2)]
    assert draws[0] == draws[1]
    constraint = ListConstraint({0: []})
    for starts in ([0], []):
        problem = SearchProblem(
            constraint, constraint.start(starts), np.zeros(len(starts), np.int64), np.zeros(len(starts)), 1,
            Score.CONDITIONAL,
        )  # fmt: skip
        model = RandomModel(VOCABULARY, 1.0)
        sampling = drive(sampler.steps(problem), model, model.encode("question"), Score.CONDITIONAL)
        assert sampling.samples == ()
        assert sampling.partial


@pytest.mark.parametrize("sampler", [ASApSampler(5), RejectionSampler(5, VOCABULARY)])
def test_samplers_of_the_conditional_distribution_refuse_the_local_score(sampler) -> None:
    with pytest.raises(ValueError, match="must be conditional"):
        total_variation(sampler, Score.LOCAL, 1.0, 0)


@pytest.mark.parametrize("score", list(Score))
def test_enough_draws_find_what_leaves_no_room_for_better_and_say_so(score) -> None:
    result, expected = solve(SampledPaths(500), Case(PATHS, 1.0, 5, score, 2))
    assert [(h.start, h.tokens) for h in result.hypotheses] == [(start, tokens) for _, start, tokens in expected[:2]]
    rest = max(log_prob for log_prob, *_ in expected[2:])
    assert rest <= result.bound + TOLERANCE
    assert result.exact == (result.hypotheses[-1].score >= result.bound)
    few, _ = solve(SampledPaths(2), Case(PATHS, 0.1, 5, score, 8))
    assert 1 <= len(few.hypotheses) <= 2
    assert not few.exact
    assert not few.partial
    spent, _ = solve(SampledPaths(50), Case(PATHS, 0.1, 5, score, 8), Budget(expansions=2))
    assert spent.partial
