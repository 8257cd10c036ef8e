"""Comparison of typed values.

Quantities compare where their units are the same or convertible, exactly. Of times, ``<`` says that the value lies
wholly before the literal, ``<=`` that it does not end after it, and so on; ``=`` that it lies within the literal, so
that a day equals its year, but the year not the day. ``=`` holds where ``<=`` and ``>=`` do. False equals false and is
less than true. Values of different kinds, and of units that do not convert, never compare: no operator holds.
"""

from __future__ import annotations

from enum import StrEnum

from clew.kg.terms.typed.interval import Interval
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, kind_of


class Comparison(StrEnum):
    """How a value stands to a literal."""

    EQUAL = "="
    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


def comparable(value: TypedValue, literal: TypedValue) -> bool:
    """Whether two values are of one kind, and of units that convert."""
    if kind_of(value) is not kind_of(literal):
        return False
    return not (isinstance(value, Quantity) and isinstance(literal, Quantity)) or value.base == literal.base


def compare(value: TypedValue, op: Comparison | str, literal: TypedValue) -> bool:
    """Whether ``value op literal`` holds; False for all operators where they do not compare.

    ``ValueError`` for an unknown operator.
    """
    op = Comparison(op)
    if not comparable(value, literal):
        return False
    if isinstance(value, Interval) and isinstance(literal, Interval):
        return _compare_times(value, op, literal)
    left, right = amount_of(value), amount_of(literal)
    if op is Comparison.EQUAL:
        return left == right
    if op in (Comparison.AT_MOST, Comparison.AT_LEAST) and left == right:
        return True
    return left < right if op in (Comparison.BELOW, Comparison.AT_MOST) else left > right


def _compare_times(value: Interval, op: Comparison, literal: Interval) -> bool:
    if op is Comparison.BELOW:
        return value.before(literal)
    if op is Comparison.ABOVE:
        return literal.before(value)
    if op is Comparison.AT_MOST:
        return value.ends_by(literal)
    return value.start >= literal.start if op is Comparison.AT_LEAST else value.within(literal)


def amount_of(value: TypedValue) -> Exact:
    """Return what quantities (of one base unit) and truth values are ordered by."""
    return value.amount if isinstance(value, Quantity) else int(value) if isinstance(value, bool) else 0
