"""The confidence and the selection score of a ranking.

The confidence is the product of two logistic models: whether the graph can answer the question, and whether the best
path is right if it can. Different features predict the two: how well any path covers the question, and the margin
between the best paths. A single model would trade one for the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]

ANSWERABLE = ("mass", "kind", "support", "support_words", "sentence_least")
"""What the graph's having an answer is told by: figures of the best path, see ``fusion.FEATURES``. The whole-path logit
is not among them: where wording and schema are unlike the training's, it is as sure of wrong paths as of right ones."""
RIGHT = ("probability", "margin", "local", "whole")
"""What the best path's being right is told by, if there is one: its log-odds among all paths, its lead over the second,
and its own figures."""
UNANSWERABLE = 0.1
"""Share of unanswerable questions that the confidence presumes: it is right on average where one question in ten has
no answer in the graph."""
DOUBT = 0.2
"""How much being unsure of the path weighs beside being unsure of an answer where it is decided whether to answer. Of
exponents from 0 (it does not count) to 1 (the confidence), those about this one decline most unanswerable questions of
held-out domains for the same share of right answers withheld, and of these the larger decline more wrong answers (the
model card has the figures)."""
MARGIN_CAP = 10.0
"""Leads beyond this are all as good as certain."""
LOG_ODDS_CAP = 30.0
"""Log-odds beyond this are cut off: float64 tells no probability nearer to 0 or 1 than the spacing at 1."""


@dataclass(frozen=True, slots=True)
class Logistic:
    """Slopes (at least 0, one per feature) and a bias, in log-odds."""

    slopes: tuple[float, ...]
    bias: float = 0.0

    def log_odds(self, features: Float64) -> Float64:
        """Return the log-odds ``[n]`` of features ``[n, len(slopes)]``."""
        found: Float64 = features @ np.array(self.slopes) + self.bias
        return found


@dataclass(frozen=True, slots=True)
class Confidence:
    """The product of both models, its log-odds then scaled and shifted (Platt scaling) for one graph's own model."""

    answerable: Logistic
    right: Logistic
    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        if len(self.answerable.slopes) != len(ANSWERABLE) or len(self.right.slopes) != len(RIGHT):
            raise ValueError("as many slopes as features are needed")

    def log_odds(self, features: Float64) -> Float64:
        """Return the product's log-odds ``[n]``, before scaling, of ``confidence_features`` ``[n, 9]``."""
        there, right = self._factors(features)
        product = there * right
        found: Float64 = np.log(product) - np.log1p(-product)
        return found

    def _factors(self, features: Float64) -> tuple[Float64, Float64]:
        """Return each row's probability that there is an answer, and that the best path is right if there is."""
        cut = len(ANSWERABLE)
        return _probability(self.answerable.log_odds(features[:, :cut])), _probability(
            self.right.log_odds(features[:, cut:])
        )

    def selection_of(self, scores: Float64, first: Sequence[float] | Float64, names: Sequence[str]) -> float:
        """Return the selection score, by which to answer or decline: both models' probabilities, the second to the
        power ``DOUBT``. Parameters as for ``of``; no graph's own scaling moves it."""
        there, right = self._factors(confidence_features(scores, first, names)[None])
        return float((there * right**DOUBT)[0])

    def of(self, scores: Float64, first: Sequence[float] | Float64, names: Sequence[str]) -> float:
        """Return the estimated probability that the best path is right.

        ``scores``: fused scores of all ranked paths, the best one's first; ``first``: the best path's figures, of
        these ``names``.
        """
        features = confidence_features(scores, first, names)[None]
        return float(_probability(self.scale * self.log_odds(features) + self.shift)[0])


def confidence_features(scores: Float64, first: Sequence[float] | Float64, names: Sequence[str]) -> Float64:
    """Return the features ``[9]`` of both models, ``ANSWERABLE`` then ``RIGHT``."""
    probability = float(np.clip(1 / np.exp(scores - scores[0]).sum(), 1e-6, 1 - 1e-6))
    margin = float(scores[0] - scores[1]) if len(scores) > 1 else MARGIN_CAP
    values = dict(zip(names, map(float, first), strict=True))
    values["probability"] = float(np.log(probability / (1 - probability)))
    values["margin"] = min(margin, MARGIN_CAP)
    return np.array([values[name] for name in (*ANSWERABLE, *RIGHT)])


def _probability(log_odds: Float64) -> Float64:
    found: Float64 = 1 / (1 + np.exp(-np.clip(log_odds, -LOG_ODDS_CAP, LOG_ODDS_CAP)))
    return found
