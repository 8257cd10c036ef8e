"""The laws of the Search port, checked on random models over listed paths; the oracle is brute force."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.decoding.language_model import Score
from clew.decoding.laws.toys import ListConstraint, Puller, RandomModel, Tokens, brute_force
from clew.decoding.search.objective import Objective, SumLogProb
from clew.decoding.search.port import Budget, Search, SearchProblem, SearchResult, run

VOCABULARY = 9
TOLERANCE = 1e-5
"""Nats: the oracle sums the same float32 numbers in another order."""
STEP = 0.3
"""Nats by which each further start is less likely."""
Scored = tuple[float, int, Tokens]
Paths = Mapping[int, Sequence[Tokens]]


@dataclass(frozen=True)
class Case:
    """What is searched: the paths of each entity, a random model (``sigma``: how peaked, ``seed``), a score, how many
    paths are wanted, and the ``pull`` of a shaper (0: none)."""

    paths: Paths
    sigma: float = 1.0
    seed: int = 0
    score: Score = Score.LOCAL
    k: int = 10
    pull: float = 0.0


def check_search(search: Search, always_exact: bool = False, cases: int = 50) -> None:
    """Check every law on random cases. ``always_exact``: within its budget the search finds the k best paths."""
    for i, case in enumerate(random_cases(cases)):
        hypotheses_are_true(search, case)
        certificates_hold(search, case, Budget(expansions=i % 7), always_exact)
        certificates_hold(search, case, Budget(), always_exact)
        certificates_hold(search, case, cancelled_after(i % 6))
        best_are_brute_force(search, case, always_exact)
        same_input_same_output(search, case)
    for score in Score:
        nothing_is_exactly_nothing(search, score)


def random_cases(count: int) -> Iterator[Case]:
    """Draw cases: up to 4 entities of up to 25 paths of up to 6 tokens."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        paths = {
            entity: [
                tuple(rng.integers(1, VOCABULARY, rng.integers(1, 7)).tolist()) for _ in range(rng.integers(0, 26))
            ]
            for entity in range(rng.integers(1, 5))
        }
        sigma = (0.0, 0.1, 1.0, 4.0)[seed % 4]
        yield Case(paths, sigma, seed, list(Score)[seed % len(Score)], int(rng.integers(1, 13)))


def cancelled_after(looks: int) -> Budget:
    """Return a budget whose question is withdrawn after so many looks at it."""
    left = iter(range(looks))
    return Budget(cancelled=lambda: next(left, None) is None)


def solve(
    search: Search, case: Case, budget: Budget | None = None, objective: Objective | None = None
) -> tuple[SearchResult[Any], list[Scored]]:
    """Return what the search finds, and every path by brute force, best first."""
    model, constraint = RandomModel(VOCABULARY, case.sigma, case.seed), ListConstraint(dict(case.paths))
    context = model.encode("question")
    entities = sorted(case.paths)
    log_probs = -STEP * np.arange(len(entities), dtype=np.float64)
    problem = SearchProblem(
        constraint,
        constraint.start(entities),
        np.zeros(len(entities), np.int64),
        log_probs,
        len(context),
        case.score,
        case.k,
        budget or Budget(),
        objective or SumLogProb(),
        Puller(case.pull) if case.pull else None,
    )
    result = run(search, model, context, problem)
    return result, brute_force(model, context, constraint, entities, log_probs.tolist(), case.score, case.pull)


def unseen(result: SearchResult[Any], expected: Sequence[Scored]) -> list[float]:
    """Return the scores of the paths that a result lacks, best first."""
    returned = {(h.start, h.tokens) for h in result.hypotheses}
    return [log_prob for log_prob, start, tokens in expected if (start, tokens) not in returned]


def hypotheses_are_true(search: Search, case: Case) -> None:
    """Hypotheses are distinct complete paths, best first, each with its true score."""
    result, expected = solve(search, case)
    by_path = {(start, tokens): log_prob for log_prob, start, tokens in expected}
    assert len({(h.start, h.tokens) for h in result.hypotheses}) == len(result.hypotheses) <= case.k
    assert len(result.hypotheses) > 0 or not expected or result.partial
    constraint = ListConstraint(dict(case.paths))
    for h in result.hypotheses:
        np.testing.assert_allclose(h.log_prob, by_path[h.start, h.tokens], atol=TOLERANCE)
        np.testing.assert_allclose(sum(h.token_log_probs) - STEP * h.start, h.log_prob, atol=TOLERANCE)
        assert constraint.is_complete(h.states).tolist() == [True]
        ((spelled,),) = constraint.paths(h.states)
        assert spelled.relations == h.tokens[:-1]
        assert len(h.alternatives) == len(h.tokens) == len(h.token_log_probs)
    assert [h.score for h in result.hypotheses] == sorted((h.score for h in result.hypotheses), reverse=True)


def certificates_hold(search: Search, case: Case, budget: Budget, always_exact: bool = False) -> None:
    """``bound``, ``gap`` and ``exact`` are never false, whatever the budget and whenever the question is withdrawn."""
    result, expected = solve(search, case, budget)
    rest = unseen(result, expected)
    assert max(rest, default=-np.inf) <= result.bound + TOLERANCE
    if rest and result.hypotheses:
        assert max(rest) - result.hypotheses[-1].score <= result.gap + TOLERANCE
    if rest and not result.hypotheses:
        assert result.gap == np.inf
    assert result.hypotheses or not expected or result.partial
    if result.exact:
        scores = [h.score for h in result.hypotheses]
        np.testing.assert_allclose(scores, [log_prob for log_prob, *_ in expected[: case.k]], atol=TOLERANCE)
        assert result.gap == 0
    elif always_exact:
        assert result.partial


def best_are_brute_force(search: Search, case: Case, always_exact: bool = False) -> None:
    """No hypothesis is better than brute force's at its place; those of an exact search are brute force's."""
    result, expected = solve(search, case)
    if always_exact:
        assert result.exact
        assert not result.partial
        scores = [h.log_prob for h in result.hypotheses]
        np.testing.assert_allclose(scores, [log_prob for log_prob, *_ in expected[: case.k]], atol=TOLERANCE)
    for h, best in zip(result.hypotheses, expected, strict=False):
        assert h.score <= best[0] + TOLERANCE


def same_input_same_output(search: Search, case: Case) -> None:
    """Two runs give the same hypotheses and bound."""
    first, _ = solve(search, case)
    second, _ = solve(search, case)
    assert first.hypotheses == second.hypotheses
    assert first.bound == second.bound


def nothing_is_exactly_nothing(search: Search, score: Score) -> None:
    """Where there is no path, the empty result is exact."""
    nothing: tuple[Paths, ...] = ({}, {0: []}, {0: [], 1: []})
    for paths in nothing:
        result, _ = solve(search, Case(paths, score=score))
        assert result.hypotheses == ()
        assert result.exact
        assert result.gap == 0
        assert result.bound == -np.inf
