"""The unit that the name of an attribute states: "elevation in metres", ``weight_kg``."""

from __future__ import annotations

from clew.decoding.reading.relation_name import RelationName
from clew.kg.terms.typed.number import whole_or_fraction
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.units import Unit, find_unit

_SYMBOLS = frozenset((
    "m", "km", "cm", "mm", "kg", "g", "mg", "lb", "lbs", "ft", "mi", "yd", "oz", "kw", "mw", "kwh", "hp", "l", "ml",
    "mph", "kmh", "usd", "eur", "gbp", "hrs", "mins", "secs",
))  # fmt: skip
"""Symbols that are units at the end of a name; other symbols are only after "in"."""
_NAMES = 4
"""Letters from which a word is no symbol."""
_TIMES = frozenset(["year", "years", "month", "months", "week", "weeks", "day", "days", "people", "percent"])
"""Units that a name may end with for another reason: "birth year"."""


def named_unit(name: RelationName) -> Unit | None:
    """Return the unit in which the values of an attribute are, by its name; None where it says none."""
    words = name.words
    if len(words) < 2:
        return None
    last, before = words[-1], words[-2]
    sure = before == "in" or last in _SYMBOLS or (len(last) >= _NAMES and last not in _TIMES)
    found = find_unit(last) if sure else None
    return found if found is not None and found.symbol else None


def in_unit(stated: Quantity, unit: Unit) -> Quantity | None:
    """Return a quantity's number in another unit, without it; None where they measure different things."""
    if stated.base != unit.base or not stated.unit:
        return None
    return Quantity(whole_or_fraction((stated.amount - unit.offset) / unit.size))
