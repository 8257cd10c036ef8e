"""The decoding benchmark as an SVG: seconds a question, ours beside the baseline's, on a logarithmic scale."""

from __future__ import annotations

import math
from html import escape
from typing import Any

import numpy as np

BAR, GAP, LEFT, WIDTH = 16, 14, 210, 420
COLOURS = {"best-first": "#2b6cb0", "one pass": "#90cdf4", "Hugging Face beams": "#c05621"}


def plot(rows: list[dict[str, Any]], title: str) -> str:
    """Return an SVG with three bars per graph and score, each the mean over its questions."""
    groups = {
        name: {"best-first": mean(some, "seconds"), "one pass": mean(some, "one_pass_seconds"),
               "Hugging Face beams": mean(some, "hf_seconds")}
        for name, some in grouped(rows).items()
    }  # fmt: skip
    seconds = [value for group in groups.values() for value in group.values()]
    low, high = math.floor(math.log10(min(seconds))), math.ceil(math.log10(max(seconds)))
    scale = WIDTH / max(high - low, 1)
    lines, y = [], 40
    for name, group in groups.items():
        lines.append(f'<text x="{LEFT - 8}" y="{y + 1.5 * BAR + 4}" text-anchor="end">{escape(name)}</text>')
        for method, value in group.items():
            width = scale * (math.log10(value) - low)
            lines.append(f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" fill="{COLOURS[method]}"/>')
            lines.append(f'<text x="{LEFT + width + 4:.1f}" y="{y + BAR - 5}">{value:.3g} s</text>')
            y += BAR
        y += GAP
    ticks = [
        f'<line x1="{LEFT + scale * i}" y1="36" x2="{LEFT + scale * i}" y2="{y}" stroke="#ddd"/>'
        f'<text x="{LEFT + scale * i}" y="{y + 14}" text-anchor="middle">{10.0 ** (low + i):g}</text>'
        for i in range(high - low + 1)
    ]
    legend = [
        f'<rect x="{LEFT + 150 * i}" y="{y + 24}" width="10" height="10" fill="{colour}"/>'
        f'<text x="{LEFT + 150 * i + 14}" y="{y + 33}">{method}</text>'
        for i, (method, colour) in enumerate(COLOURS.items())
    ]
    body = "\n".join([f'<text x="8" y="20" font-weight="bold">{escape(title)}</text>', *ticks, *lines, *legend])
    size = f'width="{LEFT + WIDTH + 80}" height="{y + 44}"'
    style = 'font-family="sans-serif" font-size="12"'
    ground = '<rect width="100%" height="100%" fill="#fff"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {style}>\n{ground}\n{body}\n</svg>\n'


def grouped(rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return rows by graph and score."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(f"{row['graph']}, {row['score']}", []).append(row)
    return found


def mean(rows: list[dict[str, Any]], column: str) -> float:
    return float(np.mean([row[column] for row in rows]))
