"""What makes search fast changes no result, on each architecture."""

from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.language_model import Score
from clew.decoding.laws.toys import ListConstraint
from clew.decoding.search.best_first import BestFirst
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import SearchProblem, run
from tests.decoding.tiny_models import ARCHITECTURES, tiny, tokenizer

TOLERANCE = 1e-3
"""Nats, over paths of up to nine tokens."""


@pytest.mark.parametrize("score", list(Score))
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_forced_runs_lookahead_and_one_pass_change_nothing(architecture: str, score: Score) -> None:
    lm = CausalLM(tiny(architecture, sharpness=2.0), tokenizer())
    rng = np.random.default_rng(0)
    paths = {e: [tuple(rng.integers(1, 12 + 40 * e, rng.integers(2, 9)).tolist()) for _ in range(20)] for e in (0, 1)}
    constraint = ListConstraint(paths)
    searches = [
        BestFirst(1, jump=False),
        BestFirst(1),
        BestFirst(16),
        BestFirst(4, lookahead=48),
        BestFirst(4, jump=False, lookahead=10_000),
        OnePass(),
        OnePass(chunk=16),
    ]
    results = []
    for search in searches:
        context = lm.encode("who wrote the book")
        starts = lm.extend(context, np.array([0, 0]), np.array([5, 7], np.int32))
        problem = SearchProblem(
            constraint, constraint.start([0, 1]), starts, np.array([-0.1, -0.7]), len(context), score, 10
        )
        results.append(run(search, lm, context, problem))
        lm.release(context)
    for result in results:
        assert result.exact
        assert [h.tokens for h in result.hypotheses] == [h.tokens for h in results[0].hypotheses]
        for a, b in zip(result.hypotheses, results[0].hypotheses, strict=True):
            np.testing.assert_allclose(a.token_log_probs, b.token_log_probs, atol=TOLERANCE)
            assert a.log_prob == pytest.approx(b.log_prob, abs=TOLERANCE)
            assert [[t for t, _ in x] for x in a.alternatives] == [[t for t, _ in x] for x in b.alternatives]
    assert results[1].diagnostics.forwards < results[0].diagnostics.forwards
    assert results[4].diagnostics.forwards == 1
