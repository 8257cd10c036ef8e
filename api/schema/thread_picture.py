"""A path drawn as one SVG for a page: the nodes in a row, an arrow between each two as the triple is stored."""

from __future__ import annotations

from collections.abc import Iterator

from clew.api.schema.models import Path, Relation
from clew.api.schema.svg import BOX, arrow_head, box, label, label_width, picture

_HEIGHT, _HEAD = 44, 7


def thread_picture(path: Path) -> str:
    """Return the SVG of a path."""
    x = 1.0
    parts = [*_node(x, path.nodes[0].label)]
    x += label_width(path.nodes[0].label)
    for relation, node in zip(path.relations, path.nodes[1:], strict=True):
        length = label_width(relation.label)
        parts += _arrow(x, length, relation)
        parts += _node(x + length, node.label)
        x += length + label_width(node.label)
    return picture(x + 1, _HEIGHT, path.text, parts)


def _node(x: float, text: str) -> Iterator[str]:
    width = label_width(text)
    yield box(x, (_HEIGHT - BOX) / 2, width)
    yield label(x + width / 2, _HEIGHT / 2 + 5, 14, text)


def _arrow(x: float, length: float, relation: Relation) -> Iterator[str]:
    middle, end = _HEIGHT / 2, x + length
    yield f'<path d="M{x:.1f} {middle:.1f}H{end:.1f}"/>'
    yield arrow_head(end, middle, _HEAD) if relation.direction == "forward" else arrow_head(x, middle, -_HEAD)
    yield label(x + length / 2, middle - 6, 12, relation.label)
