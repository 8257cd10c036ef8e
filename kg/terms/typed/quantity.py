"""``Quantity``: an exact number and its unit; durations are quantities of time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from clew.kg.limits import MAX_VALUE_TEXT
from clew.kg.terms.names import local_name
from clew.kg.terms.typed.duration import DURATIONS, seconds_in
from clew.kg.terms.typed.number import MINUS, SPACES, Exact, number_in, whole_or_fraction, xsd_number
from clew.kg.terms.typed.units import SECOND, Unit, find_unit
from clew.kg.terms.vocabulary import XSD

INTEGERS = frozenset(
    XSD + sign + kind
    for sign, kinds in (
        ("", ("integer", "int", "long", "short", "byte")),
        ("unsigned", ("Int", "Long", "Short", "Byte")),
    )
    for kind in kinds
) | {XSD + sign + "Integer" for sign in ("nonNegative", "positive", "nonPositive", "negative")}
FLOATS = frozenset((XSD + "double", XSD + "float"))
NUMBERS = INTEGERS | FLOATS | {XSD + "decimal"}
"""The numeric datatypes of XML Schema."""

UNIT_SPACES = ("http://dbpedia.org/datatype/", "https://w3id.org/cdt/")
"""Datatypes that are units (DBpedia's), or whose lexical form ends with one (the custom datatypes of physical
quantities)."""

_INFINITE = 2**1024 - 2**970
"""What rounds to infinity."""
_TEXT = re.compile(
    rf"([+\-{MINUS}]?)([^0-9.,'’+\-{MINUS}{SPACES}]{{0,4}})[{SPACES}]?([+\-{MINUS}]?)"
    rf"((?:[0-9][0-9.,'’{SPACES}]*)?(?:[0-9]|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[{SPACES}]?([^0-9{SPACES}].*)?"
)
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALES = {
    "k": 10**3, "K": 10**3, "m": 10**6, "M": 10**6, "mn": 10**6, "b": 10**9, "B": 10**9, "bn": 10**9, "T": 10**12
}  # fmt: skip
"""Read only beside a currency: elsewhere they are units."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """``number`` in a ``unit`` (its symbol; empty for a plain number), exactly as it is written.

    ``amount`` is the same in ``base``, the unit that its kind of quantity is compared in.
    """

    number: Exact
    unit: str = ""

    @property
    def base(self) -> str:
        """The unit that ``amount`` is in: quantities with the same one are comparable."""
        unit = find_unit(self.unit)
        return self.unit if unit is None else unit.base

    @property
    def amount(self) -> Exact:
        """The number in the base unit."""
        unit = find_unit(self.unit)
        return self.number if unit is None else whole_or_fraction(self.number * unit.size + unit.offset)


def quantity_of(lexical: str, datatype: str) -> Quantity | None:
    """Return the quantity of a literal with a numeric datatype, a duration or a unit for a datatype; None where it is
    none (INF and NaN are none)."""
    if datatype in NUMBERS:
        number = xsd_number(lexical)
        return None if number is None or (datatype in FLOATS and _overflows(number)) else Quantity(number)
    if datatype in DURATIONS:
        seconds = seconds_in(lexical)
        return None if seconds is None else Quantity(seconds, SECOND)
    if datatype.startswith(UNIT_SPACES):
        return _in_unit(lexical, find_unit(local_name(datatype)))
    return None


def quantity_in(text: str) -> Quantity | None:
    """Return the quantity that a plain text writes: a number (see ``number_in``), with a known unit or currency behind
    it or a currency before it, with or without a scale word (``$5 million``), or an ISO duration; else None."""
    if len(text) > MAX_VALUE_TEXT:
        return None
    if text.startswith(("P", "-P")):
        seconds = seconds_in(text)
        return None if seconds is None else Quantity(seconds, SECOND)
    match = _TEXT.fullmatch(text)
    if match is None or (match[1] and match[3]):
        return None
    number, found = number_in((match[1] or match[3]) + match[4]), _scaled_unit(match[2], match[5] or "")
    if number is None or found is None:
        return None
    scale, unit = found
    return Quantity(whole_or_fraction(number * Fraction(scale)), unit)


def _scaled_unit(before: str, after: str) -> tuple[int, str] | None:
    """The scale and the unit's symbol of what stands before and after a number; None where either is unknown."""
    word, _, rest = after.partition(" ")
    unit = find_unit(before or rest.strip())
    money = unit is not None and unit.currency
    scale = _SCALES.get(word.lower()) or (_SHORT_SCALES.get(word) if money else None)
    if before and (not money or rest or (word and scale is None)):
        return None
    if scale is None and not before:
        unit = find_unit(after)
    return None if unit is None else (scale or 1, unit.symbol)


def _in_unit(lexical: str, unit: Unit | None) -> Quantity | None:
    number = xsd_number(lexical)
    if number is not None:
        return None if unit is None else Quantity(number, unit.symbol)
    return quantity_in(lexical)


def _overflows(number: Exact) -> bool:
    return not -_INFINITE < number < _INFINITE
