"""The literals that a cell of a table stands for, by the type that its column declares."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from clew.kg.terms.literal import Literal
from clew.kg.terms.values import literal_of_cell
from clew.kg.terms.vocabulary import XSD

Literals = Callable[[Any], list[Literal]]

LITERALS = "literals"
"""The type of cells that are lists of literals already."""
GROUPED = "grouped"
"""The type of cells without a declared one where a comma may be the decimal mark."""
_INTEGERS = ("int", "integer", "long", "short", "byte")
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?"
_ZONE = r"(?:Z|[+-]\d\d:\d\d)"
_VALID = {
    **dict.fromkeys(_INTEGERS, (re.compile(r"[+-]?\d+"), "integer")),
    **dict.fromkeys(("float", "double"), (re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"), "double")),
    "boolean": (re.compile(r"true|false"), "boolean"),
    "date": (re.compile(r"\d{4}-\d\d-\d\d"), "date"),
    "time": (re.compile(_TIME + _ZONE), "time"),
    "localtime": (re.compile(_TIME), "time"),
    "datetime": (re.compile(rf"\d{{4}}-\d\d-\d\dT{_TIME}{_ZONE}"), "dateTime"),
    "localdatetime": (re.compile(rf"\d{{4}}-\d\d-\d\dT{_TIME}"), "dateTime"),
    "duration": (
        re.compile(r"-?P(?=.)(?:\d+Y)?(?:\d+M)?(?:\d+D)?(?:T(?=.)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"),
        "duration",
    ),
}  # fmt: skip
_NO_SECONDS = re.compile(r"(?<!:)(\d\d:\d\d)(?!:\d\d)(?=$|Z|[+-])")
_MAYBE_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:\.\d{3})+")


class BadCell(ValueError):
    """A cell that is no value of its column's type."""


def literals_of(kind: str) -> Literals | None:
    """How to read the cells of a column of a declared type (``int``, ``string[]``; ``""``: none declared), each
    raising ``BadCell``; None for a type that is not supported."""
    if kind in ("", GROUPED, LITERALS):
        untyped: dict[str, Literals] = {"": _guessed, GROUPED: _maybe_grouped, LITERALS: _as_they_are}
        return untyped[kind]
    inner = kind.removesuffix("[]")
    if inner in ("string", "char"):
        one: Callable[[str], Literal] = Literal
    elif inner in _VALID:
        one = _checked(inner)
    else:
        return None
    return (lambda text: [one(part) for part in parts_of(text)]) if kind.endswith("[]") else lambda text: [one(text)]


def parts_of(text: str) -> list[str]:
    """The members of an array written with ``;``; ``BadCell`` where they seem to be written with another mark."""
    if ";" not in text and "|" not in text:
        return [text.strip()] if text.strip() else []
    if ";" not in text:
        raise BadCell(f"the members of an array must be split by ';', not '|': {text!r}")
    return [part for part in (part.strip() for part in text.split(";")) if part]


def _checked(kind: str) -> Callable[[str], Literal]:
    pattern, datatype = _VALID[kind]

    def one(text: str) -> Literal:
        text = text.lower() if kind == "boolean" else text
        if not pattern.fullmatch(text):
            raise BadCell(f"{text!r} is no {kind}")
        return Literal(_NO_SECONDS.sub(r"\1:00", text, count=1) if "ime" in datatype else text, XSD + datatype)

    return one


def _guessed(text: str) -> list[Literal]:
    return [literal_of_cell(text)]


def _maybe_grouped(text: str) -> list[Literal]:
    """As usual, but ``1.234``, a thousand or one and a bit, stays text."""
    return [Literal(text) if _MAYBE_GROUPED.fullmatch(text) else literal_of_cell(text)]


def _as_they_are(cell: list[Literal]) -> list[Literal]:
    return cell
