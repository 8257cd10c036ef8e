"""Numbers, times and quoted texts that a question states, as literals that compare with the values of a graph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from clew.decoding.programs.reading.tagged import LiteralKind, TaggedLiteral
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import XSD

__all__ = ["LiteralKind", "TaggedLiteral", "tag_literals"]

_QUOTED = re.compile(r"[\"“”]([^\"“”]{1,200})[\"“”]|(?<!\w)['‘]([^'‘’]{1,200})['’](?!\w)")
_NUMBER = re.compile(r"(?<![\w.,/:-])-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![\w/:-])")


def tag_literals(question: str, today: date) -> list[TaggedLiteral]:
    """Return what a question states, in its order. Spans do not overlap, except that those of several readings of one
    span are the same: the likeliest comes first.

    ``today`` is what "this year" goes by. Time: linear in the question.
    """
    texts = list(_texts(question))
    numbers = [tag for tag in _numbers(question) if not any(t.start < tag.end and tag.start < t.end for t in texts)]
    return sorted([*texts, *numbers], key=lambda tag: tag.start)


def _texts(question: str) -> Iterator[TaggedLiteral]:
    for match in _QUOTED.finditer(question):
        yield TaggedLiteral(*match.span(), Literal(match[1] or match[2]), LiteralKind.TEXT)


def _numbers(question: str) -> Iterator[TaggedLiteral]:
    for match in _NUMBER.finditer(question):
        text = match.group()
        year = re.fullmatch("1[0-9]{3}|20[0-9]{2}", text) is not None
        datatype = XSD + ("decimal" if "." in text else "integer")
        literal = Literal(text) if year else Literal(text.replace(",", ""), datatype)
        yield TaggedLiteral(*match.span(), literal, LiteralKind.TIME if year else LiteralKind.NUMBER)
