"""``TaggedLiteral``: a number, a time or a text that a question states, and where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clew.kg.terms.literal import Literal


class LiteralKind(StrEnum):
    """What a stated literal most likely is."""

    NUMBER = "number"
    TIME = "time"
    TEXT = "text"
    ORDINAL = "ordinal"
    """A place in an order: ``third`` in "the third largest"."""
    NONE = "none"
    """The number 0 that a negation stands for: "without an award"."""


@dataclass(frozen=True, slots=True)
class TaggedLiteral:
    """A literal that ``question[start:end]`` states.

    Years from 1000 to 9999 and numbers that may be such a year are plain texts, which compare with times and with
    numbers; other numbers are ``xsd:integer`` or ``xsd:decimal``, or plain texts with a unit ("5 km"). An amount in a
    unit has a second reading over the same span, the plain number, for columns without units.

    ``until``: of a stretch of time ("the 1990s") the last year or day that belongs to it, ``literal`` being the first:
    a value lies within where ``>= literal`` and ``<= until`` hold.
    """

    start: int
    end: int
    literal: Literal
    kind: LiteralKind
    until: Literal | None = None
