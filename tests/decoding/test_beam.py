from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from clew.decoding.language_model import Score
from clew.decoding.laws.search import TOLERANCE, Case, solve
from clew.decoding.search.beam import Beam
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.diverse_beam import DiverseBeam
from clew.decoding.search.port import Budget
from tests.decoding.strategies import path_sets, scores, seeds, sigmas
from tests.laws.search_laws import SearchLaws


class TestBeam(SearchLaws):
    search = Beam(3)


class TestGreedy(SearchLaws):
    search = Beam(1)


class TestJumpingBeam(SearchLaws):
    search = Beam(3, jump=True)


class TestDiverseBeam(SearchLaws):
    search = DiverseBeam(4, 2, 1.0)


@given(path_sets, sigmas, seeds, scores)
@settings(max_examples=40, deadline=None)
def test_a_beam_wider_than_the_trie_is_exact(paths, sigma, seed, score) -> None:
    best, _ = solve(BestFirst(), Case(paths, sigma, seed, score, 10))
    for search in (Beam(200), DiverseBeam(200, 1, 5.0)):
        beam, _ = solve(search, Case(paths, sigma, seed, score, 10))
        assert beam.exact
        np.testing.assert_allclose(
            [h.score for h in beam.hypotheses], [h.score for h in best.hypotheses], atol=TOLERANCE
        )


def test_greedy_takes_the_best_token_at_each_step() -> None:
    greedy, _ = solve(Beam(1), Case({0: [(1, 2), (1, 3), (4, 5), (4, 6)]}, 2.0, 3, Score.LOCAL, 1))
    (h,) = greedy.hypotheses
    for taken, others in zip(h.token_log_probs, h.alternatives, strict=True):
        assert all(taken >= other for _, other in others)


def test_a_spent_budget_is_reported() -> None:
    for search in (Beam(4), DiverseBeam(4, 2)):
        beam, _ = solve(
            search, Case({0: [(1, 2), (1, 3), (4, 5), (4, 6)]}, 2.0, 3, Score.LOCAL, 4), Budget(expansions=1)
        )
        assert beam.partial
        assert not beam.exact


def test_a_penalty_spreads_the_groups_and_zero_does_not() -> None:
    paths = {0: [(a, b) for a in (1, 2, 3) for b in (4, 5, 6)]}
    for seed in range(10):
        together, _ = solve(DiverseBeam(3, 3, 0.0), Case(paths, 0.5, seed, Score.LOCAL, 3))
        apart, _ = solve(DiverseBeam(3, 3, 50.0), Case(paths, 0.5, seed, Score.LOCAL, 3))
        assert len(together.hypotheses) == 1  # three greedy groups agree
        assert {h.tokens[0] for h in apart.hypotheses} == {1, 2, 3}


def test_the_penalty_never_displaces_forced_and_end_tokens() -> None:
    paths = {0: [(1, 2), (3, 2), (1, 2, 4)]}
    for seed in range(10):
        plain, expected = solve(DiverseBeam(3, 3, 50.0), Case(paths, 1.0, seed, Score.LOCAL, 3))
        assert {h.tokens for h in plain.hypotheses} <= {t for _, _, t in expected}
        assert {h.tokens[0] for h in plain.hypotheses} == {1, 3}


def test_groups_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="multiple"):
        DiverseBeam(10, 3)
    with pytest.raises(ValueError, match="penalty"):
        DiverseBeam(4, 2, -1.0)
