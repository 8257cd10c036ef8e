"""The refitted fusion ranks better and is better calibrated on what it was fitted to; few questions change nothing."""

from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.embedded.ranking.fusion import FEATURES, Fusion, confidence
from clew.training.calibrate import UNFITTED, CalibrationCase, expected_calibration_error
from clew.training.own_graph.refit import LEAST_CASES, refit


def cases(count: int, unanswerable: float = 0.2) -> list[CalibrationCase]:
    """Questions of five paths in which one feature, which the shipped fusion hardly heeds, tells the gold path."""
    rng, found = np.random.default_rng(0), []
    for _ in range(count):
        features = -rng.random((5, len(FEATURES)))
        gold = int(rng.integers(5)) if rng.random() >= unanswerable else -1
        features[:, FEATURES.index("mass")] -= 1.5 * (np.arange(5) != gold)
        found.append(CalibrationCase(features, gold, 1, gold >= 0))
    return found


def right_and_sure(found: list[CalibrationCase], fusion: Fusion) -> tuple[np.ndarray, np.ndarray]:
    weights = np.array(fusion.weights)
    right, sure = [], []
    for case in found:
        scores = case.features @ weights
        order = np.argsort(-scores)
        right.append(float(order[0] == case.gold))
        sure.append(confidence(scores[order], case.features[order[0]], fusion))
    return np.array(right), np.array(sure)


def test_more_is_right_and_confidence_fits_it() -> None:
    found = cases(400)
    fusion = refit(found, UNFITTED)
    before, sure_before = right_and_sure(found, UNFITTED)
    after, sure_after = right_and_sure(found, fusion)
    assert after.mean() > before.mean() + 0.05
    assert expected_calibration_error(sure_after, after) < expected_calibration_error(sure_before, after)
    assert min(fusion.weights) >= 0


def test_few_cases_leave_the_fusion_and_more_move_it_further() -> None:
    assert refit(cases(LEAST_CASES - 1), UNFITTED) == UNFITTED
    assert refit([], UNFITTED) == UNFITTED
    at = FEATURES.index("mass")
    some, many = (refit(cases(count), UNFITTED).weights[at] for count in (60, 400))
    assert UNFITTED.weights[at] < some < many


def test_questions_without_a_path_are_left_out() -> None:
    empty = CalibrationCase(np.zeros((0, len(FEATURES))), -1, 1, False)
    assert refit([*cases(100), empty], UNFITTED).weights == pytest.approx(refit(cases(100), UNFITTED).weights)
