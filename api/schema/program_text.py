"""Formats what a program answers, and the program itself, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from clew.api.schema.models import AskResult, OperatorStep, ProgramInspection
from clew.api.schema.text import inert
from clew.kg.limits import MAX_PRINTED_ANSWERS, MAX_PRINTED_CELL_CHARS
from clew.tries.programs.tokens import Op

Found = AskResult | ProgramInspection


def value_lines(result: Found) -> Iterator[str]:
    """Yield what a program gives: labels, a number with what is behind it, yes or no, a table."""
    if isinstance(result.value, bool):
        yield "Yes." if result.value else "No."
        if not result.value:
            compared = result.steps[-1].token != Op.ASK
            where = "By what this graph states" if compared else "Not in this graph"
            yield f"{where}, version {result.version}."
    elif result.value is not None:
        yield f"{result.value:,} {result.unit}".rstrip()
        yield from _behind(result.steps)
    elif result.rows is not None:
        yield from table_lines(result.columns, result.rows[:MAX_PRINTED_ANSWERS])
        yield from _more(len(result.rows))
        if result.unit:
            yield f"In {result.unit}."
    else:
        yield from (answer.label for answer in result.answers[:MAX_PRINTED_ANSWERS])
        yield from _more(len(result.answers))


def table_lines(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table with aligned columns: the header, a line, the rows. Numbers are aligned at their end; long cells
    are cut."""
    cells = [[_short(cell) for cell in row] for row in (columns, *rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(columns))]
    right = [bool(rows) and all(_is_number(row[at]) for row in rows) for at in range(len(columns))]
    for number, row in enumerate(cells):
        padded = [
            cell.rjust(width) if end else cell.ljust(width) for cell, width, end in zip(row, widths, right, strict=True)
        ]
        yield "  ".join(padded).rstrip()
        if not number:
            yield "  ".join("-" * width for width in widths)


def tree_lines(steps: Sequence[OperatorStep]) -> Iterator[str]:
    """Yield a program as a tree: each operator above its operands, with what it stands for and what it leaves."""
    if steps:
        yield from _branch(steps, len(steps) - 1, "", "")


def step_line(step: OperatorStep) -> str:
    """Return an operator on one line: its token, the part of the question, and how many it leaves."""
    read = f'   "{step.text}"' if step.text else ""
    left = "" if step.count is None else f"   leaves {step.count:,}"
    left = left if step.value is None else f"   is {step.value:,}"
    without = f", {step.left_out:,} without a value" if step.left_out else ""
    return f"{step.token}{read}{left}{without}"


def operators_line(result: Found) -> str:
    """Return the number of operators and where they were done again."""
    count = len(result.steps)
    operators = "1 operator; it was" if count == 1 else f"{count} operators; each was"
    return f"{operators} done again over the stored statements of {result.graph} {result.version}: verified"


def _branch(steps: Sequence[OperatorStep], at: int, first: str, further: str) -> Iterator[str]:
    yield f"{first}{step_line(steps[at])}"
    operands = steps[at].operands
    for operand in operands:
        last = operand == operands[-1]
        mark, below = ("`- ", "   ") if last else ("|- ", "|  ")
        yield from _branch(steps, operand, further + mark, further + below)


def _behind(steps: Sequence[OperatorStep]) -> Iterator[str]:
    """Yield the first of those that are counted or summed."""
    some = steps[steps[-1].operands[0]]
    if some.members:
        more = (some.count or 0) - len(some.members)
        rest = f" and {more:,} more" if more > 0 else ""
        yield f"Of: {', '.join(node.label for node in some.members)}{rest}"


def _more(size: int) -> Iterator[str]:
    if size > MAX_PRINTED_ANSWERS:
        yield f"... and {size - MAX_PRINTED_ANSWERS:,} more"


def _short(cell: str) -> str:
    text = inert(cell)
    return text if len(text) <= MAX_PRINTED_CELL_CHARS else text[: MAX_PRINTED_CELL_CHARS - 1] + "…"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
