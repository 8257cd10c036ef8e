from __future__ import annotations

import operator
import sys
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.programs.reading.comparatives import (
    COMPARATIVE,
    FORMS,
    GRADABLES,
    TURNED_BY_DATES,
    Degree,
    graded,
)
from clew.decoding.programs.reading.comparisons import StatedComparison, comparisons
from clew.decoding.programs.reading.literals import LiteralKind, TaggedLiteral, tag_literals
from clew.decoding.reading.lexicon import COMPARATIVES, EXTREMES
from clew.kg.graph.builder import GraphBuilder
from clew.kg.limits import MAX_QUESTION_CHARS
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.comparison import compare
from clew.kg.terms.typed.interval import days
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.value import TypedValue, kind_of, typed_value
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns.columns import ValueColumns
from clew.tries.programs.tokens import COMPARISONS
from clew.tries.programs.values import AttributeValues
from clew.tries.programs.values import holds as values_hold
from tests.decoding.programs.reading.texts import ANY_TEXT

TODAY = date(2026, 11, 30)

COMPARED = [
    ("more than 5 sails", ["more than | > 5"]),
    ("more than five sails", ["more than | > 5"]),
    ("over 5 sails", ["over | > 5"]),
    ("above 5 sails", ["above | > 5"]),
    ("in excess of 5 sails", ["in excess of | > 5"]),
    ("exceeding 5 sails", ["exceeding | > 5"]),
    ("that exceed 5 sails", ["exceed | > 5"]),
    ("greater than 5", ["greater than | > 5 | great"]),
    ("beyond 5", ["beyond | > 5"]),
    ("less than 5 sails", ["less than | < 5"]),
    ("fewer than 5 sails", ["fewer than | < 5"]),
    ("under 5 sails", ["under | < 5"]),
    ("below 5 sails", ["below | < 5"]),
    ("at least 5 sails", ["at least | >= 5"]),
    ("a minimum of 5 sails", ["a minimum of | >= 5"]),
    ("no fewer than 5 sails", ["no fewer than | >= 5"]),
    ("no less than 5 sails", ["no less than | >= 5"]),
    ("not less than 5 sails", ["not less than | >= 5"]),
    ("not under 5 sails", ["not under | >= 5"]),
    ("upwards of 5 sails", ["upwards of | >= 5"]),
    ("at most 5 sails", ["at most | <= 5"]),
    ("a maximum of 5 sails", ["a maximum of | <= 5"]),
    ("up to 5 sails", ["up to | <= 5"]),
    ("no more than 5 sails", ["no more than | <= 5"]),
    ("not more than 5 sails", ["not more than | <= 5"]),
    ("not over 5 sails", ["not over | <= 5"]),
    ("does not exceed 5 sails", ["not exceed | <= 5"]),
    ("doesn't exceed 5 sails", ["doesn't exceed | <= 5"]),
    ("not exceeding 5 sails", ["not exceeding | <= 5"]),
    ("exactly 5 sails", ["exactly | = 5"]),
    ("of exactly 5 sails", ["of exactly | = 5"]),
    ("precisely 5 sails", ["precisely | = 5"]),
    ("equal to 5", ["equal to | = 5"]),
    ("equals 5", ["equals | = 5"]),
    ("not equal to 5", ["equal to | = 5"]),
    ("greater than or equal to 5", ["greater than or equal to | >= 5 | great"]),
    ("less than or equal to 5", ["less than or equal to | <= 5"]),
    ("greater or equal to 5", ["greater or equal to | >= 5 | great"]),
    ("> 5", ["> | > 5"]),
    (">5", ["> | > 5"]),
    (">= 5", [">= | >= 5"]),
    ("≤ 5", ["≤ | <= 5"]),
    ("= 5", ["= | = 5"]),
    ("5 or more sails", ["or more | >= 5"]),
    ("5 or fewer sails", ["or fewer | <= 5"]),
    ("5 or less", ["or less | <= 5"]),
    ("5+ sails", ["+ | >= 5"]),
    ("5 plus sails", ["plus | >= 5"]),
    ("5 sails or more", ["or more | >= 5"]),
    ("5 at least", ["at least | >= 5"]),
    ("5 at most", ["at most | <= 5"]),
    ("5 exactly", ["exactly | = 5"]),
    ("18 and over", ["and over | >= 18"]),
    ("18 or older", ["or older | >= 18 | old"]),
    ("18 or younger", ["or younger | <= 18 | young"]),
    ("older than 40", ["older than | > 40 | old"]),
    ("older than 1990", ["older than | > 1990 | old"]),
    ("not older than 40", ["not older than | <= 40 | old"]),
    ("no older than 40", ["no older than | <= 40 | old"]),
    ("younger than 40", ["younger than | < 40 | young"]),
    ("newer than 1990", ["newer than | < 1990 | new"]),
    ("taller than 300 m", ["taller than | > 300 m | tall", "taller than | > 300 | tall"]),
    ("shorter than 300 m", ["shorter than | < 300 m | short", "shorter than | < 300 | short"]),
    (
        "more expensive than $40",
        ["more expensive than | > 40 USD | expensive", "more expensive than | > 40 | expensive"],
    ),
    (
        "less expensive than $40",
        ["less expensive than | < 40 USD | expensive", "less expensive than | < 40 | expensive"],
    ),
    ("cheaper than $40", ["cheaper than | < 40 USD | cheap", "cheaper than | < 40 | cheap"]),
    ("more populous than 40000", ["more populous than | > 40000 | populous"]),
    ("heavier than 2 tonnes", ["heavier than | > 2 t | heavy", "heavier than | > 2 | heavy"]),
    ("longer than two hours", ["longer than | > 2 h | long", "longer than | > 2 | long"]),
    ("not longer than two hours", ["not longer than | <= 2 h | long", "not longer than | <= 2 | long"]),
    ("as tall as 300 m", ["as tall as | = 300 m | tall", "as tall as | = 300 | tall"]),
    ("at least as tall as 300 m", ["at least as tall as | >= 300 m | tall", "at least as tall as | >= 300 | tall"]),
    ("more than 300 m tall", ["more than | > 300 m | tall | tall", "more than | > 300 | tall | tall"]),
    ("300 m tall", [" | = 300 m | tall | tall", " | = 300 | tall | tall"]),
    ("at most 12 feet deep", ["at most | <= 12 ft | deep | deep", "at most | <= 12 | deep | deep"]),
    ("more goals than 12", ["more | > 12 | than"]),
    ("fewer goals than 12", ["fewer | < 12 | than"]),
    ("a higher salary than 4000", ["higher | > 4000 | high | than"]),
    ("after 1990", ["after | > 1990"]),
    ("before 1990", ["before | < 1990"]),
    ("since 1990", ["since | >= 1990"]),
    ("until 1990", ["until | <= 1990"]),
    ("till 1990", ["till | <= 1990"]),
    ("up to 1990", ["up to | <= 1990"]),
    ("up to and including 1990", ["up to and including | <= 1990"]),
    ("by 1990", ["by | <= 1990"]),
    ("prior to 1990", ["prior to | < 1990"]),
    ("later than 1990", ["later than | > 1990 | late"]),
    ("earlier than 1990", ["earlier than | < 1990 | early"]),
    ("no later than 1990", ["no later than | <= 1990 | late"]),
    ("no earlier than 1990", ["no earlier than | >= 1990 | early"]),
    ("not before 1990", ["not before | >= 1990"]),
    ("not after 1990", ["not after | <= 1990"]),
    ("on or after 3 May 1990", ["on or after | >= 1990-05-03"]),
    ("on or before 3 May 1990", ["on or before | <= 1990-05-03"]),
    ("in 1990", ["in | = 1990"]),
    ("in the year 1990", ["in | = 1990"]),
    ("in the year of 1990", ["in | = 1990"]),
    ("during 1990", ["during | = 1990"]),
    ("on 3 May 1990", ["on | = 1990-05-03"]),
    ("at 17:30", ["at | = 17:30:00"]),
    ("from 1990", ["from | = 1990"]),
    ("from 1990 on", ["on | >= 1990"]),
    ("from 1990 onwards", ["onwards | >= 1990"]),
    ("since 1990 onwards", ["since | >= 1990"]),
    ("starting in 1990", ["starting in | >= 1990"]),
    ("1990 or later", ["or later | >= 1990 | late"]),
    ("1990 or earlier", ["or earlier | <= 1990 | early"]),
    ("1990 at the latest", ["at the latest | <= 1990"]),
    ("in 1990 or later", ["or later | >= 1990 | late"]),
    ("pre-1990", ["pre- | < 1990"]),
    ("post-1990", ["post- | > 1990"]),
    ("under-21", ["under- | < 21"]),
    ("after May 1990", ["after | > 1990-05"]),
    ("in the 1990s", ["in | >= 1990", "in | <= 1999"]),
    ("the 1990s", [" | >= 1990", " | <= 1999"]),
    ("of the 19th century", [" | >= 1801", " | <= 1900"]),
    ("before the 1990s", ["before | < 1990"]),
    ("after the 1990s", ["after | > 1999"]),
    ("since the 1990s", ["since | >= 1990"]),
    ("until the 1990s", ["until | <= 1999"]),
    ("by the 1990s", ["by | <= 1999"]),
    ("older than the 1990s", ["older than | > 1990 | old"]),
    ("newer than the 1990s", ["newer than | < 1999 | new"]),
    ("later than the 1990s", ["later than | > 1999 | late"]),
    ("over the last five years", ["over | >= 2021", "over | <= 2026"]),
    ("within the last five years", ["within | >= 2021", "within | <= 2026"]),
    ("within 5 km", ["within | <= 5 km", "within | <= 5"]),
    ("the 1990s or later", ["or later | >= 1990 | late"]),
    ("the 1990s or earlier", ["or earlier | <= 1999 | early"]),
    ("between 5 and 10", ["between | >= 5", "and | <= 10"]),
    ("between 5 to 10", ["between | >= 5", "to | <= 10"]),
    ("between 10 and 5", ["between | <= 10", "and | >= 5"]),
    ("from 5 to 10", ["from | >= 5", "to | <= 10"]),
    ("5 to 10 sails", ["to | >= 5", "to | <= 10"]),
    ("5-10 sails", ["- | >= 5", "- | <= 10"]),
    ("5–10 sails", ["– | >= 5", "– | <= 10"]),
    ("between 5 and 10 km", ["between | >= 5 km", "between | >= 5", "and | <= 10 km", "and | <= 10"]),
    ("between $5 and $10", ["between | >= 5 USD", "between | >= 5", "and | <= 10 USD", "and | <= 10"]),
    ("between 1990 and 1995", ["between | >= 1990", "and | <= 1995"]),
    ("from 1990 to 1995", ["from | >= 1990", "to | <= 1995"]),
    ("from 1990 until 1995", ["from | >= 1990", "until | <= 1995"]),
    ("from 1990 through 1995", ["from | >= 1990", "through | <= 1995"]),
    ("1990-1995", ["- | >= 1990", "- | <= 1995"]),
    ("1990–1995", ["– | >= 1990", "– | <= 1995"]),
    ("1914-18", [" | >= 1914", " | <= 1918"]),
    ("in 1914-18", ["in | >= 1914", "in | <= 1918"]),
    ("between the years 1990 and 1995", ["between | >= 1990", "and | <= 1995"]),
    ("between May 1990 and 1995", ["between | >= 1990-05", "and | <= 1995"]),
    ("between 3 May 1990 and 5 June 1991", ["between | >= 1990-05-03", "and | <= 1991-06-05"]),
    ("between the 1980s and the 1990s", ["between | >= 1980", "and | <= 1999"]),
    ("from the 18th to the 19th century", ["from | >= 1701", "to | <= 1900"]),
    ("from the 18th century to the 19th century", ["from | >= 1701", "to | <= 1900"]),
    ("ages 18 to 25", ["to | >= 18", "to | <= 25"]),
    ("more than 5 and fewer than 10", ["more than | > 5", "fewer than | < 10"]),
    ("after 1990 and before 1995", ["after | > 1990", "before | < 1995"]),
    ("after 1990 and before May 1995", ["after | > 1990", "before | < 1995-05"]),
    ("more than ten years ago", ["more than | < 2016"]),
    ("less than ten years ago", ["less than | > 2016"]),
    ("at least ten years ago", ["at least | <= 2016"]),
    ("more than 20 years old", ["more than | > 20 | old"]),
    ("20 years old", [" | = 20 | old"]),
    ("at most 12 years of age", ["at most | <= 12 | old"]),
    ("around 1990", ["around | = 1990 | vague"]),
    ("in about 1990", ["in about | = 1990 | vague"]),
    ("more than about 5 sails", ["more than about | > 5 | vague"]),
    ("nearly 5 million", ["nearly | = 5000000 | vague"]),
    ("~5 sails", ["~ | = 5 | vague"]),
    ("around the 1990s", ["around | >= 1990 | vague", "around | <= 1999 | vague"]),
    ("10 or above", ["or above | >= 10"]),
    ("by the end of 1990", ["by the end of | <= 1990"]),
    ("as of exactly 5", ["of exactly | = 5"]),
    ("between about 5 and 10", ["about | = 5 | vague"]),
    ("18th and 19th centuries", [" | >= 1701", " | <= 1800", " | >= 1801", " | <= 1900"]),
    ("around 1990", ["around | = 1990 | vague"]),
    ("about 5 sails", ["about | = 5 | vague"]),
    ("circa 1990", ["circa | = 1990 | vague"]),
    ("longer than an hour", ["longer than | > 1 h | long", "longer than | > 1 | long"]),
    ("more than twice", ["more than | > 2"]),
    ("in the second half of 2021", ["in | >= 2021-07", "in | <= 2021-12"]),
    ("between 5 sails and 9 sails", ["between | >= 5", "and | <= 9"]),
    ("from 5 large sails to 9 sails", ["from | >= 5", "to | <= 9"]),
    ("from 5 up to 9 sails", ["from | >= 5", "up to | <= 9"]),
]
"""Questions, and of each comparison the words, how, the literal, the adjective, what stands apart."""
TRAPS = [
    ("the 1990 edition", []),
    ("with 5 sails", []),
    ("of 5 sails", []),
    ("in 5 ports", []),
    ("at 5 ports", []),
    ("by 5 authors", []),
    ("on 5 decks", []),
    ("since five sails", []),
    ("other than 5", []),
    ("rather than 5", []),
    ("not in 1990", ["in | = 1990"]),
    ("not exactly 5", ["exactly | = 5"]),
    ("did not win more than 5", ["more than | > 5"]),
    ("the third largest", []),
    ("top 5", []),
    ("called 'more than 5'", []),
    ("more than 'Herons'", []),
    ("as many as 5", []),
    ("twice as many as 5", []),
    ("over and above 5", ["above | > 5"]),
    ("5 most populous", []),
    ("5 largest", []),
    ("5 and more than 10", ["more than | > 10"]),
    ("5 and 10 sails", []),
    ("5 or 10 sails", []),
    ("1990 and 1995", []),
    ("1990 or 1995", []),
    ("1990 to ten", []),
    ("from Oslo to 5", []),
    ("between Oslo and 1995", []),
    ("between 5 km and 1995", []),
    ("10-5", []),
    ("1995-1990", []),
    ("between 5", []),
    ("from 5", []),
    ("more, than 5", []),
    ("more than the 5", ["more than | > 5"]),
    ("more films older than 5", ["older than | > 5 | old"]),
    ("5+3", []),
    ("in 1990 and later in 1995", ["in | = 1990", "in | = 1995"]),
    ("in 1990 and before the war", ["in | = 1990"]),
    ("at the end of 1990", []),
    ("over the river in 1990", ["in | = 1990"]),
    ("under a bridge of 5 m", []),
    ("twice as tall as 300 m", []),
]
"""What compares nothing, or less than it seems to."""


