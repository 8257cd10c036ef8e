"""The order in which a question asks for its answers: "sorted by price, the cheapest first"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clew.decoding.programs.reading.comparatives import FORMS, GRADABLES, Degree
from clew.decoding.programs.reading.question import AskedWords

_DOWN = r"descending|decreasing|reversed?|largest to smallest|highest to lowest|most to least|z to a"
_KIND = rf"(?:{_DOWN}|ascending|increasing|alphabetical(?:ly)?|lexicographical(?:ly)?|chronological(?:ly)?)"
_ORDER = re.compile(
    r",?(?: and)?\s*\b(?:(?:sort|order|arrange|rank|sorted|ordered|arranged|ranked)(?: them| it| the results?)?\s+"
    r"(?:by|in|alphabetically|from|according to)\b"
    rf"|(?:in|by)(?: the)?(?: \w+)? {_KIND}(?: \w+)? order\b|{_KIND}(?: order)?\b)[^?.,;]*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AskedOrder:
    """The words that ask for an order, as bits, and whether the greatest comes first. ``measures``: words of the
    attributes that an adjective there measures. ``by_name``: whether it is the alphabet's."""

    bits: int
    descending: bool
    measures: tuple[str, ...] = ()
    by_name: bool = False


def asked_order(asked: AskedWords) -> AskedOrder | None:
    """Return the order that a question asks for; None where it asks for none."""
    match = _ORDER.search(asked.text)
    if match is None or not asked.bits(*match.span()):
        return None
    bits = asked.bits(*match.span())
    words = [text for i, text in enumerate(asked.texts) if bits >> i & 1]
    extremes = [FORMS[word].base for word in words if word in FORMS and FORMS[word].degree is Degree.SUPERLATIVE]
    if extremes:
        gradable = GRADABLES[extremes[0]]
        return AskedOrder(bits, gradable.direction > 0, gradable.measures)
    by_name = any(text.startswith(("alphabetic", "lexicographic", "name")) for text in words)
    return AskedOrder(bits, re.search(_DOWN, match.group(), re.IGNORECASE) is not None, by_name=by_name)
