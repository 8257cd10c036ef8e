"""Telling unanswerable questions by confidence, by hand and as laws."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.abstention import auroc, declined_at
from clew.evaluation.metrics.scoring import score
from clew.evaluation.outcome import Outcome
from clew.evaluation.questions.question import Question


def made(*confidences, **kw):
    return [score(Question("q", ()), Outcome(confidence=c, **kw), 0, 0.0) for c in confidences]


TEN = made(0.05, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)


def test_one_in_ten_may_be_declined():
    assert declined_at(TEN, made(0.0, 0.2, 0.29, 0.3, 0.99)) == 3 / 5  # the threshold is 0.3, the second lowest
    assert declined_at(TEN[1:], made(0.29, 0.31)) == 1 / 2  # of nine, none may be declined
    assert declined_at(TEN, made(0.0, 0.2), wrong=1.0) == 1.0
    assert declined_at(TEN, made(0.0, 0.2), wrong=0.0) == 1 / 2


def test_equal_confidences_share_a_fate():
    assert declined_at(made(*[0.5] * 10), made(0.5, 0.4)) == 1 / 2


def test_what_the_system_decides_by_counts():
    told = [score(Question("q", ()), Outcome(confidence=1 - p, selection=p), 0, 0.0) for p in (0.2, 0.9)]
    assert auroc(told[1:], told[:1]) == 1.0
    assert declined_at(told[1:] * 10, made(0.5, 0.95)) == 1 / 2  # of systems that do not tell, the confidence


def test_auroc():
    assert auroc(made(0.9, 0.8), made(0.1)) == 1.0
    assert auroc(made(0.1), made(0.9)) == 0.0
    assert auroc(made(0.5), made(0.5)) == 0.5
    assert auroc(made(0.9, 0.2), made(0.5, 0.1)) == 3 / 4


def test_without_either_group_or_any_confidence_there_is_no_figure():
    for figure in (declined_at, auroc):
        assert figure([], TEN) is figure(TEN, []) is figure(made(None), TEN) is figure(TEN, made(None)) is None


def test_a_failure_is_no_decline():
    assert declined_at(TEN, made(0.0) + made(None, error="boom")) == 1 / 2


confidences = st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0]), min_size=1, max_size=30)


@given(confidences, confidences, st.randoms(use_true_random=False), st.sampled_from([0.0, 0.1, 0.3, 1.0]))
def test_laws(right, others, rng, wrong):
    declined, area = declined_at(made(*right), made(*others), wrong), auroc(made(*right), made(*others))
    assert 0 <= declined <= 1
    # the definition, by trying every threshold
    thresholds = [*right, *others, 2.0]
    fair = [t for t in thresholds if sum(c < t for c in right) <= wrong * len(right) + 1e-9]
    assert declined == pytest.approx(max((sum(c < t for c in others) / len(others) for t in fair), default=0.0))
    assert area == pytest.approx(1 - auroc(made(*others), made(*right)))
    assert area == pytest.approx(
        sum((a > b) + 0.5 * (a == b) for a in right for b in others) / (len(right) * len(others))
    )
    rng.shuffle(right)
    rng.shuffle(others)
    assert declined_at(made(*right), made(*others), wrong) == declined
    assert auroc(made(*right), made(*others)) == pytest.approx(area)