def shown(question: str) -> list[str]:
    literals = tag_literals(question, TODAY)
    found = []
    for each in comparisons(question, literals):
        tag = literals[each.literal]
        literal = tag.until if each.until else tag.literal
        assert literal is not None
        parts = [question[each.start : each.end], f"{each.how} {literal.lexical}", each.word]
        parts += [question[slice(*each.behind)] if each.behind else "", "vague" if each.vague else ""]
        found.append(" | ".join(part for i, part in enumerate(parts) if part or not i))
    return found


@pytest.mark.parametrize(("question", "expected"), COMPARED)
def test_words_say_how_literals_compare(question: str, expected: list[str]) -> None:
    assert shown(question) == expected != []


@pytest.mark.parametrize(("question", "expected"), TRAPS)
def test_traps(question: str, expected: list[str]) -> None:
    assert shown(question) == expected


@pytest.mark.parametrize(("question", "expected"), COMPARED)
def test_case_and_words_around_do_not_matter(question: str, expected: list[str]) -> None:
    if question[0] in "0123456789<>=≤≥~" or question.startswith(("in ", "AD")):
        question = question.replace(" or ", " OR ")
    else:
        question = question.split(" ")[0].capitalize() + question[len(question.split(" ")[0]) :]
    assert [text.lower() for text in shown("Which ports have " + question + "?")] == [text.lower() for text in expected]


