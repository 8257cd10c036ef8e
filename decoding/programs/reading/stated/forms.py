"""Literals of numbers and times, in the forms that compare with most values of a graph."""

from __future__ import annotations

from fractions import Fraction

from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.calendar import days_in_month
from clew.kg.terms.typed.number import Exact
from clew.kg.terms.vocabulary import XSD

_PLAIN_YEARS = range(1_000, 10_000)
"""Years that a plain text of digits is read as."""
_ALL_DIGITS = 10**400
"""More decimal places than a question can give a number: 99 digits, an exponent of 99."""


def number_literal(value: Exact) -> Literal:
    """Return a plain number as ``xsd:integer`` or ``xsd:decimal``."""
    return Literal(decimal_digits(value), XSD + ("integer" if Fraction(value).denominator == 1 else "decimal"))


def quantity_literal(value: Exact, unit: str) -> Literal:
    """Return a number in a unit (its symbol) as the text that ``typed_value`` reads."""
    return Literal(f"{decimal_digits(value)} {unit}")


def is_decimal(value: Exact) -> bool:
    """Return whether a number has an end when it is written in decimal digits."""
    return _ALL_DIGITS % Fraction(value).denominator == 0


def decimal_digits(value: Exact) -> str:
    """Return a decimal number without exponent; ``ValueError`` where it has no end."""
    if not is_decimal(value):
        raise ValueError(f"{value} has no end in decimal digits")
    number, places = Fraction(value), 0
    while number.denominator > 1:
        number, places = number * 10, places + 1
    digits = f"{abs(number.numerator):0{places + 1}d}"
    whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return "-" + whole if number < 0 else whole


def may_be_year(value: Exact) -> bool:
    """Return whether a plain text of a number is read as a year, too."""
    return value in _PLAIN_YEARS


def year_literal(year: int) -> Literal:
    """Return a year (0 is 1 BCE): a plain text where that compares with times and with numbers, else ``xsd:gYear``."""
    return Literal(str(year)) if may_be_year(year) else Literal(_digits(year), XSD + "gYear")


def month_literal(year: int, month: int) -> Literal:
    """Return a month of a year, ``xsd:gYearMonth``. ``month`` may lie outside of 1 .. 12, and counts on into other
    years."""
    years, month = divmod(month - 1, 12)
    return Literal(f"{_digits(year + years)}-{month + 1:02d}", XSD + "gYearMonth")


def day_literal(year: int, month: int, day: int) -> Literal | None:
    """Return a date, ``xsd:date``, None where there is no such day."""
    if not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    return Literal(f"{_digits(year)}-{month:02d}-{day:02d}", XSD + "date")


def yearly_literal(month: int, day: int = 0) -> Literal | None:
    """Return a month or a day of every year, ``xsd:gMonth`` or ``xsd:gMonthDay``; None where there is no such day."""
    if not day:
        return Literal(f"--{month:02d}", XSD + "gMonth")
    return Literal(f"--{month:02d}-{day:02d}", XSD + "gMonthDay") if 1 <= day <= days_in_month(1972, month) else None


def _digits(year: int) -> str:
    return f"-{-year:04d}" if year < 0 else f"{year:04d}"
