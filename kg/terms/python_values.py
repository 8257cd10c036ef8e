"""Values of literals in Python's own types."""

from __future__ import annotations

import datetime
from decimal import Decimal

from clew.kg.terms.typed.duration import DURATIONS
from clew.kg.terms.typed.interval import Interval, days
from clew.kg.terms.typed.quantity import FLOATS, INTEGERS, NUMBERS, Quantity
from clew.kg.terms.typed.value import BLANKS, TEXTS, TypedValue, typed_value
from clew.kg.terms.vocabulary import XSD

Value = bool | int | float | Decimal | datetime.date | datetime.datetime | datetime.timedelta | TypedValue | str

_NO_NUMBERS = {text: float(text) for text in ("INF", "+INF", "-INF", "NaN")}
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND = datetime.timedelta(microseconds=1)


def value_in_python(lexical: str, datatype: str) -> Value:
    """Return the value of a literal in the type of Python that holds it, else the typed value; of texts and of what the
    datatype does not allow, the lexical form.

    Python's dates and times hold the years 1 to 9999 and microseconds, a date no time zone (UTC is left out), a
    ``timedelta`` no months.
    """
    found = None if datatype in TEXTS else typed_value(lexical, datatype)
    text = lexical.strip(BLANKS)
    if found is None:
        return _NO_NUMBERS.get(text, lexical) if datatype in FLOATS else lexical
    if isinstance(found, Interval):
        return _time(found, text, datatype)
    return found if isinstance(found, bool) else _quantity(found, text, datatype)


def _quantity(found: Quantity, text: str, datatype: str) -> Value:
    if datatype in FLOATS:
        return float(text)
    if datatype in INTEGERS and isinstance(found.number, int):
        return found.number
    if datatype in NUMBERS:
        return Decimal(text)
    return _duration(found, text) if datatype in DURATIONS else found


def _duration(found: Quantity, text: str) -> Value:
    if "Y" in text or "M" in text.partition("T")[0]:
        return found
    try:
        exact = datetime.timedelta(microseconds=int(found.number * 10**6))
    except OverflowError:
        return found
    return exact if exact // _MICROSECOND == found.number * 10**6 else found


def _time(found: Interval, text: str, datatype: str) -> Value:
    if datatype == XSD + "gYear":
        return found if found.year is None else found.year
    try:
        if datatype == XSD + "date":
            day = datetime.date.fromisoformat(text.removesuffix("Z"))
            return day if found == days(day.year, day.month, day.day) else found
        if datatype in (XSD + "dateTime", XSD + "dateTimeStamp"):
            return _moment(found, datetime.datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        pass
    return found


def _moment(found: Interval, moment: datetime.datetime) -> Value:
    """A moment that Python read, unless it cut it off or took the start of a day for it."""
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
    instant = (zoned - _EPOCH) // _MICROSECOND == found.start * 10**6 and found.end == found.start
    return moment if instant else found
