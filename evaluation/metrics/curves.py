"""Measures how well a system separates its right answers from its wrong ones: the risk-coverage curve of the score that
it decides by, and the calibration bins of its confidence.

Both use given answers only, because the answer to a declined question is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.evaluation.metrics.scoring import QuestionScore


@dataclass(frozen=True, slots=True)
class CoveragePoint:
    """Answering only from the score ``threshold`` on answers the share ``coverage`` of the questions and errs on the
    share ``risk`` of these."""

    coverage: float
    risk: float
    threshold: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of a confidence in ``[low, high)``: how many, their mean confidence, and the share that was right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def risk_coverage(scores: Sequence[QuestionScore]) -> list[CoveragePoint]:
    """Return the curve (El-Yaniv and Wiener 2010), one point for each distinct score (``QuestionScore.sure``), the
    highest first.

    Risk is 1 - the mean hit among the questions of at least that score; coverage is their share of all questions, so
    the curve ends at the share that was answered.
    """
    pairs = sorted(((s.sure, s.hit) for s in _given(scores) if s.sure is not None), reverse=True)
    points, right = [], 0.0
    for count, (sure, hit) in enumerate(pairs, 1):
        right += hit
        if count == len(pairs) or pairs[count][0] < sure:
            points.append(CoveragePoint(count / len(scores), 1 - right / count, sure))
    return points


def area(points: Sequence[CoveragePoint]) -> float | None:
    """Return the area under the curve up to the share answered, over that share (AURC: Geifman et al. 2019,
    arXiv:1805.08206): the mean risk over coverages, each point standing for the questions that it adds."""
    if not points:
        return None
    before = [0.0, *(point.coverage for point in points[:-1])]
    return sum((p.coverage - low) * p.risk for p, low in zip(points, before, strict=True)) / points[-1].coverage


def thinned(points: Sequence[CoveragePoint], most: int = 100) -> list[CoveragePoint]:
    """Return at most ``most`` points of a curve, evenly spread, its first and its last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _given(scores: Sequence[QuestionScore]) -> list[QuestionScore]:
    """Return the scores of the questions that were answered."""
    return [s for s in scores if not s.declined and not s.failed]


def calibration(scores: Sequence[QuestionScore], bins: int = 10) -> list[Bin]:
    """Return the equal-width bins that are not empty (Guo et al. 2017, arXiv:1706.04599, section 2)."""
    pairs = np.array([(s.confidence, s.hit) for s in _given(scores) if s.confidence is not None])
    if not len(pairs):
        return []
    cell = np.minimum((pairs[:, 0] * bins).astype(np.int64), bins - 1)
    return [
        Bin(i / bins, (i + 1) / bins, int(inside.sum()), *pairs[inside].mean(axis=0).tolist())
        for i in range(bins)
        if (inside := cell == i).any()
    ]


def expected_calibration_error(scores: Sequence[QuestionScore], bins: int = 10) -> float | None:
    """Return the ECE of confidence against hits (Guo et al. 2017, eq. 3); None without any confidence."""
    found = calibration(scores, bins)
    total = sum(one.count for one in found)
    return sum(one.count * abs(one.confidence - one.accuracy) for one in found) / total if total else None
