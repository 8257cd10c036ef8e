from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decoding.beam import Beam
from decoding.best_first import BestFirst
from decoding.language_model import Score
from decoding.search import Budget
from tests.decoding.strategies import path_sets, scores, seeds, sigmas
from tests.decoding.test_best_first import TOLERANCE, solve


@given(path_sets, sigmas, seeds, scores, st.integers(1, 6), st.integers(1, 6), st.booleans())
@settings(max_examples=200, deadline=None)
def test_beam_is_never_better_than_exact_and_knows_when_it_is_exact(paths, sigma, seed, score, width, k, jump) -> None:
    beam, expected = solve(paths, sigma, seed, score, k, Beam(width, jump))
    by_path = {(start, tokens): log_prob for log_prob, start, tokens in expected}
    for h, best in zip(beam.hypotheses, expected, strict=False):
        assert h.score <= best[0] + TOLERANCE
        assert abs(h.score - by_path[h.start, h.tokens]) < TOLERANCE
    returned = {(h.start, h.tokens) for h in beam.hypotheses}
    unseen = [e[0] for e in expected if (e[1], e[2]) not in returned]
    assert max(unseen, default=-np.inf) <= beam.bound + TOLERANCE
    if beam.exact:
        np.testing.assert_allclose([h.score for h in beam.hypotheses], [e[0] for e in expected[:k]], atol=TOLERANCE)


@given(path_sets, sigmas, seeds, scores)
@settings(max_examples=100, deadline=None)
def test_a_beam_wider_than_the_trie_is_exact(paths, sigma, seed, score) -> None:
    beam, _ = solve(paths, sigma, seed, score, 10, Beam(200))
    best, _ = solve(paths, sigma, seed, score, 10, BestFirst())
    assert beam.exact
    np.testing.assert_allclose([h.score for h in beam.hypotheses], [h.score for h in best.hypotheses], atol=TOLERANCE)


def test_greedy_takes_the_best_token_at_each_step() -> None:
    greedy, _ = solve({0: [(1, 2), (1, 3), (4, 5), (4, 6)]}, 2.0, 3, Score.LOCAL, 1, Beam(1))
    (h,) = greedy.hypotheses
    for taken, others in zip(h.token_log_probs, h.alternatives, strict=True):
        assert all(taken >= other for _, other in others)


def test_a_spent_budget_is_reported() -> None:
    beam, _ = solve({0: [(1, 2), (1, 3), (4, 5), (4, 6)]}, 2.0, 3, Score.LOCAL, 4, Beam(4), Budget(expansions=1))
    assert beam.partial
    assert not beam.exact
