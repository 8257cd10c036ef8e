"""Refitting the fusion for a tuned network, on the held-out part, drawn towards the shipped fusion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from decoding.embedded.fusion import Fusion
from training.calibrate import Case, fit

PRIOR_CASES = 150
"""Held-out questions that the shipped fusion weighs as much as: it was fitted on some thousand, of other domains."""
LEAST_CASES = 40
"""With fewer held-out questions the shipped fusion stays: ten weights want more."""


def refit(cases: Sequence[Case], shipped: Fusion) -> Fusion:
    """Return a fusion between the shipped one and the one that fits the cases: nearer to that the more there are.

    Fusion weights are averaged on a logarithmic scale.
    """
    usable = [case for case in cases if len(case.features)]
    if sum(case.gold >= 0 for case in usable) < LEAST_CASES:
        return shipped
    fitted = fit(usable)
    share = len(usable) / (len(usable) + PRIOR_CASES)
    own, old = (np.log(np.array(fusion.weights) + 1e-4) for fusion in (fitted, shipped))
    weights = np.exp(share * own + (1 - share) * old)
    slopes = share * np.array(fitted.confidence) + (1 - share) * np.array(shipped.confidence)
    bias = share * fitted.confidence_bias + (1 - share) * shipped.confidence_bias
    return Fusion(tuple(weights.tolist()), tuple(slopes.tolist()), float(bias))
