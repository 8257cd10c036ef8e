"""What lexical forms consist of, and what they are read as."""

from __future__ import annotations

from typing import Any

import numpy as np

from clew.kg.columnar.compiled import inlined

Array = np.ndarray[Any, np.dtype[Any]]

NO_VALUES, NUMBERS, TEXTS, TRUTHS, OTHERS = range(5)
"""How the literals with a suffix are read; ``OTHERS`` by ``clew.kg.terms.typed``."""
TIMES = 10
"""``TIMES + depth``: times, no finer than 1 (years), 2 (months), 3 (days) or 4 (moments)."""

NOTHING, NUMBER, TIME, TRUTH, UNREAD = range(5)
"""What a literal turned out to be."""
PARTS = 10**18
"""A number is ``whole + part / PARTS``, with ``0 <= part < PARTS``."""
DIGITS_HELD = 18
"""Digits of a number that compiled code reads: an int64 holds them."""

ZERO, NINE, PLUS, MINUS, POINT, COLON, COMMA, QUOTE = (ord(char) for char in "09+-.:,'")
LETTER_T, LETTER_Z = ord("T"), ord("Z")


@inlined
def is_digit(byte: Any) -> Any:
    """Whether a byte is a digit."""
    return ZERO <= byte <= NINE
