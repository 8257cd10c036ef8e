"""Risk, coverage and calibration, worked by hand and as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.curves import area, calibration, expected_calibration_error, risk_coverage, thinned
from clew.evaluation.metrics.scoring import score
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question


def made(right, confidence, declined=False, selection=None):
    answer = Predicted("k", "a" if right else "b", 1.0)
    outcome = Outcome((answer,), confidence=confidence, declined=declined, selection=selection)
    return score(Question("q", (Gold("a"),)), outcome, 0, 0.0)


FOUR = [made(True, 0.95), made(False, 0.91), made(True, 0.3), made(False, 0.1)]


def test_calibration():
    found = [(one.count, one.confidence, one.accuracy) for one in calibration(FOUR)]
    assert found == [(1, pytest.approx(0.1), 0.0), (1, pytest.approx(0.3), 1.0), (2, pytest.approx(0.93), 0.5)]
    assert expected_calibration_error(FOUR) == pytest.approx((0.1 + 0.7 + 2 * 0.43) / 4)
    assert expected_calibration_error([made(True, 1.0)]) == 0
    assert expected_calibration_error([]) is None


def test_risk_coverage():
    points = [(point.coverage, point.risk, point.threshold) for point in risk_coverage(FOUR)]
    assert points == [(0.25, 0, 0.95), (0.5, 0.5, 0.91), (0.75, pytest.approx(1 / 3), 0.3), (1, 0.5, 0.1)]


def test_equal_confidences_are_one_point():
    (point,) = risk_coverage([made(True, 0.5), made(False, 0.5)])
    assert (point.coverage, point.risk) == (1, 0.5)


def test_the_curve_is_of_the_score_that_decides_the_calibration_of_the_confidence():
    scores = [made(True, 0.6, selection=0.9), made(False, 0.8, selection=0.7)]
    assert [(p.risk, p.threshold) for p in risk_coverage(scores)] == [(0, 0.9), (0.5, 0.7)]
    assert expected_calibration_error(scores) == pytest.approx((0.4 + 0.8) / 2)


def test_declined_questions_count_in_coverage_alone():
    scores = [*FOUR, made(False, 0.05, declined=True)]
    assert [point.coverage for point in risk_coverage(scores)] == pytest.approx([0.2, 0.4, 0.6, 0.8])
    assert expected_calibration_error(scores) == expected_calibration_error(FOUR)


def test_area():
    assert area(risk_coverage(FOUR)) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 2) / 4)
    assert area([]) is None
    # what was declined is no part of it
    assert area(risk_coverage([*FOUR, made(False, 0.0, declined=True)])) == pytest.approx(area(risk_coverage(FOUR)))


def test_thinning_keeps_the_ends():
    points = risk_coverage([made(i % 3 == 0, i / 1000) for i in range(1000)])
    few = thinned(points)
    assert (len(few), few[0], few[-1]) == (100, points[0], points[-1])
    assert thinned(points[:5]) == points[:5]


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1))
def test_laws(pairs):
    scores = [made(*pair) for pair in pairs]
    points = risk_coverage(scores)
    assert points[-1].coverage == 1
    assert points[-1].risk == pytest.approx(1 - sum(right for right, _ in pairs) / len(pairs))
    assert [p.coverage for p in points] == sorted({p.coverage for p in points})
    assert sum(one.count for one in calibration(scores)) == len(pairs)
    assert 0 <= expected_calibration_error(scores) <= 1
    assert 0 <= area(points) <= 1
