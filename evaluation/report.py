"""The report of an evaluation: averages over questions, and additional measurements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from clew.evaluation.metrics.abstention import auroc, declined_at
from clew.evaluation.metrics.curves import area, expected_calibration_error, risk_coverage, thinned
from clew.evaluation.metrics.scoring import QuestionScore, score
from clew.evaluation.outcome import Outcome
from clew.evaluation.questions.question import Question
from clew.kg.limits import MAX_REPORTED_NAMES, MAX_REPORTED_RELATIONS
from clew.kg.memory import peak_rss_mb

Report = dict[str, Any]

AVERAGED: tuple[tuple[str, Callable[[QuestionScore], float]], ...] = (
    ("hits@1", lambda s: s.hit),
    ("precision", lambda s: s.precision),
    ("recall", lambda s: s.recall),
    ("f1", lambda s: s.f1),
    ("exact", lambda s: s.exact),
    ("hit_gcr", lambda s: s.hit_gcr),
)
"""Averaged over the answerable questions; a declined or failed one counts 0."""

RESAMPLES = 1_000
"""Bootstrap resamples: the standard error of a 95% bound is then about a tenth of the interval."""

LATENCY_EDGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000)
"""Bounds of the latency histogram, milliseconds: three to a decade."""


def summarise(questions: Sequence[Question], scores: Sequence[QuestionScore], seed: int) -> Report:
    """Return the averages of scored questions. Shares are fractions from 0 to 1; a share of nothing is None.

    ``n`` counts all questions; ``hits@1``, ``precision``, ``recall``, ``f1``, ``exact`` and ``hit_gcr`` are over the
    answerable ones, ``linked`` and ``link_accuracy`` over those with a gold topic, ``path_valid`` over all returned
    paths, ``programs`` and ``program_valid`` over the questions that a program answered, ``right`` (answered exactly,
    or declined where there is no answer) and ``wrong_as_right`` (answered, but not with exactly the right answers)
    over all, the times over the ``timed`` questions that were asked alone.
    """
    pairs = list(zip(questions, scores, strict=True))
    answerable = [s for q, s in pairs if q.answerable]
    unanswerable = [s for q, s in pairs if not q.answerable]
    report: Report = {"n": len(scores)}
    report |= {name: mean([value(s) for s in answerable]) for name, value in AVERAGED}
    report["path_valid"] = _path_valid(scores)
    report["paths"] = sum(s.paths for s in scores)
    report["program_valid"] = mean([float(s.program_valid) for s in scores if s.program_valid is not None])
    report["programs"] = sum(s.program_valid is not None for s in scores)
    report["linked"] = mean([float(s.linked) for s in scores if s.linked is not None])
    report["link_accuracy"] = mean([float(s.linked_first) for s in scores if s.linked_first is not None])
    report |= abstention(answerable, unanswerable)
    report["right"] = mean([float(is_right(q, s)) for q, s in pairs])
    report["wrong_as_right"] = mean([float(s.wrong_as_right) for s in scores])
    report["ece"] = expected_calibration_error(answerable)
    report["ece_all"] = expected_calibration_error(scores)  # an answer to an unanswerable question is a miss
    curve = risk_coverage(answerable)
    report["aurc"] = area(curve)
    report["risk_coverage"] = [(point.coverage, point.risk, point.threshold) for point in thinned(curve)]
    report["errors"] = sum(s.failed for s in scores)
    report |= _times(scores)
    report["confidence_intervals"] = {name: bootstrap([value(s) for s in answerable], seed) for name, value in AVERAGED}
    report["by_hops"] = _by_hops(questions, scores)
    report["by_relation"] = _by_relation(questions, scores)
    report["by_operator"] = _by_name(pairs, lambda question: question.operators)
    report["by_kind"] = _by_name(pairs, lambda question: question.kinds)
    return report


def is_right(question: Question, scored: QuestionScore) -> bool:
    """Return whether a question was answered exactly, or declined where there is no answer."""
    return scored.exact == 1.0 if question.answerable else scored.declined


def abstention(answerable: Sequence[QuestionScore], unanswerable: Sequence[QuestionScore]) -> Report:
    """Return what was declined, at the system's threshold and at any (``clew.evaluation.metrics.abstention``)."""
    return {
        "abstention": {
            "n_answerable": len(answerable),
            "n_unanswerable": len(unanswerable),
            "answerable_declined": mean([float(s.declined) for s in answerable]),
            "unanswerable_declined": mean([float(s.declined) for s in unanswerable]),
        },
        "unanswerable_declined_at_10": declined_at(answerable, unanswerable),
        "auroc": auroc(answerable, unanswerable),
    }


CEILING, GOLD_CHAIN = "ceiling_", "gold_chain_"


