"""Averages against numbers worked by hand."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.evaluation.metrics.scoring import score
from clew.evaluation.outcome import Outcome, Predicted
from clew.evaluation.questions.question import Gold, Question
from clew.evaluation.questions.sample import sample
from clew.evaluation.report import LATENCY_EDGES, bootstrap, histogram, summarise
from clew.kg.errors import BadInput

KEYS = {"n", "hits@1", "precision", "recall", "f1", "exact", "path_valid", "linked", "p50_ms", "p95_ms", "peak_rss_mb"}


def made(label, hops=None, answerable=True, seconds=0.01, confidence=None, declined=False, error=None):
    """A question whose right answer is "a", answered with ``label``."""
    question = Question("q", (Gold("a"),) if answerable else (), hops=hops, answerable=answerable)
    answers = (Predicted("k", label, 1.0),) if label else ()
    outcome = Outcome(answers, confidence=confidence, declined=declined, error=error)
    return question, score(question, outcome, 0, seconds)


def report(*pairs, seed=0):
    return summarise([q for q, _ in pairs], [s for _, s in pairs], seed)


def test_the_contract_s_keys_and_that_they_are_json():
    got = report(made("a"), made("b"))
    assert got.keys() >= KEYS
    assert json.loads(json.dumps(got))["hits@1"] == 0.5


def test_unanswerable_questions_are_apart():
    got = report(
        made("a"),
        made(None, declined=True),
        made("b", answerable=False),
        made(None, answerable=False, declined=True),
        made(None, answerable=False, declined=True),
    )
    assert got["n"] == 5
    assert got["hits@1"] == 1 / 2
    assert got["abstention"] == {
        "n_answerable": 2,
        "n_unanswerable": 3,
        "answerable_declined": 1 / 2,
        "unanswerable_declined": 2 / 3,
    }


def test_an_answer_to_an_unanswerable_question_is_a_miss_of_the_second_calibration_error():
    got = report(made("a", confidence=0.9), made("b", answerable=False, confidence=0.9))
    assert got["ece"] == pytest.approx(0.1)
    assert got["ece_all"] == pytest.approx(0.4)


def test_a_failure_is_no_decline():
    got = report(made(None, answerable=False, error="boom"), made(None, error="boom"))
    assert got["errors"] == 2
    assert got["abstention"]["unanswerable_declined"] == 0
    assert got["hits@1"] == 0


def test_shares_of_nothing_are_null():
    got = report(made(None, answerable=False, declined=True))
    assert got["hits@1"] is got["path_valid"] is got["linked"] is got["ece"] is None
    assert got["by_hops"] == {}


def test_path_valid_is_over_paths_and_times_over_questions():
    question = Question("q", (Gold("a"),))
    scores = [score(question, Outcome(proofs=("p",) * n), v, s) for n, v, s in [(3, 3, 0.001), (1, 0, 0.003)]]
    got = summarise([question, question], scores, 0)
    assert got["path_valid"] == 3 / 4
    assert got["p50_ms"] == pytest.approx(2.0)
    assert got["p95_ms"] == pytest.approx(2.9)
    assert got["peak_rss_mb"] > 10


def test_by_hops():
    got = report(made("a", hops=1), made("b", hops=1), made("a", hops=3), made("a"))["by_hops"]
    assert {hops: (group["n"], group["hits@1"]) for hops, group in got.items()} == {"1": (2, 0.5), "3": (1, 1.0)}


def test_by_relation_counts_a_question_under_each_of_its_relations_once():
    def asked(label, *chain, **kw):
        question, scored = made(label, **kw)
        return Question(question.text, question.answers, chain=chain, answerable=question.answerable), scored

    got = report(
        asked("a", "r", "^r"), asked("b", "r", "s", "r"), asked("a", "s"), made("a"), asked("a", "s", answerable=False)
    )["by_relation"]
    assert {step: (group["n"], group["hits@1"]) for step, group in got.items()} == {
        "r": (2, 0.5),
        "s": (2, 0.5),
        "^r": (1, 1.0),
    }
    assert list(got) == ["r", "s", "^r"]  # the most frequent first


def test_by_operator_and_by_kind():
    def asked(label, operators=(), kinds=(), **kw):
        question, scored = made(label, **kw)
        return replace(question, operators=operators, kinds=kinds), scored

    got = report(
        asked("a", ("COUNT", "AND", "AND"), ("count",)),
        asked("b", ("COUNT",), ("count",)),
        asked(None, ("COUNT",), ("none",), answerable=False, declined=True),
        asked(None, ("AND",), ("count",), declined=True),
        asked("b", ("NOT",), ("none",), answerable=False),
        asked(None, ("NOT",), error="boom"),
        asked("a"),
    )
    shares = {"n": 3, "right": 2 / 3, "wrong_as_right": 1 / 3, "declined": 1 / 3, "exact": 1 / 2, "f1": 1 / 2}
    assert got["by_operator"]["COUNT"] == shares | {"cells": 1 / 2}
    assert list(got["by_operator"]) == ["COUNT", "AND", "NOT"]
    assert [group["n"] for group in got["by_operator"].values()] == [3, 2, 2]
    assert got["by_operator"]["NOT"]["wrong_as_right"] == 1 / 2
    assert got["by_kind"]["none"] | {"n": 2, "right": 1 / 2, "exact": None, "cells": None} == got["by_kind"]["none"]
    assert got["by_kind"]["count"]["n"] == 3
    assert (got["right"], got["wrong_as_right"]) == (3 / 7, 2 / 7)
    assert report(made("a"))["by_operator"] == report(made("a"))["by_kind"] == {}


@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.booleans(), st.sampled_from("xyz")), max_size=12))
def test_the_kinds_of_questions_make_up_the_whole(rows):
    pairs = [(made(label, answerable=able, declined=label is None), kind) for label, able, kind in rows]
    got = report(*((replace(question, kinds=(kind,)), scored) for (question, scored), kind in pairs))
    groups = got["by_kind"].values()
    assert sum(group["n"] for group in groups) == got["n"] == len(rows)
    for name in ("right", "wrong_as_right"):
        assert sum(group["n"] * group[name] for group in groups) == pytest.approx(len(rows) * (got[name] or 0))


def test_programs_are_counted_and_their_certificates():
    question = Question("q", (Gold("a"),))
    scores = [score(question, Outcome(), 0, program_valid=valid) for valid in (None, True, False, True)]
    got = summarise([question] * 4, scores, 0)
    assert (got["programs"], got["program_valid"]) == (3, 2 / 3)
    assert report(made("a"))["program_valid"] is None


def test_latency_histogram():
    got = histogram([0.5, 1, 1.9, 2, 99.9, 100, 9_999])
    assert dict(zip(got["edges_ms"], got["counts"], strict=False)) == {
        **dict.fromkeys(LATENCY_EDGES, 0),
        1: 1,
        2: 2,
        5: 1,
        100: 1,
        200: 1,
    }
    assert got["counts"][-1] == 1
    assert sum(histogram([])["counts"]) == 0


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([0.1, 0.5, 0.9]), st.booleans(), st.booleans()),
        min_size=1,
        max_size=12,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_questions_changes_nothing_but_rounding(rows, rng):
    pairs = [made(lab, confidence=c, answerable=able, declined=out) for lab, c, able, out in rows]
    shuffled = list(pairs)
    rng.shuffle(shuffled)
    one, other = report(*pairs), report(*shuffled)
    for name in ("hits@1", "f1", "exact", "ece", "aurc", "auroc", "unanswerable_declined_at_10"):
        assert one[name] == (None if other[name] is None else pytest.approx(other[name]))
        assert one[name] is None or 0 <= one[name] <= 1
    assert one["abstention"] == pytest.approx(other["abstention"])
    assert sum(one["latency_histogram"]["counts"]) == len(rows)
    assert json.loads(json.dumps(one)).keys() == one.keys()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 5))
def test_bootstrap_bounds_and_repeats(values, seed):
    low, high = bootstrap(values, seed)
    assert min(values) - 1e-9 <= low <= high <= max(values) + 1e-9
    assert bootstrap(values, seed) == (low, high)


@given(st.integers(0, 50), st.integers(1, 60), st.integers(0, 5))
def test_samples(size, limit, seed):
    questions = [Question(str(i), ()) for i in range(size)]
    drawn = sample(questions, limit, seed)
    assert len(drawn) == min(size, limit)
    assert [int(q.text) for q in drawn] == sorted({int(q.text) for q in drawn})
    assert sample(questions, limit, seed) == drawn
    assert sample(questions, None, seed) == questions


def test_the_draw_never_changes():
    assert [q.text for q in sample([Question(str(i), ()) for i in range(100)], 5, 0)] == ["5", "33", "49", "53", "97"]


def test_a_limit_of_nothing_is_refused():
    with pytest.raises(BadInput, match="--limit"):
        sample([Question("q", ())], 0, 0)
