"""Gradable adjectives of English: their comparative and superlative forms, and the attributes that they measure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Degree(StrEnum):
    """A form of an adjective."""

    COMPARATIVE = "comparative"
    SUPERLATIVE = "superlative"


@dataclass(frozen=True, slots=True)
class Gradable:
    """An adjective: which end of a scale it means, 1 for much (tall) and -1 for little (short); words in the names of
    the attributes that it measures, the likeliest first, and of those that it measures the other way round."""

    base: str
    direction: int
    measures: tuple[str, ...]
    opposite: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GradedForm:
    """What a word is a form of."""

    base: str
    degree: Degree


_AGES = ("birth", "born", "founded", "established", "built", "date", "year")
GRADABLES = {
    each.base: each
    for each in (
        Gradable("old", 1, ("age",), _AGES),
        Gradable("young", -1, ("age",), _AGES),
        Gradable("tall", 1, ("height",)),
        Gradable("large", 1, ("area", "population", "size", "capacity")),
        Gradable("high", 1, ("elevation", "height")),
        Gradable("long", 1, ("length", "duration", "running time")),
    )
}
"""Adjectives by their base form."""
TURNED_BY_DATES = frozenset(("old", "young", "new"))
"""Words that mean the other end of a date than of an age: the oldest has the greatest age and the least date."""
_FORMS = {
    "old": ("older", "oldest"), "young": ("younger", "youngest"), "tall": ("taller", "tallest"),
    "large": ("larger", "largest"), "high": ("higher", "highest"), "long": ("longer", "longest"),
}  # fmt: skip
FORMS = {
    word: GradedForm(base, degree) for base, pair in _FORMS.items() for word, degree in zip(pair, Degree, strict=True)
}
"""Comparative and superlative forms, in lower case; those with "more", "most", "less" and "least" left out."""
