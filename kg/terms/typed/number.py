"""Exact numbers, from the lexical forms of XML Schema and from the ways in which people write them.

A point is a decimal point and a comma groups thousands, as in XML Schema and in English: ``1.234`` is just above one,
``1,234`` above a thousand. Other ways are read only where no second reading is possible: see ``number_in``.
"""

from __future__ import annotations

import re
from fractions import Fraction

from clew.kg.limits import MAX_NUMBER_DIGITS

Exact = int | Fraction
"""A rational number; a ``Fraction`` only where it is no whole number."""

SPACES = " \u00a0\u2009\u202f"
"""Space, no-break space, thin space and narrow no-break space: all group digits."""
MINUS = "\u2212"

_SIGN = rf"([+\-{MINUS}]?)"
_XSD = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?")
_PLAIN = re.compile(r"([0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_GROUPED = (
    re.compile(r"(?P<whole>[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.(?P<part>[0-9]+))?"),
    re.compile(r"(?P<whole>[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3})(?:\.(?P<part>[0-9]+))?"),  # lakhs and crores
    re.compile(
        rf"(?P<whole>[1-9][0-9]{{0,2}}(?P<by>[{SPACES}'’])[0-9]{{3}}(?:(?P=by)[0-9]{{3}})*)(?:[.,](?P<part>[0-9]+))?"
    ),
    re.compile(r"(?P<whole>[1-9][0-9]{0,2}(?:\.[0-9]{3})+),(?P<part>[0-9]+)"),
    re.compile(r"(?P<whole>0|[1-9][0-9]*),(?P<part>[0-9]+)"),  # no thousands, or the first form would have taken it
)
_NOT_DIGITS = re.compile(r"[^0-9]")
_PHONE_DIGITS = 7
"""A plus before so many digits, or before grouped ones, is that of a telephone number."""


def xsd_number(lexical: str) -> Exact | None:
    """Return the number that a lexical form of any numeric datatype of XML Schema writes, exactly as written (``0.1``
    of a double is a tenth); None for INF, NaN and what is no number."""
    match = _XSD.fullmatch(lexical)
    return None if match is None else _exact(match[1], match[2], match[3] or "", match[4] or "0")


def number_in(text: str) -> Exact | None:
    """Return the number that a plain text writes, None where it writes none or could mean another one.

    Read are ``1234.5``, ``-3``, ``1.2e6``; thousands grouped by commas, by spaces or apostrophes (``1 234 567,5``), by
    points only where a decimal comma follows (``1.234,5``; ``1.234.567`` may be a version or an address); a decimal
    comma where it groups no thousands (``12,50``). Not read: leading zeros (``007`` is a code), telephone numbers with
    a plus, ranges.
    """
    sign, body = re.match(_SIGN, text)[1], re.sub("^" + _SIGN, "", text)  # type: ignore[index]
    plain = _PLAIN.fullmatch(body)
    if plain is not None:
        whole, fraction, exponent = plain[1], plain[2] or "", plain[3] or "0"
        if not whole + fraction or (len(whole) > 1 and whole[0] == "0") or _is_phone(sign, whole):
            return None
        return _exact(sign, whole, fraction, exponent)
    grouped = next((match for form in _GROUPED if (match := form.fullmatch(body))), None)
    if grouped is None or sign == "+":
        return None
    return _exact(sign, _NOT_DIGITS.sub("", grouped["whole"]), grouped["part"] or "", "0")


def whole_or_fraction(number: Fraction) -> Exact:
    """Return a rational number as an ``int`` where it is whole."""
    return number.numerator if number.denominator == 1 else number


def approximate(number: Exact) -> float:
    """Return the nearest float, infinite beyond the largest: never of another order than the numbers themselves."""
    try:
        return float(number)
    except OverflowError:
        return float("inf") if number > 0 else float("-inf")


def _is_phone(sign: str, whole: str) -> bool:
    return sign == "+" and len(whole) >= _PHONE_DIGITS


def _exact(sign: str, whole: str, fraction: str, exponent: str) -> Exact | None:
    if len(exponent) > 6 or len(whole) + len(fraction) + abs(int(exponent)) > MAX_NUMBER_DIGITS:
        return None
    power = int(exponent) - len(fraction)
    digits = int(whole + fraction) * (-1 if sign in ("-", MINUS) else 1)
    return digits * 10**power if power >= 0 else whole_or_fraction(Fraction(digits, 10**-power))
