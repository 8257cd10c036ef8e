"""An evaluation as one HTML file: figures, plots, and every question that went wrong. No script, nothing fetched."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources

from jinja2 import Environment

from api.text import inert
from evaluation.curves import calibration, risk_coverage
from evaluation.details import detail
from evaluation.evaluate import Asked
from evaluation.report import Report

MOST_ERRORS = 500
"""Wrong questions written out; more make a file that no browser likes."""
LEFT, BOTTOM, WIDTH, HEIGHT = 40, 190, 290, 180
"""The plots' area in their SVGs, pixels."""


def report_page(report: Report, asked: Sequence[Asked]) -> str:
    """Return the page. Labels are data: escaped by the template engine, control characters spelled out."""
    answerable = [one.score for one in asked if one.question.answerable]
    environment = Environment(autoescape=True, finalize=_inert, trim_blocks=True)
    environment.filters["number"] = _number
    source = resources.files("api").joinpath("templates/report.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        report=report,
        figures=_figures(report),
        hop_columns=["n", *report["confidence_intervals"]],
        coverage=" ".join(
            f"{LEFT + WIDTH * point.coverage:.1f},{BOTTOM - HEIGHT * point.risk:.1f}"
            for point in risk_coverage(answerable)
        ),
        bins=[
            (
                LEFT + WIDTH * one.low + 1,
                f"{BOTTOM - HEIGHT * one.accuracy:.1f}",
                f"{HEIGHT * one.accuracy:.1f}",
                f"{one.count} answers, {one.accuracy:.2f} right",
            )
            for one in calibration(answerable)
        ],
        errors=[detail(one) for one in asked if not _right(one)],
        most=MOST_ERRORS,
    )


def _right(asked: Asked) -> bool:
    return asked.score.exact == 1.0 if asked.question.answerable else asked.score.declined


def _figures(report: Report) -> list[tuple[str, str, str, str]]:
    """Return rows of name, value, interval and ceiling."""
    intervals = report["confidence_intervals"]
    named = ["path_valid", "linked", "link_accuracy", "ece", "errors", "p50_ms", "p95_ms", "peak_rss_mb"]
    rows = []
    for name in [*intervals, *named]:
        interval = intervals.get(name)
        spread = "" if not interval else f"{interval[0]:.3f} to {interval[1]:.3f}"
        ceiling = report.get(f"ceiling_{name}")
        rows.append((name, _number(report[name]), spread, "" if ceiling is None else _number(ceiling)))
    return rows + [(name, _number(value), "", "") for name, value in report["abstention"].items()]


def _number(value: float | int | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else f"{value:,}"


def _inert(value: object) -> object:
    """Spell out what would act on a reader, in every text that the template writes."""
    return inert(value) if type(value) is str else value
