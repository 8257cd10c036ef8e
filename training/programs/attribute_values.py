"""The values of an attribute, in the forms that graphs and tables give them."""

from __future__ import annotations

import math
import random

from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import XSD, XSD_STRING
from clew.training.programs.attributes import AttributeWords

WITH_UNITS = 0.25
"""Share of the columns of an attribute with units whose values bear one."""
TIES = 0.3
"""Share of columns with few values, each of several things."""


class ValueSampler:
    """Draws the values of columns. ``plain``: often as texts without a datatype, as tables hold them."""

    def __init__(self, rng: random.Random, plain: bool) -> None:
        self._rng, self._plain = rng, plain

    def column(self, words: AttributeWords, size: int) -> list[tuple[Literal, ...]]:
        """Return the values of so many things: mostly one, of some none, of a few two."""
        rng = self._rng
        datatype, unit = self._form(words)
        lack, twice = rng.choice((0.0, 0.0, 0.1, 0.3)), rng.choice((0.0, 0.0, 0.0, 0.1))
        pool = [self._text(words, datatype) for _ in range(max(3, size // 3))]
        few = rng.random() < TIES
        column = []
        for _ in range(size):
            count = 0 if rng.random() < lack else 2 if rng.random() < twice else 1
            texts = {rng.choice(pool) if few else self._text(words, datatype) for _ in range(count)}
            column.append(tuple(Literal(text + unit, XSD_STRING if unit else datatype) for text in sorted(texts)))
        return column

    def _form(self, words: AttributeWords) -> tuple[str, str]:
        """Return the datatype and what follows the number."""
        rng = self._rng
        if words.units and rng.random() < WITH_UNITS:
            return XSD_STRING, f" {rng.choice(words.units)}"
        if self._plain and rng.random() < 0.4:
            return XSD_STRING, ""
        if words.time:
            return XSD + rng.choice(("gYear", "gYear", "date", "integer")), ""
        return XSD + ("decimal" if words.decimals else "integer"), ""

    def _text(self, words: AttributeWords, datatype: str) -> str:
        rng = self._rng
        if words.time:
            year = rng.randint(int(words.low), int(words.high))
            date = f"{year}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}"
            return date if datatype == XSD + "date" else str(year)
        return number_text(self._number(words), words.decimals)

    def _number(self, words: AttributeWords) -> float:
        if not words.wide:
            return self._rng.uniform(words.low, words.high)
        low, high = math.log(max(words.low, 1)), math.log(words.high)
        return _rounded(math.exp(self._rng.uniform(low, high)))


def number_text(number: float, decimals: int) -> str:
    """Return a number as data hold it."""
    text = f"{number:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def _rounded(number: float) -> float:
    """Return a number with three significant digits."""
    digits = 2 - math.floor(math.log10(max(number, 1)))
    return round(number, digits)
