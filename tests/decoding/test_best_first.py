from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.language_model import Score
from clew.decoding.laws.search import STEP, TOLERANCE, VOCABULARY, Case, solve
from clew.decoding.laws.toys import ListConstraint, RandomModel
from clew.decoding.reference.length_normalised import LengthNormalised
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.port import Budget, SearchProblem
from tests.decoding.strategies import path_sets, scores, seeds, sigmas
from tests.laws.search_laws import SearchLaws


class TestBestFirst(SearchLaws):
    search = BestFirst(batch=4)
    always_exact = True


class TestOneByOneWithoutForcedRuns(SearchLaws):
    search = BestFirst(batch=1, jump=False)
    always_exact = True


class TestLookahead(SearchLaws):
    search = BestFirst(batch=2, lookahead=12)
    always_exact = True


class TestLookaheadWithoutForcedRuns(SearchLaws):
    search = BestFirst(batch=2, jump=False, lookahead=12)
    always_exact = True


@given(path_sets, sigmas, seeds, scores, st.integers(1, 12), st.integers(1, 20), st.sampled_from([0, 5, 1000]))
@settings(max_examples=60, deadline=None)
def test_forced_runs_batches_and_lookahead_change_nothing(paths, sigma, seed, score, k, batch, lookahead) -> None:
    fast, expected = solve(BestFirst(batch, jump=True, lookahead=lookahead), Case(paths, sigma, seed, score, k))
    slow, _ = solve(BestFirst(1, jump=False), Case(paths, sigma, seed, score, k))
    np.testing.assert_allclose([h.score for h in fast.hypotheses], [h.score for h in slow.hypotheses], atol=TOLERANCE)
    gaps = -np.diff([e[0] for e in expected])
    if sigma and (len(gaps) == 0 or gaps.min() > TOLERANCE):  # without ties
        assert [(h.start, h.tokens) for h in fast.hypotheses] == [(h.start, h.tokens) for h in slow.hypotheses]
        for a, b in zip(fast.hypotheses, slow.hypotheses, strict=True):
            np.testing.assert_allclose(a.token_log_probs, b.token_log_probs, atol=TOLERANCE)
            assert [[t for t, _ in x] for x in a.alternatives] == [[t for t, _ in x] for x in b.alternatives]


