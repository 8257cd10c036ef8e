"""Draws paths as text: on one line, or as a drawing for terminals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clew.api.schema.models import Node, Path, Relation
from clew.api.schema.text import inert


@dataclass(frozen=True, slots=True)
class Pen:
    """The characters of a drawing."""

    line: str
    right: str
    left: str
    vertical: str
    down: str
    up: str


UNICODE = Pen("─", "▶", "◀", "│", "▼", "▲")
ASCII = Pen("-", ">", "<", "|", "v", "^")


def spell(nodes: Sequence[Node], relations: Sequence[Relation]) -> str:
    """Return a path on one line, arrows as stored: ``A -[r]-> B <-[s]- C``."""
    text = nodes[0].label
    for relation, node in zip(relations, nodes[1:], strict=True):
        forward = relation.direction == "forward"
        text += f" -[{relation.label}]-> {node.label}" if forward else f" <-[{relation.label}]- {node.label}"
    return text


def pen_for(encoding: str | None) -> Pen:
    """Return the pen that a terminal of this encoding can show."""
    try:
        "".join((UNICODE.line, UNICODE.right, UNICODE.left, UNICODE.vertical, UNICODE.down, UNICODE.up)).encode(
            encoding or "ascii"
        )
    except (UnicodeEncodeError, LookupError):
        return ASCII
    return UNICODE


def draw(path: Path, width: int, pen: Pen = UNICODE) -> list[str]:
    """Return the lines of a drawn path: across where it fits ``width`` columns, else down. Labels are made inert."""
    across = inert(path.nodes[0].label)
    for relation, node in zip(path.relations, path.nodes[1:], strict=True):
        across += f" {_arrow(relation, pen)} {inert(node.label)}"
    return [across] if len(across) <= width else _draw_down(path, pen)


def _arrow(relation: Relation, pen: Pen) -> str:
    name = f"{pen.line * 2} {inert(relation.label)} {pen.line * 2}"
    return name + pen.right if relation.direction == "forward" else pen.left + name


def _draw_down(path: Path, pen: Pen) -> list[str]:
    lines = [inert(path.nodes[0].label)]
    for relation, node in zip(path.relations, path.nodes[1:], strict=True):
        body = f" {pen.vertical} {inert(relation.label)}"
        lines += [body, f" {pen.down}"] if relation.direction == "forward" else [f" {pen.up}", body]
        lines.append(inert(node.label))
    return lines
