from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decoding.best_first import BestFirst
from decoding.language_model import Score
from decoding.objective import LengthNormalised, SumLogProb
from decoding.search import Budget, Problem, SearchResult, run
from tests.decoding.strategies import VOCABULARY, path_sets, scores, seeds, sigmas
from tests.decoding.toys import ListConstraint, RandomModel, brute_force

TOLERANCE = 1e-5


def solve(paths, sigma, seed, score, k=10, search=None, budget=None, objective=None) -> tuple[SearchResult, list]:
    model, constraint = RandomModel(VOCABULARY, sigma, seed), ListConstraint(paths)
    context = model.encode("question")
    entities = sorted(paths)
    log_probs = -0.3 * np.arange(len(entities), dtype=np.float64)
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
    )
    result = run(search or BestFirst(batch=4), model, context, problem)
    return result, brute_force(model, context, constraint, entities, list(log_probs), score)


@given(path_sets, sigmas, seeds, scores, st.integers(1, 12), st.integers(1, 20), st.booleans())
@settings(max_examples=300, deadline=None)
def test_top_k_equals_brute_force(paths, sigma, seed, score, k, batch, jump) -> None:
    result, expected = solve(paths, sigma, seed, score, k, BestFirst(batch, jump))
    assert result.exact
    assert not result.partial
    assert result.gap == 0
    assert len(result.hypotheses) == min(k, len(expected))
    np.testing.assert_allclose([h.log_prob for h in result.hypotheses], [e[0] for e in expected[:k]], atol=TOLERANCE)
    by_path = {(start, tokens): log_prob for log_prob, start, tokens in expected}
    for h in result.hypotheses:
        assert h.log_prob == pytest.approx(by_path[h.start, h.tokens], abs=TOLERANCE)
        assert sum(h.token_log_probs) - 0.3 * h.start == pytest.approx(h.log_prob, abs=TOLERANCE)
    if len(expected) > k:
        assert result.bound >= expected[k][0] - TOLERANCE
    else:
        assert result.bound == -np.inf


