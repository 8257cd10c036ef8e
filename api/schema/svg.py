"""Parts of SVG pictures for pages. They have no scripts, styles or links; labels in them are inert."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from clew.api.schema.text import inert
from clew.kg.limits import MAX_DRAWN_CHARS

BOX = 30
"""Height of a box."""
_CHAR, _PAD = 7.5, 12
_FONT = 'text-anchor="middle" font-family="sans-serif" fill="currentColor" stroke="none"'
_NOT_IN_XML = re.compile("[\ufffe\uffff]")


def picture(width: float, height: float, title: str, parts: Iterable[str]) -> str:
    """Return the SVG of some parts. It takes its colour from the text around it."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size} stroke="currentColor" fill="none">'
        f"<title>{_text(title)}</title>{''.join(parts)}</svg>"
    )


def box(x: float, y: float, width: float, radius: int = 6) -> str:
    """Return a box whose left upper corner is at (x, y)."""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{BOX}" rx="{radius}"/>'


def label(x: float, y: float, size: int, text: str) -> str:
    """Return a label around (x, y), cut short; the whole text shows when it is pointed at."""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}"'
    return f"<text {place} {_FONT}><title>{_text(text)}</title>{_short(text)}</text>"


def arrow_head(x: float, y: float, length: float) -> str:
    """Return the head of an arrow whose tip is at (x, y); a negative length points to the left."""
    back = x - length
    return f'<path fill="currentColor" d="M{x:.1f} {y:.1f}L{back:.1f} {y - 4:.1f}V{y + 4:.1f}z"/>'


def label_width(text: str) -> float:
    """Return the width of a box around a label."""
    return _CHAR * min(len(inert(text)), MAX_DRAWN_CHARS) + 2 * _PAD


def _short(text: str) -> str:
    shown = inert(text)
    return _escaped(shown if len(shown) <= MAX_DRAWN_CHARS else shown[: MAX_DRAWN_CHARS - 1] + "…")


def _text(text: str) -> str:
    return _escaped(inert(text))


def _escaped(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", text))
