"""Durations as XML Schema writes them, in exact seconds.

XML Schema leaves open whether a month is longer than 30 days. So that all durations compare, a month lasts a 4800th of
the 400 years after which the calendar repeats, 30.436875 days, which agrees with XML Schema wherever that decides.
"""

from __future__ import annotations

import re
from fractions import Fraction

from clew.kg.limits import MAX_NUMBER_DIGITS
from clew.kg.terms.typed.calendar import DAY
from clew.kg.terms.typed.number import Exact, whole_or_fraction
from clew.kg.terms.vocabulary import XSD

MONTH = 146_097 * DAY // 4_800
"""Seconds; a year has twelve."""
DURATIONS = frozenset(XSD + name for name in ("duration", "dayTimeDuration", "yearMonthDuration"))

_DURATION = re.compile(
    r"(-?)P(?=[0-9T])(?:([0-9]+)Y)?(?:([0-9]+)M)?(?:([0-9]+)D)?"
    r"(?:T(?=[0-9])(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.([0-9]+))?S)?)?"
)
_SECONDS = (12 * MONTH, MONTH, DAY, 3600, 60, 1)


def seconds_in(lexical: str) -> Exact | None:
    """Return the seconds of a duration (``P1Y2M3DT4H5M6.7S``, ``-PT90M``), None where it is none."""
    match = _DURATION.fullmatch(lexical) if len(lexical) <= MAX_NUMBER_DIGITS else None
    if match is None:
        return None
    whole = sum(int(count or 0) * unit for count, unit in zip(match.groups()[1:7], _SECONDS, strict=True))
    fraction = match[8] or "0"
    total = whole_or_fraction(whole + Fraction(int(fraction), 10 ** len(fraction)))
    return -total if match[1] else total
