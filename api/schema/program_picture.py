"""A program drawn as one SVG: a tree that is read from left to right, the operands of an operator to its left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clew.api.schema.ask_result import OperatorStep
from clew.api.schema.svg import BOX, arrow_head, box, label, label_width, picture

_MARGIN, _ROW, _GAP, _HEAD = 10, 66, 44, 7


@dataclass(slots=True)
class _Placed:
    """An operator, its column and the middle of its box."""

    step: OperatorStep
    column: int
    y: float
    x: float = 0.0

    @property
    def width(self) -> float:
        return max(label_width(self.step.token), label_width(self.step.text))


def program_picture(program: str, steps: Sequence[OperatorStep]) -> str:
    """Return the SVG of a program: below each operator the part of the question that it stands for."""
    placed, leaves = _rows(steps)
    widths = [0.0] * (1 + max(one.column for one in placed))
    for one in placed:
        widths[one.column] = max(widths[one.column], one.width)
    for one in placed:
        one.x = _MARGIN + sum(widths[: one.column]) + _GAP * one.column + widths[one.column] / 2
    parts = [part for one in placed for at in one.step.operands for part in _edge(placed[at], one)]
    parts += [part for one in placed for part in _operator(one)]
    width = 2 * _MARGIN + sum(widths) + _GAP * (len(widths) - 1)
    return picture(width, 2 * _MARGIN + leaves * _ROW, program, parts)


def _rows(steps: Sequence[OperatorStep]) -> tuple[list[_Placed], int]:
    """Return the operators in their columns and rows, and the number of the leaves: operands come before what works on
    them."""
    placed: list[_Placed] = []
    leaves = 0
    for step in steps:
        operands = [placed[at] for at in step.operands]
        if operands:
            y = sum(one.y for one in operands) / len(operands)
        else:
            y, leaves = _MARGIN + BOX / 2 + leaves * _ROW, leaves + 1
        placed.append(_Placed(step, max((one.column + 1 for one in operands), default=0), y))
    return placed, leaves


def _edge(operand: _Placed, to: _Placed) -> Iterator[str]:
    start, end = operand.x + operand.width / 2, to.x - to.width / 2
    middle = (start + end) / 2
    curve = f"C{middle:.1f} {operand.y:.1f} {middle:.1f} {to.y:.1f} {end - _HEAD:.1f} {to.y:.1f}"
    yield f'<path d="M{start:.1f} {operand.y:.1f} {curve}"/>'
    yield arrow_head(end, to.y, _HEAD)


def _operator(one: _Placed) -> Iterator[str]:
    yield box(one.x - one.width / 2, one.y - BOX / 2, one.width, 4)
    yield label(one.x, one.y + 5, 14, one.step.token)
    if one.step.text:
        yield label(one.x, one.y + BOX / 2 + 13, 12, one.step.text)
