"""An evaluation report as one HTML file: figures, plots and wrong answers. No scripts, no external resources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment

from clew.api.evaluate import plots
from clew.api.schema.text import inert
from clew.evaluation.details import detail
from clew.evaluation.metrics.curves import calibration, risk_coverage, thinned
from clew.evaluation.report import Report, is_right, of_gold_chains
from clew.evaluation.run import Asked
from clew.kg.limits import MAX_CURVE_POINTS, MAX_REPORTED_ERRORS
from clew.kg.terms.names import entity_name

KINDS = {
    "failed": "failed",
    "answered": "answered but unanswerable",
    "declined": "declined but answerable",
    "linking": "linked to a wrong entity",
    "partly": "partly correct",
    "wrong": "wrong answers",
}
"""Kinds of errors. The first that applies to a question counts."""

SHARES = ["n", "right", "wrong_as_right", "declined", "exact", "f1", "cells"]
"""What is shown by operator and by kind of question."""


def report_page(report: Report, asked: Sequence[Asked]) -> str:
    """Return the page. Labels are data: escaped by the template engine, control characters spelled out."""
    answerable = [one.score for one in asked if one.question.answerable]
    wrong = [one for one in asked if not is_right(one.question, one.score)]
    environment = Environment(autoescape=True, finalize=_inert, trim_blocks=True)
    environment.filters["number"] = _number
    environment.filters["step"] = _step
    source = resources.files("clew.api.rest").joinpath("templates/report.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        report=report,
        figures=_figures(report),
        tables=_tables(report),
        coverage=plots.curve(thinned(risk_coverage(answerable), MAX_CURVE_POINTS)),
        calibration=plots.calibration_columns(calibration(answerable)),
        hops=plots.bars(report["by_hops"]),
        latency=plots.latency_columns(report["latency_histogram"]),
        errors=[_error(one) for one in wrong[:MAX_REPORTED_ERRORS]],
        num_errors=len(wrong),
        kinds=[(kind, KINDS[kind], count) for kind, count in _counts(wrong)],
        hop_counts=sorted(Counter(_hops(one) for one in wrong[:MAX_REPORTED_ERRORS]).items()),
        most=MAX_REPORTED_ERRORS,
    )


def _kind(asked: Asked) -> str:
    """Return what went wrong: a key of ``KINDS``."""
    score = asked.score
    if score.failed:
        return "failed"
    if not asked.question.answerable:
        return "answered"
    if score.declined:
        return "declined"
    if score.linked is False:
        return "linking"
    return "partly" if score.precision > 0 else "wrong"


def _hops(asked: Asked) -> str:
    return "x" if asked.question.hops is None else str(asked.question.hops)


def _counts(wrong: Sequence[Asked]) -> list[tuple[str, int]]:
    counts = Counter(_kind(one) for one in wrong)
    return [(kind, counts[kind]) for kind in KINDS if counts[kind]]


def _error(asked: Asked) -> dict[str, Any]:
    kind = _kind(asked)
    found = detail(asked)
    texts = {
        "correct": _written(found["gold"], found["gold_value"], found["gold_rows"]),
        "answered": _written([one["label"] for one in found["predicted"]], found["value"], found["rows"]),
    }
    return found | texts | {"kind": kind, "kind_text": KINDS[kind], "hops": _hops(asked)}


def _written(labels: Sequence[str], value: Any, rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return a set, a value or a table as texts, one for each answer, for the value, or for each row."""
    if value is not None:
        return [_cell(value)]
    return [" | ".join(_cell(cell) or "–" for cell in row) for row in rows] or list(labels)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """A table of the page: its heading, what its rows and its columns are, and the groups by name."""

    heading: str
    rows: str
    columns: list[str]
    groups: Report


def _tables(report: Report) -> list[Breakdown]:
    """Return the breakdowns that the report has."""
    named = [
        ("By hops", "hops", "by_hops"),
        ("By operator", "operator", "by_operator"),
        ("By kind of question", "kind", "by_kind"),
        ("By relation", "relation", "by_relation"),
        ("Reworded questions", "perturbation", "robustness"),
        ("Baseline systems on the same questions", "system", "baselines"),
    ]
    averages = ["n", *report["confidence_intervals"]]
    return [
        Breakdown(heading, rows, SHARES if key in ("by_operator", "by_kind") else averages, report[key])
        for heading, rows, key in named
        if report.get(key)
    ]


def _figures(report: Report) -> list[tuple[str, str, str, str]]:
    """Return rows of name, value, interval and what following the gold chains gives."""
    intervals = report["confidence_intervals"]
    named = ["right", "wrong_as_right", "path_valid", "programs", "program_valid", "linked", "link_accuracy"]
    named += ["ece", "aurc", "auroc", "unanswerable_declined_at_10", "errors"]
    chains = of_gold_chains(report)
    rows = []
    for name in [*intervals, *named, "p50_ms", "p95_ms", "peak_rss_mb", "load_seconds"]:
        interval = intervals.get(name)
        spread = "" if not interval else f"{interval[0]:.3f} to {interval[1]:.3f}"
        chain = chains.get(name)
        rows.append((name, _number(report[name]), spread, "" if chain is None else _number(chain)))
    rows += [(name, _number(value), "", "") for name, value in report["abstention"].items()]
    return rows + [(f"skipped: {reason}", _number(count), "", "") for reason, count in report["skipped"].items()]


def _number(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


def _step(relation: str | None) -> str:
    """Return a chain's step as a person reads it: an IRI by its last part; None is the end of the path."""
    if relation is None:
        return "(end)"
    name = relation.removeprefix("^")
    return ("^" if name != relation else "") + entity_name(name)


def _inert(value: object) -> object:
    """Spell out what would act on a reader, in every text that the template writes."""
    return inert(value) if type(value) is str else value
