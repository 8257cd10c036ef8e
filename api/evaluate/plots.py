"""Plots of an evaluation, as coordinates for inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.evaluation.metrics.curves import Bin, CoveragePoint
from clew.evaluation.report import Report

LEFT, BOTTOM, WIDTH, HEIGHT = 40, 190, 290, 180
"""The plots' area in their SVGs, pixels."""


@dataclass(frozen=True, slots=True)
class PlotColumn:
    """One column of a bar chart: its place and size in the SVG (pixels), the label under it, and what it says."""

    x: str
    y: str
    width: str
    height: str
    label: str
    title: str


def curve(points: Sequence[CoveragePoint]) -> str:
    """Return the risk-coverage curve as the points of a polyline."""
    return " ".join(f"{LEFT + WIDTH * p.coverage:.1f},{BOTTOM - HEIGHT * p.risk:.1f}" for p in points)


def calibration_columns(bins: Sequence[Bin]) -> list[PlotColumn]:
    """Return one column per confidence bin, as high as the share that was right."""
    return [
        _column(
            LEFT + WIDTH * one.low + 1, WIDTH * (one.high - one.low) - 3, one.accuracy, "",
            f"confidence {one.low:.1f} to {one.high:.1f}: {one.count} answers, {one.accuracy:.2f} right",
        )
        for one in bins
    ]  # fmt: skip


def bars(groups: Report, measure: str = "hits@1") -> list[PlotColumn]:
    """Return one column per group of averages."""
    step = WIDTH / max(len(groups), 1)
    return [
        _column(
            LEFT + step * i + step * 0.2, step * 0.6, group[measure] or 0.0, name,
            f"{name}: {measure} {group[measure] or 0.0:.3f} of {group['n']}",
        )
        for i, (name, group) in enumerate(groups.items())
        if measure in group
    ]  # fmt: skip


def latency_columns(histogram: Report) -> list[PlotColumn]:
    """Return one column per bin of the latency histogram, the fullest at full height; empty ends are left out."""
    edges, counts = histogram["edges_ms"], histogram["counts"]
    if not sum(counts):
        return []
    filled = [i for i, count in enumerate(counts) if count]
    shown = range(filled[0], filled[-1] + 1)
    step = WIDTH / len(shown)
    return [
        _column(
            LEFT + step * at + 1, step - 2, counts[i] / max(counts), _below(edges, i), f"{_span(edges, i)}: {counts[i]}"
        )
        for at, i in enumerate(shown)
    ]


def _below(edges: Sequence[int], i: int) -> str:
    return f"<{edges[i]:,}" if i < len(edges) else f"≥{edges[-1]:,}"


def _span(edges: Sequence[int], i: int) -> str:
    if i == len(edges):
        return f"{edges[-1]:,} ms or more"
    return f"{edges[i - 1] if i else 0:,} to {edges[i]:,} ms"


def _column(x: float, width: float, share: float, label: str, title: str) -> PlotColumn:
    height = HEIGHT * share
    return PlotColumn(f"{x:.1f}", f"{BOTTOM - height:.1f}", f"{max(width, 1):.1f}", f"{height:.1f}", label, title)