@given(path_sets, sigmas, seeds, scores, st.integers(1, 5), st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_gap_is_never_understated(paths, sigma, seed, score, k, expansions) -> None:
    result, expected = solve(paths, sigma, seed, score, k, BestFirst(3), Budget(expansions=expansions))
    returned = {(h.start, h.tokens) for h in result.hypotheses}
    unseen = [e[0] for e in expected if (e[1], e[2]) not in returned]
    if unseen:
        assert max(unseen) <= result.bound + TOLERANCE
        if result.hypotheses:
            assert max(unseen) - result.hypotheses[-1].score <= result.gap + TOLERANCE
        else:
            assert result.gap == np.inf
    if result.exact:
        np.testing.assert_allclose([h.score for h in result.hypotheses], [e[0] for e in expected[:k]], atol=TOLERANCE)
        assert not result.partial
    else:
        assert result.partial


@given(path_sets, sigmas, seeds, st.sampled_from([0.5, 1.0, 2.0]), st.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_length_normalised_top_k_equals_brute_force(paths, sigma, seed, alpha, k) -> None:
    objective = LengthNormalised(alpha, 7)
    result, expected = solve(paths, sigma, seed, Score.CONDITIONAL, k, objective=objective)
    scored = sorted((log_prob / len(tokens) ** alpha for log_prob, _, tokens in expected), reverse=True)
    assert result.exact
    np.testing.assert_allclose([h.score for h in result.hypotheses], scored[:k], atol=TOLERANCE)


@given(path_sets, sigmas, seeds, scores)
@settings(max_examples=50, deadline=None)
def test_an_exact_heuristic_keeps_the_result_and_never_expands_more(paths, sigma, seed, score) -> None:
    plain, expected = solve(paths, sigma, seed, score, 3, BestFirst(1))
    constraint = ListConstraint(paths)

    def remaining(states):  # the best completion minus what the prefix has: the perfect, hence admissible, heuristic
        found = []
        for entity, prefix in states.rows:
            model, total = RandomModel(VOCABULARY, sigma, seed), 0.0
            seed_of = model.encode("question").seed
            for i, token in enumerate(prefix):
                logits = model.logits(seed_of, prefix[:i])
                over = logits if score is Score.CONDITIONAL else logits[constraint._next((entity, prefix[:i]))]
                total += float(logits[token] - np.logaddexp.reduce(over))
            best = max(e[0] for e in expected if e[1] == entity and e[2][: len(prefix)] == prefix)
            found.append(min(0.0, best + 0.3 * entity - total + 1e-6))
        return np.array(found)

    if all(paths.values()):
        guided, _ = solve(paths, sigma, seed, score, 3, BestFirst(1, heuristic=remaining))
        np.testing.assert_allclose(
            [h.score for h in guided.hypotheses], [h.score for h in plain.hypotheses], atol=TOLERANCE
        )
        if sigma:  # without ties
            assert guided.diagnostics.expansions <= plain.diagnostics.expansions


@given(path_sets, sigmas, seeds, scores)
@settings(max_examples=50, deadline=None)
def test_same_input_same_output(paths, sigma, seed, score) -> None:
    first, _ = solve(paths, sigma, seed, score)
    second, _ = solve(paths, sigma, seed, score)
    assert first.hypotheses == second.hypotheses
    assert first.bound == second.bound


def test_alternatives_are_the_continuations_not_taken() -> None:
    result, _ = solve({0: [(1, 2), (1, 3), (4, 5)]}, 2.0, 1, Score.LOCAL, k=3)
    for h in result.hypotheses:
        allowed_first = {h.tokens[0]} | {t for t, _ in h.alternatives[0]}
        assert allowed_first == {1, 4}
        assert len(h.alternatives) == len(h.tokens)
        if h.tokens[0] == 1:
            assert {h.tokens[1]} | {t for t, _ in h.alternatives[1]} == {2, 3}
        else:
            assert h.alternatives[1] == ()
        assert h.alternatives[2] == ()


def test_no_start_or_no_path_is_an_exact_empty_result() -> None:
    for paths in ({}, {0: []}, {0: [], 1: []}):
        result, _ = solve(paths, 1.0, 0, Score.LOCAL)
        assert result.hypotheses == ()
        assert result.exact
        assert result.gap == 0
        assert result.bound == -np.inf


def test_forced_runs_need_no_forward_of_their_own() -> None:
    paths = {0: [(1, 2, 3, 4, 5, 6), (7, 2, 3, 4, 5, 6)]}
    jumping, _ = solve(paths, 1.0, 0, Score.CONDITIONAL, 2, BestFirst(4, jump=True))
    walking, _ = solve(paths, 1.0, 0, Score.CONDITIONAL, 2, BestFirst(4, jump=False))
    assert jumping.diagnostics.forwards == 1
    assert walking.diagnostics.forwards >= 6
    assert [h.tokens for h in jumping.hypotheses] == [h.tokens for h in walking.hypotheses]
    local, _ = solve(paths, 1.0, 0, Score.LOCAL, 2, BestFirst(4, jump=True))
    assert local.diagnostics.tokens == 0  # what is forced to its end needs no model at all


def test_cancelled_before_the_first_forward_is_partial_with_an_infinite_gap() -> None:
    result, _ = solve({0: [(1, 2), (3, 4)]}, 1.0, 0, Score.LOCAL, budget=Budget(cancelled=lambda: True))
    assert result.partial
    assert result.hypotheses == ()
    assert result.gap == np.inf
    past, _ = solve({0: [(1, 2), (3, 4)]}, 1.0, 0, Score.LOCAL, budget=Budget(deadline=0.0))
    assert past.partial


def test_bad_problems_are_refused() -> None:
    constraint = ListConstraint({0: [(1,)]})
    with pytest.raises(ValueError, match="one entry per start row"):
        Problem(constraint, constraint.start([0]), np.zeros(2, np.int64), np.zeros(1), 1)
    with pytest.raises(ValueError, match="at most 0"):
        Problem(constraint, constraint.start([0]), np.zeros(1, np.int64), np.ones(1), 1)
    with pytest.raises(ValueError, match="k must"):
        Problem(constraint, constraint.start([0]), np.zeros(1, np.int64), np.zeros(1), 1, k=0)
