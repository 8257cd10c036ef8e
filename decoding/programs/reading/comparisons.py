"""How a question compares the literals that it states: "more than 5", "before 1990", "from 3 to 7"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clew.decoding.programs.reading.comparatives import TURNED_BY_DATES
from clew.decoding.programs.reading.comparing_words import (
    TURNED,
    Phrase,
    adjective_behind,
    phrase_behind,
    phrases_before,
    vague_before,
)
from clew.decoding.programs.reading.tagged import LiteralKind, TaggedLiteral
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.comparison import Comparison, comparable, sort_key
from clew.kg.terms.typed.value import TypedValue, readings
from clew.kg.terms.vocabulary import XSD_STRING

_BETWEEN = re.compile(r"\b(between|from)\s(?:the\s)?(?:years?\s|ages\s(?:of\s)?)?(?:the\s)?\Z", re.IGNORECASE)
_JOINT = r"(?:\s|\s?(?=[-–—]))([-–—]|(?:to|and|until|till|through|thru|up\sto)(?=\s))\s?(?:the\s)?(?:year\s)?"
_TO = re.compile(_JOINT, re.IGNORECASE)
_TO_APART = re.compile(r"(?:\s[\w-]{1,30}){1,2}" + _JOINT, re.IGNORECASE)
"""With what is counted between: "between 5 sails and 9 sails"."""
_AFTER_BETWEEN = frozenset(("and", "to", "-", "–", "—"))
_AFTER_FROM = frozenset(("to", "until", "till", "through", "thru", "up to", "-", "–", "—"))
_INNER = frozenset(("to", "-", "–", "—"))
"""Between two literals of a range that neither "between" nor "from" announces."""

Measure = tuple[str, tuple[int, int] | None]
"""An adjective in its base form, and where it stands apart."""


@dataclass(frozen=True, slots=True)
class StatedComparison:
    """How the values asked for compare with a literal of the question, in the words ``question[start:end]``.

    how: as of sizes: "older than 40" is ``>``. Of a ``word`` in ``TURNED_BY_DATES`` the direction is the other one
    where the attribute is a date: those older than 1990 were born before.
    literal: the index of the literal among the tagged ones; until: whether its ``until`` is compared with.
    word: the adjective in its base form ("old"), a key of ``GRADABLES``; empty where there is none, and for "more" and
    "fewer", which compare the number of what is named.
    behind: the place of words that belong to it and stand apart ("more than 300 m *tall*", "more goals *than* 5").
    vague: "around 1990", "nearly 5": no comparison says exactly what is meant.

    A "not" that is not part of the words ("not in 1990") is left to the reader. A literal that no words compare has no
    comparison: ``=`` is meant ("the 1990 film").
    """

    start: int
    end: int
    how: Comparison
    literal: int
    until: bool = False
    word: str = ""
    behind: tuple[int, int] | None = None
    vague: bool = False


def comparisons(question: str, literals: Sequence[TaggedLiteral]) -> list[StatedComparison]:
    """Return how a question compares what ``tag_literals`` found in it, in the order of the literals; of ranges
    ("between 3 and 7": both belong to it) and of stretches of time ("in the 1990s") both ends.

    Words of times ("since", "in") say nothing of amounts. Time: linear in the question.
    """
    found: list[StatedComparison] = []
    groups = _groups(literals)
    at = 0
    while at < len(groups):
        ranged = _range(question, literals, groups[at], groups[at + 1]) if at + 1 < len(groups) else []
        following = literals[groups[at + 1][0]].start if at + 1 < len(groups) else -1
        found += ranged or _singles(question, literals, groups[at], following)
        at += 2 if ranged else 1
    return found


def _groups(literals: Sequence[TaggedLiteral]) -> list[list[int]]:
    """The indices of the literals by span."""
    groups: list[list[int]] = []
    for i, tag in enumerate(literals):
        if groups and literals[groups[-1][0]].start == tag.start:
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


# --- one literal
def _singles(
    question: str, literals: Sequence[TaggedLiteral], group: list[int], following: int
) -> list[StatedComparison]:
    """The comparisons of the readings of one span; ``following``: where the next literal begins, or -1."""
    tag = literals[group[0]]
    if tag.kind in (LiteralKind.TEXT, LiteralKind.ORDINAL):
        return []
    vague = vague_before(question, tag.start)
    phrase = _phrase(question, literals, group, vague[0] if vague else tag.start, following)
    if vague is not None:
        phrase = replace(phrase or Phrase(*vague, Comparison.EQUAL), end=max(vague[1], phrase.end if phrase else 0))
    measured = _measured(question, [literals[i] for i in group])
    found = [each for i in group for each in _single(question, literals[i], i, phrase, measured)]
    return [replace(each, vague=vague is not None) for each in found]


def _phrase(
    question: str, literals: Sequence[TaggedLiteral], group: list[int], end: int, following: int
) -> Phrase | None:
    """What the words before ``end``, where a literal begins, say of it, else those behind it."""
    timely = any(literals[i].kind is LiteralKind.TIME for i in group)
    phrase = next((each for each in phrases_before(question, end) if timely or not each.timely), None)
    tag = literals[group[0]]
    if phrase is not None and question[tag.start : tag.end].lower().endswith(" ago") and not phrase.timely:
        return replace(phrase, how=TURNED[phrase.how])  # more than ten years ago: before
    if phrase is None or phrase.how is Comparison.EQUAL:
        behind = phrase_behind(question, tag.end)
        return phrase if behind is None or _reaches(question, behind, following) else behind
    return phrase


def _measured(question: str, readings_of_one: Sequence[TaggedLiteral]) -> Measure | None:
    """The adjective behind a quantity, or "old" of an age."""
    tag = readings_of_one[0]
    if question[tag.start : tag.end].lower().rstrip("s").endswith(("old", "of age")):
        return "old", None
    return adjective_behind(question, tag.end) if any(map(_has_unit, readings_of_one)) else None


def _reaches(question: str, phrase: Phrase, following: int) -> bool:
    """Whether words behind a literal belong to the next one: "in 1990 and before *the 1st of May*"."""
    return phrase.end < following and question[phrase.end : following].lower().strip(" (") in ("", "the", "year")


def _single(
    question: str, tag: TaggedLiteral, i: int, phrase: Phrase | None, measured: Measure | None
) -> Iterator[StatedComparison]:
    if phrase is None and tag.until is None and measured is None:
        return
    phrase = phrase or Phrase(tag.start, tag.start, Comparison.EQUAL)
    if measured is not None and not phrase.word:
        phrase = replace(phrase, word=measured[0], rest=measured[1])
    if tag.until is not None and question[phrase.start : phrase.end].lower() in ("over", "within"):
        phrase = replace(phrase, how=Comparison.EQUAL)
    yield from _of(phrase, tag, i)


def _has_unit(tag: TaggedLiteral) -> bool:
    return tag.kind is LiteralKind.NUMBER and tag.literal.datatype == XSD_STRING and not tag.literal.lexical.isdigit()


def _of(phrase: Phrase, tag: TaggedLiteral, i: int) -> Iterator[StatedComparison]:
    """The comparisons with a literal, or with the ends of a stretch of time."""
    made = StatedComparison(phrase.start, phrase.end, phrase.how, i, word=phrase.word, behind=phrase.rest)
    if tag.until is not None and phrase.how is Comparison.EQUAL:
        yield replace(made, how=Comparison.AT_LEAST)
        yield replace(made, how=Comparison.AT_MOST, until=True)
        return
    late = phrase.how in (Comparison.ABOVE, Comparison.AT_MOST)
    turned = phrase.word in TURNED_BY_DATES
    yield replace(made, until=tag.until is not None and late is not turned)


# --- ranges
def _range(
    question: str, literals: Sequence[TaggedLiteral], first: list[int], last: list[int]
) -> list[StatedComparison]:
    """The comparisons of two literals that are the ends of a range; none where they are not."""
    low, high = literals[first[0]], literals[last[0]]
    if LiteralKind.TEXT in (low.kind, high.kind) or LiteralKind.ORDINAL in (low.kind, high.kind):
        return []
    before = _BETWEEN.search(question, max(low.start - 30, 0), low.start)
    to = _TO.fullmatch(question, low.end, high.start)
    if to is None and before is not None:
        to = _TO_APART.fullmatch(question, low.end, high.start)
    if to is None or not _joins(before, to[1].lower()):
        return []
    descends = _descends(low, high)
    if descends is None or (descends and before is None):
        return []
    hows = (Comparison.AT_MOST, Comparison.AT_LEAST) if descends else (Comparison.AT_LEAST, Comparison.AT_MOST)
    opening = [_end(literals, i, before.span(1) if before else to.span(1), hows[0]) for i in first]
    return [*opening, *(_end(literals, i, to.span(1), hows[1]) for i in last)]


def _joins(before: re.Match[str] | None, word: str) -> bool:
    """Whether a word between two literals makes them a range, with "between" or "from" before them or without."""
    if before is None:
        return word in _INNER
    return word in (_AFTER_BETWEEN if before[1].lower() == "between" else _AFTER_FROM)


def _end(literals: Sequence[TaggedLiteral], i: int, span: tuple[int, int], how: Comparison) -> StatedComparison:
    return StatedComparison(*span, how, i, how is Comparison.AT_MOST and literals[i].until is not None)


def _descends(low: TaggedLiteral, high: TaggedLiteral) -> bool | None:
    """Whether the second end of a range lies below the first; None where they do not compare."""
    pairs = ((one, other) for one in _values(low.literal) for other in _values(high.literal) if comparable(one, other))
    return next((sort_key(other) < sort_key(one) for one, other in pairs), None)


def _values(literal: Literal) -> tuple[TypedValue, ...]:
    if literal.datatype == XSD_STRING:
        return readings(literal.lexical)
    return () if literal.typed is None else (literal.typed,)