def test_the_tables_are_long_enough() -> None:
    assert len({question for question, _ in COMPARED}) >= 80
    assert len({question for question, _ in TRAPS}) >= 30


# --- what the comparisons mean


def holds(question: str, value: TypedValue) -> bool:
    """Whether a value compares so with the first reading of each literal of a question, by all its comparisons."""
    literals = tag_literals(question, TODAY)
    first = {tag.start: i for i, tag in reversed(list(enumerate(literals)))}
    found = [each for each in comparisons(question, literals) if each.literal in first.values()]
    assert found
    return all(_holds(each, literals[each.literal], value) for each in found)


def _holds(each: StatedComparison, tag: TaggedLiteral, value: TypedValue) -> bool:
    literal = tag.until if each.until else tag.literal
    assert literal is not None
    read = typed_value(literal.lexical, literal.datatype, kind_of(value))
    assert read is not None
    return compare(value, each.how, read)


SIZES: list[tuple[str, Callable[[int, int], bool]]] = [
    ("more than {}", operator.gt), ("over {}", operator.gt), ("no more than {}", operator.le),
    ("at most {}", operator.le), ("{} or fewer", operator.le), ("up to {}", operator.le), ("not over {}", operator.le),
    ("fewer than {}", operator.lt), ("under {}", operator.lt), ("at least {}", operator.ge), ("{}+", operator.ge),
    ("{} or more", operator.ge), ("no less than {}", operator.ge), ("exactly {}", operator.eq), (">= {}", operator.ge),
    ("< {}", operator.lt), ("taller than {}", operator.gt), ("shorter than {}", operator.lt),
    ("not longer than {}", operator.le), ("a smaller crew than {}", operator.lt),
]  # fmt: skip


