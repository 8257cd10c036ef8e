"""Compares tables: sets of rows, in whatever order of rows and columns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from clew.evaluation.metrics.cells import Cell, digits_of, rounded
from clew.kg.limits import MAX_PERMUTED_COLUMNS

Cells = tuple[Cell, ...]


def compare_rows(gold: Sequence[Cells], found: Sequence[Cells]) -> tuple[float, float]:
    """Return the precision and the recall of the distinct rows found, under the order of columns that fits best.

    Rows count once. Numbers are rounded to the digits that the numbers of the gold column have. Beyond
    ``MAX_PERMUTED_COLUMNS`` the columns are compared as they stand; other numbers of columns have nothing in common.
    """
    width = len(gold[0])
    if not found or any(len(row) != width for row in found):
        return 0.0, 0.0
    wanted, best = set(gold), (0, 1)
    fitted = _fitted(gold, found)
    for columns in _orders(gold, fitted):
        rows = set(zip(*columns, strict=True))
        best = max(best, (len(rows & wanted), len(rows)), key=lambda pair: pair[0] / (pair[1] + len(wanted)))
        if rows == wanted:
            break
    return best[0] / best[1], best[0] / len(wanted)


def _fitted(gold: Sequence[Cells], found: Sequence[Cells]) -> list[list[Cells]]:
    """Return ``[i][j]``: the i-th column found, rounded as the j-th gold column is."""
    wanted = [frozenset(column) for column in zip(*gold, strict=True)]
    digits = [digits_of(column) for column in wanted]
    return [
        [tuple(rounded(cell, n, own) for cell in column) for n, own in zip(digits, wanted, strict=True)]
        for column in zip(*found, strict=True)
    ]


def _orders(gold: Sequence[Cells], fitted: list[list[Cells]]) -> Iterator[list[Cells]]:
    """Yield the found columns in each order in which every one has a cell in common with its gold column, the order
    found first."""
    width = len(fitted)
    gold_columns = [set(column) for column in zip(*gold, strict=True)]
    meets = [[not gold_columns[j].isdisjoint(fitted[i][j]) for j in range(width)] for i in range(width)]
    orders = permutations(range(width)) if width <= MAX_PERMUTED_COLUMNS else iter([tuple(range(width))])
    for order in orders:
        if all(meets[i][j] for j, i in enumerate(order)):
            yield [fitted[i][j] for j, i in enumerate(order)]
