"""Texts and numbers as they are compared: numbers by their amount, to the digits that are given; texts as labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from clew.evaluation.metrics.matching import normalise

Cell = str | Fraction
"""A text as ``normalise`` returns it, or a number."""

SIGNIFICANT = 4
"""Digits to which numbers of ``accept`` are compared: databases print averages with 4 to 15 of them."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,200}(?:\.[0-9]{0,200})?|\.[0-9]{1,200})(?:[eE][+-]?[0-9]{1,3})?")
_HALF = Fraction(1, 2)


def cell_of(content: str | Fraction | bool) -> Cell:
    """Return a cell's content as it is compared; "" is a blank."""
    if isinstance(content, bool):
        return "true" if content else "false"
    if isinstance(content, Fraction):
        return content
    return Fraction(text) if _NUMBER.fullmatch(text := content.strip()) else normalise(content)


def digits_of(cells: Iterable[Cell]) -> int:
    """Return how many digits after the point the numbers among some cells have, at most; all are finite decimals."""
    return max((_digits(cell) for cell in cells if isinstance(cell, Fraction)), default=0)


def _digits(number: Fraction) -> int:
    """Return the least n for which number * 10**n is whole: the larger exponent of 2 and 5 in the denominator."""
    exponents = []
    rest = number.denominator
    for prime in (2, 5):
        exponents.append(0)
        while rest % prime == 0:
            rest, exponents[-1] = rest // prime, exponents[-1] + 1
    return max(exponents)


def rounded(cell: Cell, digits: int, wanted: frozenset[Cell]) -> Cell:
    """Return a cell, a number rounded to so many digits: where it lies halfway, to the one that is ``wanted``."""
    if not isinstance(cell, Fraction):
        return cell
    scale: int = 10**digits
    ways = (Fraction(floor(cell * scale + _HALF), scale), Fraction(ceil(cell * scale - _HALF), scale))
    return next((way for way in ways if way in wanted), ways[0])


def alike(gold: Sequence[Cell], found: Sequence[Cell]) -> bool:
    """Return whether two collections hold the same cells, the found numbers rounded to the digits of the gold ones."""
    wanted, digits = frozenset(gold), digits_of(gold)
    return {rounded(cell, digits, wanted) for cell in found} == wanted


def close(gold: Fraction, found: Fraction) -> bool:
    """Return whether two numbers agree in ``SIGNIFICANT`` digits of the first; whole ones must be equal."""
    if gold == found or not gold or (gold.denominator == found.denominator == 1):
        return gold == found
    exponent = (Decimal(gold.numerator) / Decimal(gold.denominator)).adjusted()
    return abs(gold - found) <= Fraction(10) ** (exponent + 1 - SIGNIFICANT) / 2