@given(st.integers(0, 30), st.integers(2, 30), st.sampled_from(SIZES))
def test_sizes_compare_as_in_arithmetic(value: int, bound: int, phrase: tuple[str, Callable[[int, int], bool]]) -> None:
    words, holds_of = phrase
    assert holds(f"ships with {words.format(bound)} sails", Quantity(value)) is holds_of(value, bound)


@given(st.integers(0, 40), st.integers(1, 20), st.integers(21, 40), st.booleans())
def test_ranges_hold_their_ends_in_either_order(value: int, low: int, high: int, swapped: bool) -> None:
    one, other = (high, low) if swapped else (low, high)
    forms = ["between {} and {}", "from {} to {}", *([] if swapped else ["{} to {}", "{}-{}", "{} – {}"])]
    for form in forms:
        assert holds(f"ships with {form.format(one, other)} sails", Quantity(value)) is (low <= value <= high)


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)), st.integers(1010, 2190))
def test_years_and_decades_compare_with_days(day: date, year: int) -> None:
    value, decade = days(day.year, day.month, day.day), year // 10 * 10
    assert holds(f"ships built in {year}", value) is (day.year == year)
    assert holds(f"ships built before {year}", value) is (day.year < year)
    assert holds(f"ships built after {year}", value) is (day.year > year)
    assert holds(f"ships built since {year}", value) is (day.year >= year)
    assert holds(f"ships built by {year}", value) is (day.year <= year)
    if decade % 100:
        assert holds(f"ships built in the {decade}s", value) is (decade <= day.year < decade + 10)
        assert holds(f"ships built before the {decade}s", value) is (day.year < decade)
        assert holds(f"ships built after the {decade}s", value) is (day.year >= decade + 10)
        assert holds(f"ships built until the {decade}s", value) is (day.year < decade + 10)


