"""Compares two evaluations: differences of the averages, paired by question if details are available."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from clew.evaluation.report import AVERAGED, RESAMPLES, Report
from clew.kg.errors import BadFile

LEVEL = 0.95
_Z = 1.959964
"""Half-width of a 95% interval in standard errors."""

Row = dict[str, Any]
Place = tuple[int, str]


def compare(first: Path, second: Path, seed: int = 0) -> Report:
    """Return, for each average, both values and their difference (second minus first) with its 95% interval.

    Where both reports name a details file that can be read (beside the report, or from the working folder), questions
    of the same line and text are paired and the interval is a bootstrap over their differences; the values are then
    those of the pairs. Else it follows from the two reports' own intervals, as for independent samples.
    Raises ``BadFile`` for a file that holds no report.
    """
    reports = [_report(first), _report(second)]
    rows = [_rows(path, report) for path, report in zip((first, second), reports, strict=True)]
    result: Report = {"a": first.name, "b": second.name, "n_a": reports[0]["n"], "n_b": reports[1]["n"]}
    why = "no details of both"
    if rows[0] is not None and rows[1] is not None:
        shared = sorted(rows[0].keys() & rows[1].keys())
        pairs = [(rows[0][place], rows[1][place]) for place in shared]
        pairs = [(a, b) for a, b in pairs if a["answerable"] and b["answerable"]]
        if pairs:
            return result | {"paired": True, "pairs": len(pairs), "measures": _paired(pairs, seed)}
        why = "no question in common"
    return result | {"paired": False, "pairs": 0, "unpaired": why, "measures": _unpaired(*reports)}


def difference(first: Sequence[float], second: Sequence[float], seed: int) -> tuple[float, tuple[float, float]]:
    """Return the mean of the paired differences (second minus first) and its 95% percentile bootstrap interval.

    Swapping the two turns signs and ends of the interval round.
    """
    gaps = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    draws = np.random.default_rng(seed).integers(0, len(gaps), (RESAMPLES, len(gaps)))
    low, high = np.quantile(gaps[draws].mean(axis=1), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(gaps.mean()), (float(low), float(high))


def _paired(pairs: Sequence[tuple[Row, Row]], seed: int) -> Report:
    measures: Report = {}
    for name, field in (("hits@1", "hit"), *((name, name) for name, _ in AVERAGED[1:])):
        if all(field in row for pair in pairs for row in pair):
            a, b = ([float(pair[side][field]) for pair in pairs] for side in (0, 1))
            gap, interval = difference(a, b, seed)
            measures[name] = _measure(float(np.mean(a)), float(np.mean(b)), gap, interval)
            measures[name] |= {"better": _count(a, b), "worse": _count(b, a)}
    return measures


def _count(a: Sequence[float], b: Sequence[float]) -> int:
    return sum(y > x for x, y in zip(a, b, strict=True))


def _unpaired(first: Report, second: Report) -> Report:
    measures: Report = {}
    for name, _ in AVERAGED:
        a, b = first.get(name), second.get(name)
        if a is None or b is None:
            continue
        widths = [report.get("confidence_intervals", {}).get(name) for report in (first, second)]
        interval = None
        if all(widths):
            error = sum(((high - low) / (2 * _Z)) ** 2 for low, high in widths) ** 0.5
            interval = (b - a - _Z * error, b - a + _Z * error)
        measures[name] = _measure(a, b, b - a, interval)
    return measures


def _measure(a: float, b: float, gap: float, interval: tuple[float, float] | None) -> Report:
    sure = interval is not None and (interval[0] > 0 or interval[1] < 0)
    return {"a": a, "b": b, "difference": gap, "interval": interval, "significant": sure}


def _report(path: Path) -> Report:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadFile(f"{path}: cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise BadFile(f"{path}: not a report of clew eval --json (not JSON)") from None
    if not isinstance(report, dict) or not isinstance(report.get("n"), int) or "hits@1" not in report:
        raise BadFile(f"{path}: not a report of clew eval --json")
    return report


def _rows(path: Path, report: Report) -> dict[Place, Row] | None:
    """Return the details that a report names, by line and question; None where there are none to be read."""
    name = report.get("details")
    if not isinstance(name, str):
        return None
    for place in (path.parent / Path(name).name, Path(name)):
        try:
            rows = [json.loads(line) for line in place.read_text(encoding="utf-8").splitlines()]
            return {(int(row["line"]), str(row["question"])): row for row in rows if not row.get("deleted")}
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return None
