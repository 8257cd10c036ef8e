"""A line plot on logarithmic axes as an SVG file: no plotting library, nothing fetched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 90, 190, 50, 60
COLOURS = ("#0b6e4f", "#c0392b", "#2c5aa0", "#8e44ad", "#b9770e", "#34495e", "#16a085", "#7f8c8d")

Line = Sequence[tuple[float, float]]


def line_plot(
    path: Path, title: str, x: str, y: str, lines: Mapping[str, Line], ticks: Sequence[float], log_x: bool = False
) -> None:
    """Write a plot: one line per name; the y axis is logarithmic, the x axis if asked for.

    Args:
        path: the SVG file.
        title, x, y: the plot's title and what the axes show, with units.
        lines: (x, y) points per name, y above 0.
        ticks: the x values that are labelled.
        log_x: whether the x axis is logarithmic.
    """
    points = [point for line in lines.values() for point in line]
    low, high = (math.floor(math.log10(min(v for _, v in points))), math.ceil(math.log10(max(v for _, v in points))))
    high = max(high, low + 1)
    scale = math.log10 if log_x else float
    first, last = scale(min(ticks)), scale(max(ticks))

    def at(px: float, py: float) -> tuple[float, float]:
        across = (scale(px) - first) / ((last - first) or 1)
        up = (math.log10(py) - low) / (high - low)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    parts = [_text(WIDTH / 2, 24, title, 16, "middle"), _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, x, 13, "middle")]
    parts.append(
        f'<text x="22" y="{HEIGHT / 2}" font-size="13" text-anchor="middle" '
        f'transform="rotate(-90 22 {HEIGHT / 2})">{escape(y)}</text>'
    )
    for power in range(low, high + 1):
        _, level = at(min(ticks), 10.0**power)
        parts.append(f'<path d="M{LEFT} {level:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(LEFT - 8, level + 4, f"{10.0**power:,.10g}", 12, "end"))
    for tick in ticks:
        across, _ = at(tick, 10.0**low)
        parts.append(_text(across, HEIGHT - BOTTOM + 20, f"{tick:,g}", 12, "middle"))
    labels = sorted(((at(*line[-1])[1], i, name) for i, (name, line) in enumerate(lines.items())))
    floor = -math.inf
    for level, i, name in labels:
        floor = max(level, floor + 15)  # names beside their lines' ends, never on one another
        parts.append(_text(WIDTH - RIGHT + 10, floor + 4, name, 12, "start", COLOURS[i % len(COLOURS)]))
    for i, line in enumerate(lines.values()):
        colour = COLOURS[i % len(COLOURS)]
        places = [at(*point) for point in line]
        trace = " ".join(f"{px:.1f},{py:.1f}" for px, py in places)
        parts.append(f'<polyline points="{trace}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{px:.1f}" cy="{py:.1f}" r="3" fill="{colour}"/>' for px, py in places]
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" role="img">\n'
        f"<title>{escape(title)}</title>\n"
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>\n' + "\n".join(parts) + "\n</svg>\n",
        encoding="utf-8",
    )


def _text(x: float, y: float, text: str, size: int, anchor: str, colour: str = "#222") -> str:
    where = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {where} fill="{colour}">{escape(text)}</text>'
