"""The laws of the Judge port, and of the reasoner that asks one, checked on questions about one graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite

import numpy as np

from clew.decoding.cancellation import Cancellation
from clew.decoding.judging.judge import Judge, PathChoices
from clew.decoding.judging.reasoner import JudgedReasoner
from clew.decoding.reasoner import Bounds, Reasoning, Topic
from clew.kg.errors import Cancelled
from clew.kg.graph.graph import Graph

TOLERANCE = 2e-3
"""Nats, between a batch and each question alone."""
SHARE_TOLERANCE = 1e-9


def check_judge(judge: Judge, choices: Sequence[PathChoices], bounds: Bounds, tolerance: float = TOLERANCE) -> None:
    """Check every law of a judge on these choices."""
    assert judge.name
    together = judge.judge(choices, [bounds] * len(choices))
    assert len(together) == len(choices)
    for one, scores in zip(choices, together, strict=True):
        assert len(scores.scores) == len(one.paths)
        assert not scores.partial
        assert all(map(isfinite, scores.scores))
        (alone,) = judge.judge([one], [bounds])
        np.testing.assert_allclose(alone.scores, scores.scores, atol=tolerance)
        (turned,) = judge.judge([replace(one, paths=one.paths[::-1])], [bounds])
        np.testing.assert_allclose(turned.scores[::-1], scores.scores, atol=tolerance)
        stopped_is_partial(judge, one, bounds)


def stopped_is_partial(judge: Judge, choices: PathChoices, bounds: Bounds) -> None:
    """A question that is cancelled or whose time is up has no scores."""
    cancellation = Cancellation()
    cancellation.cancel()
    for stopped in (replace(bounds, cancellation=cancellation), replace(bounds, deadline=0.0)):
        try:
            (scores,) = judge.judge([choices], [stopped])
        except Cancelled:
            continue
        assert scores.partial
        assert scores.scores == ()


def check_judged(
    reasoner: JudgedReasoner, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds
) -> Reasoning:
    """Check that judging reorders and re-weighs what was proposed, and changes nothing else; return the result."""
    proposed = reasoner.proposer.reason(question, graph, topics, bounds)
    found = reasoner.reason(question, graph, topics, bounds)
    keys = [{(path.topic, path.relations): path for path in one.paths} for one in (proposed, found)]
    assert keys[0].keys() == keys[1].keys()
    assert all(keys[1][key].steps == path.steps for key, path in keys[0].items())
    before, after = (sum(path.probability for path in one.paths) for one in (proposed, found))
    assert abs(before - after) < SHARE_TOLERANCE
    assert (found.selection is None) == (proposed.selection is None)
    assert found.partial == proposed.partial
    assert set(proposed.warnings) <= set(found.warnings)
    return found
