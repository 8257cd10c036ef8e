"""Measures how well a system separates answerable from unanswerable questions, at any threshold.

The measures use the score that the system decides by (``Outcome.sure``: the selection score, or the confidence),
whether or not it answered. A question without any result has score 0. A failed question does not count as declined.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from clew.evaluation.metrics.scoring import QuestionScore

WRONG = 0.10
"""Share of answerable questions that may be declined (issue trackers and papers quote 10%)."""


def declined_at(
    answerable: Sequence[QuestionScore], unanswerable: Sequence[QuestionScore], wrong: float = WRONG
) -> float | None:
    """Return the share of unanswerable questions declined by the highest threshold that declines at most the share
    ``wrong`` of the answerable ones.

    A question is declined below the threshold, so that equal ones share a fate. None where either group is empty or no
    score is known.
    """
    right, others = _sure(answerable), _sure(unanswerable)
    if right is None or others is None:
        return None
    budget = math.floor(wrong * len(right) + 1e-9)
    threshold = np.sort(right)[budget] if budget < len(right) else np.inf
    return float((others < threshold).mean())


def auroc(answerable: Sequence[QuestionScore], unanswerable: Sequence[QuestionScore]) -> float | None:
    """Return the probability that the system is surer of an answerable question than of an unanswerable one, ties half.

    This is the area under the ROC curve (Hanley and McNeil 1982); 0.5 is chance. None as for ``declined_at``.
    """
    right, others = _sure(answerable), _sure(unanswerable)
    if right is None or others is None:
        return None
    ordered = np.sort(others)
    below = np.searchsorted(ordered, right, "left")
    ties = np.searchsorted(ordered, right, "right") - below
    return float((below + 0.5 * ties).mean() / len(others))


def _sure(scores: Sequence[QuestionScore]) -> NDArray[np.float64] | None:
    if not any(score.sure is not None for score in scores):
        return None
    return np.array([np.inf if score.failed else score.sure or 0.0 for score in scores])
