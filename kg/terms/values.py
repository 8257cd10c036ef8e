"""Typed literals from the cells of tables and the values of JSON."""

from __future__ import annotations

import re

from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import XSD

_TYPED = (
    (re.compile(r"[+-]?\d{1,18}"), "integer"),
    (re.compile(r"[+-]?\d*\.\d+"), "decimal"),
    (re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+"), "double"),
    (re.compile(r"\d{4}-\d\d-\d\d"), "date"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"), "dateTime"),
    (re.compile(r"true|false"), "boolean"),
)
_UNBOUNDED = {"inf": "INF", "-inf": "-INF", "nan": "NaN"}
"""What Python writes of numbers, as XML Schema writes it."""


def literal_of_cell(text: str) -> Literal:
    """A cell as the number, date, truth value or text that it reads as, so that values compare."""
    return next((Literal(text, XSD + kind) for pattern, kind in _TYPED if pattern.fullmatch(text)), Literal(text))


def literal_of_value(value: object) -> Literal | None:
    """The literal of a JSON or Python value, or None for what has none (None, containers)."""
    if isinstance(value, bool):
        return Literal(str(value).lower(), XSD + "boolean")
    if isinstance(value, int):
        return Literal(str(value), XSD + "integer")
    if isinstance(value, float):
        return Literal(_UNBOUNDED.get(repr(value), repr(value)), XSD + "double")
    return Literal(value) if isinstance(value, str) else None