def gold_chains(
    asked: Sequence[tuple[Question, QuestionScore]], follow: Callable[[Question], Outcome | None]
) -> Report:
    """Return what following the gold chains would score, over the answerable questions that have one.

    It is called a ceiling, unless an answer scored better than its gold chain: then another chain fits the answers
    better, and nothing is known of the best possible.
    """
    reached = [(own, question, follow(question)) for question, own in asked if question.answerable]
    scores = [(own, score(question, outcome, 0, 0.0)) for own, question, outcome in reached if outcome is not None]
    if not scores:
        return {}
    beaten = sum(own.f1 > chain.f1 for own, chain in scores)
    prefix = GOLD_CHAIN if beaten else CEILING
    averages = {f"{prefix}{name}": mean([value(chain) for _, chain in scores]) for name, value in AVERAGED}
    return {f"{prefix}n": len(scores), f"{prefix}beaten": beaten} | averages


def of_gold_chains(report: Report) -> Report:
    """Return the figures of a report's gold chains, by the names of the system's own; empty where there are none."""
    for prefix in (CEILING, GOLD_CHAIN):
        found = {key.removeprefix(prefix): value for key, value in report.items() if key.startswith(prefix)}
        if found:
            return found
    return {}


def bootstrap(values: Sequence[float], seed: int, level: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile bootstrap interval of the mean (Efron 1979); None for no values."""
    if not values:
        return None
    data = np.asarray(values, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(data), (RESAMPLES, len(data)))
    low, high = np.quantile(data[draws].mean(axis=1), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _path_valid(scores: Sequence[QuestionScore]) -> float | None:
    total = sum(s.paths for s in scores)
    return sum(s.valid_paths for s in scores) / total if total else None


def _times(scores: Sequence[QuestionScore]) -> Report:
    milliseconds = [1000 * s.seconds for s in scores if s.seconds is not None]
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95]).tolist() if milliseconds else (None, None)
    return {
        "timed": len(milliseconds),
        "p50_ms": p50,
        "p95_ms": p95,
        "latency_histogram": histogram(milliseconds),
        "peak_rss_mb": peak_rss_mb(),
    }


def histogram(milliseconds: Sequence[float]) -> Report:
    """Return how many times fell below each of ``LATENCY_EDGES`` but not the one before; the last count is the rest."""
    places = np.searchsorted(np.array(LATENCY_EDGES), np.asarray(milliseconds), "right")
    counts = np.bincount(places, minlength=len(LATENCY_EDGES) + 1)
    return {"edges_ms": list(LATENCY_EDGES), "counts": counts.tolist()}


def _by_hops(questions: Sequence[Question], scores: Sequence[QuestionScore]) -> Report:
    """Return the averages of the answerable questions whose number of hops the set tells, by that number."""
    groups: dict[int, list[QuestionScore]] = {}
    for question, scored in zip(questions, scores, strict=True):
        if question.answerable and question.hops is not None:
            groups.setdefault(question.hops, []).append(scored)
    return {str(hops): averages(group) for hops, group in sorted(groups.items())}


def _by_relation(questions: Sequence[Question], scores: Sequence[QuestionScore]) -> Report:
    """Return the averages of the answerable questions by relation of the gold chain, the most frequent ones first.

    A question counts under each relation of its chain, as the set spells it.
    """
    groups: dict[str, list[QuestionScore]] = {}
    for question, scored in zip(questions, scores, strict=True):
        if question.answerable:
            for step in dict.fromkeys(question.chain or ()):
                groups.setdefault(step, []).append(scored)
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {step: averages(group) for step, group in ordered[:MAX_REPORTED_RELATIONS]}


def _by_name(pairs: Sequence[tuple[Question, QuestionScore]], names: Callable[[Question], Sequence[str]]) -> Report:
    """Return the shares of the questions under each of their names, the most frequent names first."""
    groups: dict[str, list[tuple[Question, QuestionScore]]] = {}
    for question, scored in pairs:
        for name in dict.fromkeys(names(question)):
            groups.setdefault(name, []).append((question, scored))
    ordered = sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return {name: _shares(group) for name, group in ordered[:MAX_REPORTED_NAMES]}


def _shares(group: Sequence[tuple[Question, QuestionScore]]) -> Report:
    """Return shares of all questions of a group, and ``exact``, ``f1`` and ``cells`` over the answerable ones."""
    answerable = [scored for question, scored in group if question.answerable]
    return {
        "n": len(group),
        "right": mean([float(is_right(*pair)) for pair in group]),
        "wrong_as_right": mean([float(scored.wrong_as_right) for _, scored in group]),
        "declined": mean([float(scored.declined) for _, scored in group]),
        "exact": mean([scored.exact for scored in answerable]),
        "f1": mean([scored.f1 for scored in answerable]),
        "cells": mean([scored.cells for scored in answerable]),
    }


def averages(group: Sequence[QuestionScore]) -> Report:
    """Return the number of scores and their averages."""
    return {"n": len(group)} | {name: mean([value(s) for s in group]) for name, value in AVERAGED}


def mean(values: Sequence[float]) -> float | None:
    """Return the mean; None of no values."""
    return sum(values) / len(values) if values else None
