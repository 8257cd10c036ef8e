"""Words of a question that say how a stated literal compares: "more than 5", "before 1990", "from 3 to 7"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clew.decoding.programs.reading.comparatives import FORMS, GRADABLES
from clew.decoding.programs.reading.tagged import TaggedLiteral
from clew.kg.terms.typed.comparison import Comparison

_BEFORE = {
    "more than": ">", "over": ">", "above": ">", "after": ">", "less than": "<", "fewer than": "<", "under": "<",
    "below": "<", "before": "<", "at least": ">=", "since": ">=", "at most": "<=", "until": "<=", "up to": "<=",
    "in": "=", "exactly": "=",
}  # fmt: skip
_LAST_WORDS = re.compile(r"(?:(\w+)\s+)?(\w+)\s+(?:the )?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class StatedComparison:
    """How the values asked for compare with a literal of the question, in the words ``question[start:end]``.

    how: as of sizes: "older than 40" is ``>``. Of a ``word`` in ``TURNED_BY_DATES`` the direction is the other one
    where the attribute is a date: those older than 1990 were born before.
    literal: the index of the literal among the tagged ones; until: whether its ``until`` is compared with.
    word: the adjective in its base form ("old"), a key of ``GRADABLES``, or empty.
    behind: where a word behind the literal belongs to it ("more than 300 m *tall*").

    A literal that no words compare has none: ``=`` is meant ("the 1990 film").
    """

    start: int
    end: int
    how: Comparison
    literal: int
    until: bool = False
    word: str = ""
    behind: tuple[int, int] | None = None


def comparisons(question: str, literals: Sequence[TaggedLiteral]) -> list[StatedComparison]:
    """Return how a question compares what ``tag_literals`` found in it, in the order of the literals; of stretches of
    time ("between", "the 1990s") both ends. Time: linear in the question."""
    return [found for i, tag in enumerate(literals) for found in _before(question, i, tag)]


def _before(question: str, i: int, tag: TaggedLiteral) -> Iterator[StatedComparison]:
    match = _LAST_WORDS.search(question[: tag.start][-60:])
    if match is None:
        return
    shift, one, two = max(tag.start - 60, 0), (match[1] or "").lower(), match[2].lower()
    if one in FORMS and two == "than":
        word = FORMS[one].base
        how = Comparison.ABOVE if GRADABLES[word].direction > 0 else Comparison.BELOW
        yield StatedComparison(match.start(1) + shift, match.end(2) + shift, how, i, word=word)
    elif f"{one} {two}" in _BEFORE:
        how = Comparison(_BEFORE[f"{one} {two}"])
        yield StatedComparison(match.start(1) + shift, match.end(2) + shift, how, i)
    elif two in _BEFORE:
        yield StatedComparison(match.start(2) + shift, match.end(2) + shift, Comparison(_BEFORE[two]), i)