@given(st.dates(date(1000, 1, 1)), st.integers(11, 25))
def test_centuries_compare_with_days(day: date, century: int) -> None:
    value, first = days(day.year, day.month, day.day), 100 * century - 99
    assert holds(f"ships of the {century}th century", value) is (first <= day.year < first + 100)
    assert holds(f"ships before the {century}th century", value) is (day.year < first)
    assert holds(f"ships after the {century}th century", value) is (day.year >= first + 100)


# --- with the values of a graph

YEARS = {"Alba": 1979, "Brio": 1980, "Cora": 1986, "Dora": 1989, "Esme": 1990, "Fria": 2004}
COLUMNS: list[Callable[[int], Literal]] = [
    lambda year: Literal(f"{year}", XSD + "integer"), lambda year: Literal(f"{year}", XSD + "gYear"),
    lambda year: Literal(f"{year}-07-03", XSD + "date"), lambda year: Literal(f"{year}"),
    lambda year: Literal(f"{year}-07-03T12:00:00Z", XSD + "dateTime"), lambda year: Literal(f"{year}-07-03"),
]  # fmt: skip


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(
    ("question", "ships"),
    [
        ("built in 1986", "C"), ("built before 1986", "AB"), ("built since 1986", "CDEF"), ("built after 1986", "DEF"),
        ("built in the 1980s", "BCD"), ("built in the eighties", "BCD"), ("built after the 1980s", "EF"),
        ("built in the 20th century", "ABCDE"), ("built this century", "F"), ("built from 1980 to 1986", "BC"),
        ("built between 1986 and 1990", "CDE"), ("built more than 38 years ago", "ABC"), ("built 1979-86", "ABC"),
        ("built in the last forty years", "CDEF"), ("built in 1989 or later", "DEF"), ("pre-1980 ships", "A"),
    ],
)  # fmt: skip
def test_years_compare_with_every_kind_of_column(question: str, ships: str, column: Callable[[int], Literal]) -> None:
    builder = GraphBuilder()
    for ship, year in YEARS.items():
        builder.edge(ship, "built", column(year))
    graph = builder.build()
    values, literals = AttributeValues(ValueColumns.of(graph)), tag_literals(question, TODAY)
    edges = [graph.edge_triple(edge) for edge in range(graph.num_edges)]
    numbers = values.numbers(0, np.array([tail for _, _, tail in edges], np.int32))
    kept = numbers >= 0
    assert kept.all()
    for each in comparisons(question, literals):
        literal = literals[each.literal].until if each.until else literals[each.literal].literal
        assert literal is not None
        kept &= values_hold(values.bounds(literal, each.how, int(values.group[0])), numbers, values.end)
    assert "".join(sorted(graph.label(edges[i][0])[0] for i in np.flatnonzero(kept))) == ships


