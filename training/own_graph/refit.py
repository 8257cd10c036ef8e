"""Refits the fusion and the confidence of a tuned network on the held-out part, regularised towards the shipped ones.

The confidence is scaled after Platt (1999, "Probabilistic outputs for support vector machines", section 2.2: smoothed
targets), its two parameters drawn to "as it was".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.ranking.confidence import confidence_features
from clew.decoding.embedded.ranking.fusion import FEATURES, Fusion
from clew.training.calibrate import CalibrationCase, fit

PRIOR_CASES = 150
"""Held-out questions that the shipped weights count as much as: they were fitted on some thousand, of other domains."""
LEAST_CASES = 40
"""With fewer held-out questions the shipped fusion stays: ten weights want more."""
RIDGE = 4.0
"""Pull of the confidence's scale and shift towards 1 and 0: a few questions should not move it."""
ITERATIONS = 25

Float64 = NDArray[np.float64]


def refit(cases: Sequence[CalibrationCase], shipped: Fusion) -> Fusion:
    """Return a fusion between the shipped one and the one that fits the cases: nearer to that the more there are."""
    usable = [case for case in cases if len(case.features)]
    if sum(case.gold >= 0 for case in usable) < LEAST_CASES:
        return shipped
    share = len(usable) / (len(usable) + PRIOR_CASES)
    weights = share * np.array(fit(usable).weights) + (1 - share) * np.array(shipped.weights)
    scale, shift = _platt(*_confidences(usable, weights, shipped))
    return Fusion(tuple(weights.tolist()), replace(shipped.confidence, scale=scale, shift=shift))


def _confidences(cases: Sequence[CalibrationCase], weights: Float64, shipped: Fusion) -> tuple[Float64, Float64]:
    """Return the shipped confidence's logits of the best paths under new weights, and which of these are right."""
    features, right = [], []
    for case in cases:
        scores = case.features @ weights
        order = np.argsort(-scores, kind="stable")
        features.append(confidence_features(scores[order], case.features[order[0]], FEATURES))
        right.append(int(order[0]) == case.gold)
    return shipped.confidence.log_odds(np.stack(features)), np.array(right, np.float64)


def _platt(logits: Float64, right: Float64) -> tuple[float, float]:
    """Return the scale (kept positive) and the shift of logits that fit what was right, by Newton's method."""
    positive, negative = right.sum(), len(right) - right.sum()
    targets = np.where(right > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    inputs = np.stack([logits, np.ones_like(logits)], 1)
    start = np.array([1.0, 0.0])
    found = start.copy()
    for _ in range(ITERATIONS):
        probability = 1 / (1 + np.exp(-np.clip(inputs @ found, -30, 30)))
        gradient = inputs.T @ (probability - targets) + RIDGE * (found - start)
        curvature = (inputs * (probability * (1 - probability))[:, None]).T @ inputs + RIDGE * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        found -= step / max(1.0, float(np.abs(step).max()))
    return max(float(found[0]), 0.1), float(found[1])
