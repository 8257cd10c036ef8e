"""Checks that any Search must pass: subclass ``SearchLaws`` and set ``search`` (``always_exact`` where it is; the
``pull`` of a shaper to run it under)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.decoding.language_model import Score
from clew.decoding.laws.toys import ListConstraint, Puller, RandomModel, brute_force
from clew.decoding.search.objective import SumLogProb
from clew.decoding.search.port import Budget, Problem, SearchResult, run
from tests.decoding.strategies import VOCABULARY, path_sets, scores, seeds, sigmas

TOLERANCE = 1e-5
"""Nats: the oracle sums the same float32 numbers in another order."""
STEP = 0.3
"""Nats by which each further start is less likely."""


INHERITED = settings(deadline=None, suppress_health_check=[HealthCheck.differing_executors])


def solve(
    paths: Any,
    sigma: float,
    seed: int,
    score: Any,
    k: int = 10,
    search: Any = None,
    budget: Any = None,
    objective: Any = None,
    pull: float = 0.0,
) -> tuple[SearchResult[Any], list[Any]]:
    """Run a search on a random model; return its result and every path by brute force, best first."""
    model, constraint = RandomModel(VOCABULARY, sigma, seed), ListConstraint(paths)
    context = model.encode("question")
    entities = sorted(paths)
    log_probs = -STEP * np.arange(len(entities), dtype=np.float64)
    problem = Problem(
        constraint,
        constraint.start(entities),
        np.zeros(len(entities), np.int64),
        log_probs,
        len(context),
        score,
        k,
        budget or Budget(),
        objective or SumLogProb(),
        Puller(pull) if pull else None,
    )
    result = run(search, model, context, problem)
    return result, brute_force(model, context, constraint, entities, list(log_probs), score, pull)


def unseen(result: SearchResult[Any], expected: list[Any]) -> list[float]:
    returned = {(h.start, h.tokens) for h in result.hypotheses}
    return [log_prob for log_prob, start, tokens in expected if (start, tokens) not in returned]


class SearchLaws:
    search: Any
    always_exact = False
    pull = 0.0

    @given(path_sets, sigmas, seeds, scores, st.integers(1, 12))
    @settings(INHERITED, max_examples=60)
    def test_hypotheses_are_distinct_complete_paths_with_their_true_scores(self, paths, sigma, seed, score, k) -> None:
        result, expected = solve(paths, sigma, seed, score, k, self.search, pull=self.pull)
        by_path = {(start, tokens): log_prob for log_prob, start, tokens in expected}
        assert len({(h.start, h.tokens) for h in result.hypotheses}) == len(result.hypotheses) <= k
        assert len(result.hypotheses) > 0 or not expected or result.partial
        constraint = ListConstraint(paths)
        for h in result.hypotheses:
            assert h.log_prob == pytest.approx(by_path[h.start, h.tokens], abs=TOLERANCE)
            assert sum(h.token_log_probs) - STEP * h.start == pytest.approx(h.log_prob, abs=TOLERANCE)
            assert constraint.is_complete(h.states).tolist() == [True]
            ((spelled,),) = constraint.paths(h.states)
            assert spelled.relations == h.tokens[:-1]
            assert len(h.alternatives) == len(h.tokens) == len(h.token_log_probs)
        assert [h.score for h in result.hypotheses] == sorted((h.score for h in result.hypotheses), reverse=True)

    @given(path_sets, sigmas, seeds, scores, st.integers(1, 5), st.integers(0, 6) | st.just(10_000))
    @settings(INHERITED, max_examples=60)
    def test_bounds_gaps_and_certificates_are_never_false(self, paths, sigma, seed, score, k, expansions) -> None:
        result, expected = solve(
            paths, sigma, seed, score, k, self.search, Budget(expansions=expansions), pull=self.pull
        )
        rest = unseen(result, expected)
        assert max(rest, default=-np.inf) <= result.bound + TOLERANCE
        if rest and result.hypotheses:
            assert max(rest) - result.hypotheses[-1].score <= result.gap + TOLERANCE
        if rest and not result.hypotheses:
            assert result.gap == np.inf
        if result.exact:
            found = [h.score for h in result.hypotheses]
            np.testing.assert_allclose(found, [e[0] for e in expected[:k]], atol=TOLERANCE)
            assert result.gap == 0
        elif self.always_exact:
            assert result.partial

    @given(path_sets, sigmas, seeds, scores, st.integers(1, 5), st.integers(0, 5))
    @settings(INHERITED, max_examples=40)
    def test_cancelled_at_any_moment_it_says_nothing_false(self, paths, sigma, seed, score, k, looks) -> None:
        left = iter(range(looks))
        budget = Budget(cancelled=lambda: next(left, None) is None)
        result, expected = solve(paths, sigma, seed, score, k, self.search, budget, pull=self.pull)
        rest = unseen(result, expected)
        assert max(rest, default=-np.inf) <= result.bound + TOLERANCE
        assert result.hypotheses or not expected or (result.partial and result.gap == np.inf)
        if result.exact:
            found = [h.score for h in result.hypotheses]
            np.testing.assert_allclose(found, [e[0] for e in expected[:k]], atol=TOLERANCE)

    @given(path_sets, sigmas, seeds, scores, st.integers(1, 12))
    @settings(INHERITED, max_examples=60)
    def test_an_exact_search_equals_brute_force(self, paths, sigma, seed, score, k) -> None:
        result, expected = solve(paths, sigma, seed, score, k, self.search, pull=self.pull)
        if self.always_exact:
            assert result.exact
            assert not result.partial
            found = [h.log_prob for h in result.hypotheses]
            np.testing.assert_allclose(found, [e[0] for e in expected[:k]], atol=TOLERANCE)
        for h, best in zip(result.hypotheses, expected, strict=False):
            assert h.score <= best[0] + TOLERANCE

    @given(path_sets, sigmas, seeds, scores)
    @settings(INHERITED, max_examples=20)
    def test_same_input_same_output(self, paths, sigma, seed, score) -> None:
        first, _ = solve(paths, sigma, seed, score, search=self.search, pull=self.pull)
        second, _ = solve(paths, sigma, seed, score, search=self.search, pull=self.pull)
        assert first.hypotheses == second.hypotheses
        assert first.bound == second.bound

    @pytest.mark.parametrize("paths", [{}, {0: []}, {0: [], 1: []}])
    def test_nothing_to_find_is_an_exact_empty_result(self, paths) -> None:
        for score in Score:
            result, _ = solve(paths, 1.0, 0, score, search=self.search, pull=self.pull)
            assert result.hypotheses == ()
            assert result.exact
            assert result.gap == 0
            assert result.bound == -np.inf
