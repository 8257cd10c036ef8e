"""A path drawn as one SVG for a page: the nodes in a row, an arrow between each two as the triple is stored.

It has no scripts, styles or links, takes its colour from the text around it, and labels in it are inert.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from clew.api.schema.models import Path, Relation
from clew.api.schema.text import inert

MAX_CHARS = 30
"""Characters of a label that are drawn; the whole label is in the title that shows when it is pointed at."""
_CHAR, _PAD, _BOX, _HEIGHT, _HEAD = 7.5, 12, 30, 44, 7
_FONT = 'text-anchor="middle" font-family="sans-serif" fill="currentColor" stroke="none"'


def thread_picture(path: Path) -> str:
    """Return the SVG of a path."""
    x = 1.0
    parts = [f"<title>{_text(path.text)}</title>"]
    parts += _node(x, path.nodes[0].label)
    x += _width(path.nodes[0].label)
    for relation, node in zip(path.relations, path.nodes[1:], strict=True):
        length = _width(relation.label)
        parts += _arrow(x, length, relation)
        parts += _node(x + length, node.label)
        x += length + _width(node.label)
    width = x + 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width:.0f} {_HEIGHT}" '
        f'width="{width:.0f}" height="{_HEIGHT}" stroke="currentColor" fill="none">{"".join(parts)}</svg>'
    )


def _node(x: float, label: str) -> Iterator[str]:
    width, top = _width(label), (_HEIGHT - _BOX) / 2
    yield f'<rect x="{x:.1f}" y="{top:.1f}" width="{width:.1f}" height="{_BOX}" rx="6"/>'
    yield _label(x + width / 2, _HEIGHT / 2 + 5, 14, label)


def _arrow(x: float, length: float, relation: Relation) -> Iterator[str]:
    middle, end = _HEIGHT / 2, x + length
    yield f'<path d="M{x:.1f} {middle:.1f}H{end:.1f}"/>'
    tip, back = (end, end - _HEAD) if relation.direction == "forward" else (x, x + _HEAD)
    yield f'<path fill="currentColor" d="M{tip:.1f} {middle:.1f}L{back:.1f} {middle - 4:.1f}V{middle + 4:.1f}z"/>'
    yield _label(x + length / 2, middle - 6, 12, relation.label)


def _label(x: float, y: float, size: int, label: str) -> str:
    title = f"<title>{_text(label)}</title>"
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}"'
    return f"<text {place} {_FONT}>{title}{_short(label)}</text>"


def _width(label: str) -> float:
    return _CHAR * min(len(inert(label)), MAX_CHARS) + 2 * _PAD


def _short(label: str) -> str:
    shown = inert(label)
    return escape(shown if len(shown) <= MAX_CHARS else shown[: MAX_CHARS - 1] + "…")


def _text(text: str) -> str:
    return escape(inert(text))
