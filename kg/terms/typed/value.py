"""The typed value of a literal: what its datatype says, or what a plain text can be read as."""

from __future__ import annotations

from enum import StrEnum

from clew.kg.terms.typed.interval import Interval, Timeline
from clew.kg.terms.typed.moment import DECADE, TIMES, time_in, time_of
from clew.kg.terms.typed.quantity import Quantity, quantity_in, quantity_of
from clew.kg.terms.vocabulary import RDF_DIRLANGSTRING, RDF_LANGSTRING, XSD, XSD_STRING

TypedValue = Quantity | Interval | bool

TEXTS = frozenset((XSD_STRING, RDF_LANGSTRING, RDF_DIRLANGSTRING))
"""The datatypes of plain text, which is a number or a time only where the values around it are."""
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
BLANKS = " \t\r\n"


class ValueKind(StrEnum):
    """What values are compared as; those of different kinds never are."""

    NUMBER = "number"
    TIME = Timeline.TIME.value
    DAY_TIME = Timeline.DAY.value
    YEAR_DAY = Timeline.YEAR.value
    MONTH_DAY = Timeline.MONTH.value
    TRUTH = "truth value"


def kind_of(value: TypedValue) -> ValueKind:
    """Return the kind of a value."""
    if isinstance(value, bool):
        return ValueKind.TRUTH
    return ValueKind.NUMBER if isinstance(value, Quantity) else ValueKind(value.timeline.value)


def typed_value(lexical: str, datatype: str = XSD_STRING, kind: ValueKind | None = None) -> TypedValue | None:
    """Return the value of a literal, None where it has none.

    A plain text (in whatever language) is read as a quantity, else as a time: ``1990`` is a number. ``kind`` asks for a
    value of one kind only; as a time, ``1990`` is the year.
    """
    text = lexical.strip(BLANKS)
    if datatype in TEXTS:
        number = kind in (None, ValueKind.NUMBER) and not DECADE.fullmatch(text)
        quantity = quantity_in(text) if number else None
        return time_in(text) if quantity is None and kind in (None, ValueKind.TIME) else quantity
    found = _of_datatype(text, datatype)
    return found if found is None or kind in (None, kind_of(found)) else None


def readings(text: str) -> tuple[TypedValue, ...]:
    """Return all that a plain text can be read as: the number and the year, for ``1990``."""
    found = (typed_value(text, kind=kind) for kind in (ValueKind.NUMBER, ValueKind.TIME))
    return tuple(value for value in found if value is not None)


def _of_datatype(text: str, datatype: str) -> TypedValue | None:
    if datatype in TIMES:
        return time_of(text, datatype)
    return _TRUTH.get(text) if datatype == XSD + "boolean" else quantity_of(text, datatype)