# --- any text


@given(ANY_TEXT, st.dates())
def test_any_text_gives_comparisons_of_its_literals(text: str, today: date) -> None:
    literals = tag_literals(text, today)
    for each in comparisons(text, literals):
        tag = literals[each.literal]
        assert each.how in COMPARISONS
        assert 0 <= each.start <= each.end <= len(text)
        assert each.end <= tag.start or each.start >= tag.end
        assert each.until is False or tag.until is not None
        assert tag.kind in (LiteralKind.NUMBER, LiteralKind.TIME)
        assert not each.word or each.word in GRADABLES


@pytest.mark.parametrize(
    "piece", ["more than ", "than 5 ", "between 5 and ", "not ", "as tall as 5 m ", "5 or more ", "x"]
)
def test_work_grows_with_the_length_only(piece: str) -> None:
    def calls(size: int) -> int:
        text, count = (piece * MAX_QUESTION_CHARS)[:size], 0
        literals = tag_literals(text, TODAY)

        def counted(*_: object) -> None:
            nonlocal count
            count += 1

        before = sys.getprofile()
        sys.setprofile(counted)
        try:
            comparisons(text, literals)
        finally:
            sys.setprofile(before)
        return count

    assert calls(MAX_QUESTION_CHARS) < 5 * calls(MAX_QUESTION_CHARS // 4) + 100


# --- adjectives


def test_adjectives_are_many_and_measure_something() -> None:
    assert len(COMPARATIVE) >= 60
    assert set(COMPARATIVE.values()) == {1, -1}
    assert {base: each.direction for base, each in GRADABLES.items()} == COMPARATIVE
    assert all(each.measures for each in GRADABLES.values())
    assert all(not set(each.measures) & set(each.opposite) for each in GRADABLES.values())


def test_forms_cover_the_closed_lists_of_the_reader() -> None:
    comparatives = {word for word, form in FORMS.items() if form.degree is Degree.COMPARATIVE}
    superlatives = {word for word, form in FORMS.items() if form.degree is Degree.SUPERLATIVE}
    assert COMPARATIVES - comparatives == {"rather"}
    assert EXTREMES - superlatives == {"second", "third", "fourth", "fifth", "final", "finest"}
    assert {form.base for form in FORMS.values()} <= set(GRADABLES)


@pytest.mark.parametrize(
    ("word", "base", "direction", "measures"),
    [
        ("oldest", "old", 1, "age"), ("youngest", "young", -1, "age"), ("taller", "tall", 1, "height"),
        ("heaviest", "heavy", 1, "weight"), ("largest", "large", 1, "area"), ("cheapest", "cheap", -1, "price"),
        ("longest", "long", 1, "length"), ("latest", "late", 1, "date"), ("earliest", "early", -1, "date"),
        ("fastest", "fast", 1, "speed"), ("nearest", "near", -1, "distance"), ("worst", "bad", -1, "rating"),
        ("eldest", "old", 1, "age"), ("furthest", "far", 1, "distance"), ("newer", "new", -1, "age"),
        ("last", "late", 1, "date"), ("fewest", "few", -1, "number"), ("maximum", "high", 1, "elevation"),
    ],
)  # fmt: skip
def test_forms(word: str, base: str, direction: int, measures: str) -> None:
    gradable = GRADABLES[FORMS[word].base]
    assert (gradable.base, gradable.direction, gradable.measures[0]) == (base, direction, measures)


def test_dates_turn_ages() -> None:
    assert {"old", "young", "new"} <= TURNED_BY_DATES < set(GRADABLES)
    assert not {"late", "early", "recent", "tall", "fast"} & TURNED_BY_DATES
    assert all({"birth", "year"} <= set(GRADABLES[word].opposite) for word in TURNED_BY_DATES)


@given(st.sampled_from(sorted(GRADABLES)))
def test_more_and_less_are_opposite(base: str) -> None:
    more, less, most, least = (graded(grade, base) for grade in ("more", "less", "most", "least"))
    assert None not in (more, less, most, least)
    assert more[1] == most[1] == -less[1] == -least[1] == COMPARATIVE[base]
    assert more[0].degree is less[0].degree is Degree.COMPARATIVE
    assert most[0].degree is least[0].degree is Degree.SUPERLATIVE
    assert graded("rather", base) is None
