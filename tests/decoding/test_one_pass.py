from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from clew.decoding.language_model import Score
from clew.decoding.laws.search import TOLERANCE, Case, solve
from clew.decoding.reference.length_normalised import LengthNormalised
from clew.decoding.search.one_pass import OnePass
from clew.kg.errors import LimitReached
from tests.decoding.strategies import path_sets, scores, seeds, sigmas
from tests.laws.search_laws import SearchLaws


class TestOnePass(SearchLaws):
    search = OnePass()
    always_exact = True


class TestOnePassInChunks(SearchLaws):
    search = OnePass(chunk=3)
    always_exact = True


@given(path_sets, sigmas, seeds, scores)
@settings(max_examples=60, deadline=None)
def test_every_path_gets_its_exact_probability(paths, sigma, seed, score) -> None:
    result, expected = solve(OnePass(), Case(paths, sigma, seed, score, 1000))
    assert len(result.hypotheses) == len(expected)
    assert result.diagnostics.forwards <= 1
    if expected:
        log_probs = np.array([e[0] for e in expected])
        assert result.log_mass == pytest.approx(float(np.logaddexp.reduce(log_probs)), abs=TOLERANCE)
        probabilities = np.exp([h.log_prob - result.log_mass for h in result.hypotheses])
        assert probabilities.sum() == pytest.approx(1)
        np.testing.assert_allclose(probabilities, np.exp(log_probs - result.log_mass), atol=TOLERANCE)


def test_a_length_normalised_objective_reranks() -> None:
    paths = {0: [(1,), (2, 3, 4, 5)]}
    result, expected = solve(OnePass(), Case(paths, 1.0, 5, Score.CONDITIONAL, 2), objective=LengthNormalised(1.0, 5))
    scored = sorted(((p / len(t), t) for p, _, t in expected), reverse=True)
    assert [h.tokens for h in result.hypotheses] == [t for _, t in scored]


def test_starts_without_paths_are_no_obstacle() -> None:
    for score in Score:
        result, expected = solve(OnePass(), Case({0: [], 1: [], 2: [(1,)], 3: [], 4: [(2, 3)]}, 1.0, 0, score, 5))
        assert [(h.start, h.tokens) for h in result.hypotheses] == [(s, t) for _, s, t in expected]


def test_too_large_a_trie_is_refused() -> None:
    with pytest.raises(LimitReached, match="more than 5 prefixes"):
        solve(OnePass(max_nodes=5), Case({0: [(1, 2, 3), (4, 5, 6)]}, 1.0, 0, Score.LOCAL, 1))
