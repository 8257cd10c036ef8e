"""Numbers, times and quoted texts that a question states, as literals that compare with the values of a graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from clew.decoding.programs.reading.stated.amounts import amount_at, amount_tags
from clew.decoding.programs.reading.stated.dates import date_at
from clew.decoding.programs.reading.stated.forms import number_literal
from clew.decoding.programs.reading.stated.ordinals import ordinal_at
from clew.decoding.programs.reading.stated.periods import is_decade, period_at
from clew.decoding.programs.reading.stated.quotes import quoted_at
from clew.decoding.programs.reading.stated.relative import relative_at
from clew.decoding.programs.reading.stated.triggers import next_start, skip
from clew.decoding.programs.reading.tagged import LiteralKind, TaggedLiteral
from clew.kg.terms.literal import Literal

__all__ = ["LiteralKind", "TaggedLiteral", "tag_literals"]

_CODE = re.compile(r"\d{1,99}(?:[-–./:]\d{1,99}){2}|\d{1,9}(?:,\d{1,9}){1,9}-[a-z]", re.ASCII)
"""Versions, addresses, telephone numbers, names of chemicals."""
_JOINT = re.compile(r"[-–—,](?=\d)")
"""Between two numbers: a range or a list."""


def tag_literals(question: str, today: date) -> list[TaggedLiteral]:
    """Return what a question states, in its order. Spans do not overlap, except that those of several readings of one
    span are the same: the likeliest comes first.

    A stretch of time has its first year, month or day in ``literal`` and its last in ``until``. ``today`` is what "this
    year" goes by. Not tagged: codes, versions, telephone numbers, fractions ("two thirds"), "one" as a pronoun, names
    of months without anything that makes them a time. Time: linear in the question.
    """
    found: list[TaggedLiteral] = []
    at = next_start(question, 0)
    while at is not None:
        tags = list(_tags_at(question, at, today))
        found += tags
        joint = _JOINT.match(question, tags[-1].end) if tags else None
        at = joint.end() if joint else next_start(question, tags[-1].end if tags else skip(question, at))
    return found


def _tags_at(question: str, start: int, today: date) -> Iterator[TaggedLiteral]:
    """Give the readings of what begins at ``start``."""
    quoted = quoted_at(question, start)
    if quoted is not None:
        yield TaggedLiteral(start, quoted[1], Literal(quoted[0]), LiteralKind.TEXT)
        return
    times = list(_times_at(question, start, today))
    if times:
        yield from times
        yield from _seconds(question, times[0])
        return
    ordinal = ordinal_at(question, start)
    if ordinal is not None:
        yield TaggedLiteral(start, ordinal[1], number_literal(ordinal[0]), LiteralKind.ORDINAL)
        return
    amount = None if _CODE.match(question, start) else amount_at(question, start)
    if amount is not None:
        yield from amount_tags(question, amount)


def _seconds(question: str, decade: TaggedLiteral) -> Iterator[TaggedLiteral]:
    """Give the other readings of "90s" where nothing tells that it is a decade."""
    if question[decade.start : decade.start + 1].isdigit() and decade.end - decade.start == len("90s"):
        amount = amount_at(question, decade.start)
        if amount is not None and amount.end == decade.end and not is_decade(question, decade.start):
            yield from amount_tags(question, amount)


def _times_at(question: str, start: int, today: date) -> Iterator[TaggedLiteral]:
    relative = relative_at(question, start, today)
    if relative is not None:
        yield TaggedLiteral(start, relative[0], relative[1], LiteralKind.TIME, relative[2])
        return
    period = period_at(question, start, today)
    if period is not None:
        yield from (TaggedLiteral(start, period[0], first, LiteralKind.TIME, last) for first, last in period[1])
        return
    dated = date_at(question, start)
    if dated is not None:
        yield from (TaggedLiteral(start, dated[0], literal, LiteralKind.TIME) for literal in dated[1])