@given(path_sets, sigmas, seeds, st.sampled_from([0.5, 1.0, 2.0]), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_length_normalised_top_k_equals_brute_force(paths, sigma, seed, alpha, k) -> None:
    objective = LengthNormalised(alpha, 7)
    result, expected = solve(BestFirst(4), Case(paths, sigma, seed, Score.CONDITIONAL, k), objective=objective)
    scored = sorted((log_prob / len(tokens) ** alpha for log_prob, _, tokens in expected), reverse=True)
    assert result.exact
    np.testing.assert_allclose([h.score for h in result.hypotheses], scored[:k], atol=TOLERANCE)


@given(path_sets, sigmas, seeds, st.sampled_from([0.5, 1.0]), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_length_normalised_bounds_hold_when_a_budget_ends_it(paths, sigma, seed, alpha, expansions) -> None:
    result, expected = solve(
        BestFirst(2), Case(paths, sigma, seed, Score.LOCAL, 2), Budget(expansions), LengthNormalised(alpha, 7)
    )
    returned = {(h.start, h.tokens) for h in result.hypotheses}
    rest = [p / len(t) ** alpha for p, start, t in expected if (start, t) not in returned]
    assert max(rest, default=-np.inf) <= result.bound + TOLERANCE


@given(path_sets, sigmas, seeds, scores)
@settings(max_examples=50, deadline=None)
def test_an_exact_heuristic_keeps_the_result_and_never_expands_more(paths, sigma, seed, score) -> None:
    plain, expected = solve(BestFirst(1), Case(paths, sigma, seed, score, 3))
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
            found.append(min(0.0, best + STEP * entity - total + 1e-6))
        return np.array(found)

    if all(paths.values()):
        guided, _ = solve(BestFirst(1, heuristic=remaining), Case(paths, sigma, seed, score, 3))
        np.testing.assert_allclose(
            [h.score for h in guided.hypotheses], [h.score for h in plain.hypotheses], atol=TOLERANCE
        )
        if sigma:  # without ties
            assert guided.diagnostics.expansions <= plain.diagnostics.expansions


def test_alternatives_are_the_continuations_not_taken() -> None:
    result, _ = solve(BestFirst(), Case({0: [(1, 2), (1, 3), (4, 5)]}, 2.0, 1, Score.LOCAL, 3))
    assert len(result.hypotheses) == 3
    for h in result.hypotheses:
        allowed_first = {h.tokens[0]} | {t for t, _ in h.alternatives[0]}
        assert allowed_first == {1, 4}
        if h.tokens[0] == 1:
            assert {h.tokens[1]} | {t for t, _ in h.alternatives[1]} == {2, 3}
        else:
            assert h.alternatives[1] == ()
        assert h.alternatives[2] == ()


def test_forced_runs_need_no_forward_of_their_own() -> None:
    paths = {0: [(1, 2, 3, 4, 5, 6), (7, 2, 3, 4, 5, 6)]}
    jumping, _ = solve(BestFirst(4, jump=True), Case(paths, 1.0, 0, Score.CONDITIONAL, 2))
    walking, _ = solve(BestFirst(4, jump=False), Case(paths, 1.0, 0, Score.CONDITIONAL, 2))
    assert jumping.diagnostics.forwards == 1
    assert walking.diagnostics.forwards >= 6
    assert [h.tokens for h in jumping.hypotheses] == [h.tokens for h in walking.hypotheses]
    local, _ = solve(BestFirst(4, jump=True), Case(paths, 1.0, 0, Score.LOCAL, 2))
    assert local.diagnostics.tokens == 0  # what is forced to its end needs no model at all


def test_a_lookahead_over_everything_needs_one_forward() -> None:
    paths = {0: [(a, b, c) for a in (1, 2, 3) for b in (4, 5) for c in (6, 7)], 1: [(8, 1), (8, 2)]}
    for score in Score:
        plain, _ = solve(BestFirst(2), Case(paths, 1.0, 0, score, 20))
        ahead, _ = solve(BestFirst(2, lookahead=1000), Case(paths, 1.0, 0, score, 20))
        assert ahead.diagnostics.forwards == 1 < plain.diagnostics.forwards
        assert ahead.hypotheses == plain.hypotheses != ()
        assert ahead.diagnostics.expansions == plain.diagnostics.expansions


def test_cancelled_before_the_first_forward_is_partial_with_an_infinite_gap() -> None:
    some = {0: [(1, 2), (3, 4)]}
    result, _ = solve(BestFirst(), Case(some, 1.0, 0, Score.LOCAL, 10), Budget(cancelled=lambda: True))
    assert result.partial
    assert result.hypotheses == ()
    assert result.gap == np.inf
    past, _ = solve(BestFirst(), Case(some, 1.0, 0, Score.LOCAL, 10), Budget(deadline=0.0))
    assert past.partial


def test_bad_problems_are_refused() -> None:
    constraint = ListConstraint({0: [(1,)]})
    with pytest.raises(ValueError, match="one entry per start row"):
        SearchProblem(constraint, constraint.start([0]), np.zeros(2, np.int64), np.zeros(1), 1)
    with pytest.raises(ValueError, match="at most 0"):
        SearchProblem(constraint, constraint.start([0]), np.zeros(1, np.int64), np.ones(1), 1)
    with pytest.raises(ValueError, match="k must"):
        SearchProblem(constraint, constraint.start([0]), np.zeros(1, np.int64), np.zeros(1), 1, k=0)
    with pytest.raises(ValueError, match="alpha"):
        LengthNormalised(-1, 5)
