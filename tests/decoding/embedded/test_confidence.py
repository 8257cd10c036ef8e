"""The confidence is a probability that grows with whatever speaks for the best path."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.embedded.ranking.confidence import (
    ANSWERABLE,
    RIGHT,
    UNANSWERABLE,
    Confidence,
    Logistic,
    confidence_features,
)
from clew.decoding.embedded.ranking.fusion import FEATURES
from clew.training.calibrate import CalibrationCase, fit_confidence

SLOPES = st.floats(0, 5)
FIGURES = st.lists(st.floats(-8, 0), min_size=len(FEATURES), max_size=len(FEATURES)).map(np.array)
SCORES = st.lists(st.floats(-20, 0), min_size=1, max_size=6).map(lambda found: np.array(sorted(found, reverse=True)))


@st.composite
def confidences(draw: st.DrawFn) -> Confidence:
    there, right = (
        Logistic(tuple(draw(SLOPES) for _ in names), draw(st.floats(-5, 5))) for names in (ANSWERABLE, RIGHT)
    )
    return Confidence(there, right, draw(st.floats(0.1, 3)), draw(st.floats(-2, 2)))


@given(confidences(), SCORES, FIGURES)
def test_it_is_a_probability(confidence: Confidence, scores: np.ndarray, first: np.ndarray) -> None:
    assert 0 <= confidence.of(scores, first, FEATURES) <= 1


@given(confidences(), SCORES, FIGURES, st.sampled_from(("whole", "mass", "kind", "local")))
def test_what_speaks_for_the_path_never_lowers_it(
    confidence: Confidence, scores: np.ndarray, first: np.ndarray, name: str
) -> None:
    better = first.copy()
    better[FEATURES.index(name)] = 0.0
    assert confidence.of(scores, better, FEATURES) >= confidence.of(scores, first, FEATURES) - 1e-12


@given(confidences(), SCORES, FIGURES)
def test_it_is_the_product_of_both_models(confidence: Confidence, scores: np.ndarray, first: np.ndarray) -> None:
    plain = replace(confidence, scale=1.0, shift=0.0)
    features, cut = confidence_features(scores, first, FEATURES), len(ANSWERABLE)
    parts = [plain.answerable.log_odds(features[:cut]), plain.right.log_odds(features[cut:])]
    product = np.prod([1 / (1 + np.exp(-np.clip(part, -30, 30))) for part in parts])
    assert plain.of(scores, first, FEATURES) == pytest.approx(float(product), abs=1e-9)


@given(confidences(), SCORES, FIGURES)
def test_the_selection_score_doubts_the_path_less_than_the_confidence_does(
    confidence: Confidence, scores: np.ndarray, first: np.ndarray
) -> None:
    plain = replace(confidence, scale=1.0, shift=0.0)
    selected = plain.selection_of(scores, first, FEATURES)
    assert plain.of(scores, first, FEATURES) <= selected + 1e-9 <= 1 + 1e-9
    # one graph's own scaling moves nothing, another reading close behind only lowers
    assert confidence.selection_of(scores, first, FEATURES) == selected
    assert plain.selection_of(np.concatenate([scores, scores[:1]]), first, FEATURES) <= selected + 1e-12


def test_a_missing_slope_is_an_error() -> None:
    with pytest.raises(ValueError, match="as many slopes"):
        Confidence(Logistic((1.0,)), Logistic((1.0,) * len(RIGHT)))


def test_fitted_it_presumes_the_stated_share_of_unanswerable_questions() -> None:
    """With features that tell nothing, the probability of an answer is one minus that share, whatever the sample's."""
    rng = np.random.default_rng(0)
    cases = []
    for answerable in rng.random(600) < 0.5:
        features = -rng.random((3, len(FEATURES)))
        gold = int((features @ np.ones(len(FEATURES))).argmax())  # the best path is always right
        cases.append(CalibrationCase(features, gold if answerable else -1, 1, bool(answerable)))
    fitted = fit_confidence(cases, np.ones(len(FEATURES)))
    sure = [
        fitted.of(np.sort(case.features.sum(1))[::-1], case.features[case.features.sum(1).argmax()], FEATURES)
        for case in cases
    ]
    assert np.mean(sure) == pytest.approx(1 - UNANSWERABLE, abs=0.03)
