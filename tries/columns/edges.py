"""Compiled passes over edges to literals: what texts of a relation stand for, and the order of edges by value."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel

Array = np.ndarray[Any, np.dtype[Any]]

LITERALS, PLAIN, AS_NUMBER, AS_TIME, AS_YEAR, CODES, DIGITS, SHORTEST, LONGEST = range(9)
"""What is counted of a relation's edges: those to literals; of these to plain texts; of these to texts that read as
numbers, as times, as years only because they have four digits, to digits that begin with zero, and to digits; and the
least and the largest number of digits."""
COUNTS = 9
NOTHING, NUMBERS, TIMES = range(3)
"""What the plain texts of a relation stand for."""


@kernel
def count_texts(relation: Array, literal: Array, text: Array, number: Array, time: Array, counts: Array) -> None:
    """Count, in ``counts`` int64 ``[R, COUNTS]`` (all zero, ``SHORTEST`` large), the edges of each relation.

    Of edges: ``relation`` and ``literal``, the index of the tail. Of literals: ``text`` uint8 (0: none, 1: a plain
    text, 1 + n: one of n digits only), ``number`` and ``time`` int32: its values as these, -1 where it has none.
    """
    for edge in range(len(literal)):
        i = literal[edge]
        row = counts[relation[edge]]
        row[LITERALS] += 1
        if text[i] == 0:
            continue
        row[PLAIN] += 1
        row[AS_NUMBER] += number[i] >= 0
        row[AS_TIME] += time[i] >= 0
        row[AS_YEAR] += time[i] >= 0 and number[i] >= 0
        if text[i] > 1:
            row[DIGITS] += 1
            row[CODES] += number[i] < 0
            row[SHORTEST] = min(row[SHORTEST], text[i] - 1)
            row[LONGEST] = max(row[LONGEST], text[i] - 1)


@kernel
def values_of_edges(
    relation: Array, literal: Array, text: Array, number: Array, time: Array, way: Array, values: Array
) -> None:
    """Note in ``values`` int32 the value of each edge, -1 where it has none.

    ``way`` uint8 ``[R]``: what plain texts of a relation stand for. The value of other literals is their ``number``.
    """
    for edge in range(len(literal)):
        i = literal[edge]
        if text[i] == 0 or way[relation[edge]] == NUMBERS:
            values[edge] = number[i]
        else:
            values[edge] = time[i] if way[relation[edge]] == TIMES else -1


@kernel
def stable_order(keys: Array, order: Array, size: int) -> Array:
    """Sort ``order``, places of ``keys``, by their keys, all in ``0 .. size - 1``; equal keys stay in their order."""
    places = np.zeros(size + 1, np.int64)
    for i in order:
        places[keys[i] + 1] += 1
    for key in range(size):
        places[key + 1] += places[key]
    found = np.empty_like(order)
    for i in order:
        found[places[keys[i]]] = i
        places[keys[i]] += 1
    return found
