from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.programs.reading.literals import LiteralKind, TaggedLiteral, tag_literals
from clew.decoding.programs.reading.stated.dates import MONTHS
from clew.kg.limits import MAX_QUESTION_CHARS
from clew.kg.terms.typed.interval import Interval, days, months, years
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.units import find_unit
from clew.kg.terms.typed.value import TypedValue, ValueKind, readings, typed_value
from tests.decoding.programs.reading.texts import ANY_TEXT

TODAY = date(2026, 11, 30)

STATED = [
    ("Which lakes are deeper than 300?", ["300 = number 300 integer"]),
    ("Ports with 0 cranes", ["0 = number 0 integer"]),
    ("More than 1,250 seats", ["1,250 = number 1250 integer"]),
    ("over 12,345,678 readers", ["12,345,678 = number 12345678 integer"]),
    ("a budget of 3.75", ["3.75 = number 3.75 decimal"]),
    ("a share of .25", [".25 = number 0.25 decimal"]),
    ("2 500 000 trees", ["2 500 000 = number 2500000 integer"]),
    ("10 000 steps", ["10 000 = number 10000 integer"]),
    ("12,34,567 voters", ["12,34,567 = number 1234567 integer"]),
    ("1.5e6 cells", ["1.5e6 = number 1500000 integer"]),
    ("below -12", ["-12 = number -12 integer"]),
    ("below −12.5", ["−12.5 = number -12.5 decimal"]),
    ("minus 40", ["minus 40 = number -40 integer"]),
    ("three sisters", ["three = number 3 integer"]),
    ("twenty-five rooms", ["twenty-five = number 25 integer"]),
    ("twenty five rooms", ["twenty five = number 25 integer"]),
    ("one hundred and six bridges", ["one hundred and six = number 106 integer"]),
    ("two thousand five hundred and one", ["two thousand five hundred and one = number 2501 integer"]),
    ("a hundred ships", ["a hundred = number 100 integer"]),
    ("a thousand and one nights", ["a thousand and one = number 1001 integer"]),
    ("a dozen eggs", ["a dozen = number 12 integer"]),
    ("two dozen eggs", ["two dozen = number 24 integer"]),
    ("half a million", ["half a million = number 500000 integer"]),
    ("two and a half million", ["two and a half million = number 2500000 integer"]),
    ("1.5 million", ["1.5 million = number 1500000 integer"]),
    ("2 thousand", ["2 thousand = number 2000 integer"]),
    ("10k followers", ["10k = number 10000 integer"]),
    ("5M downloads", ["5M = number 5000000 integer"]),
    ("3bn trees", ["3bn = number 3000000000 integer"]),
    ("five hundred thousand", ["five hundred thousand = number 500000 integer"]),
    ("3 crore rupees", ["3 crore rupees = number 30000000 INR text", "3 crore rupees = number 30000000 integer"]),
    ("7 million", ["7 million = number 7000000 integer"]),
    ("nineteen eighty-six", ["nineteen eighty-six = time 1986 text"]),
    ("twenty twenty-four", ["twenty twenty-four = time 2024 text"]),
    ("nineteen oh five", ["nineteen oh five = time 1905 text"]),
    ("1500 voters", ["1500 = time 1500 text"]),
    ("more than 1500", ["1500 = number 1500 text"]),
    ("in 1500", ["1500 = time 1500 text"]),
    ("in 476", ["476 = number 476 integer", "476 = time 0476 gYear"]),
    ("before 800", ["800 = number 800 integer", "800 = time 0800 gYear"]),
    ("5 km", ["5 km = number 5 km text", "5 km = number 5 integer"]),
    ("5km", ["5km = number 5 km text", "5km = number 5 integer"]),
    ("5 kilometers long", ["5 kilometers = number 5 km text", "5 kilometers = number 5 integer"]),
    ("30 square miles", ["30 square miles = number 30 mi² text", "30 square miles = number 30 integer"]),
    ("60 km/h", ["60 km/h = number 60 km/h text", "60 km/h = number 60 integer"]),
    ("12 °C", ["12 °C = number 12 °C text", "12 °C = number 12 integer"]),
    ("-12 °C", ["-12 °C = number -12 °C text", "-12 °C = number -12 integer"]),
    ("30 degrees Celsius", ["30 degrees Celsius = number 30 °C text", "30 degrees Celsius = number 30 integer"]),
    ("25%", ["25% = number 25 % text", "25% = number 25 integer"]),
    ("25 percent", ["25 percent = number 25 % text", "25 percent = number 25 integer"]),
    ("10 GB", ["10 GB = number 10 GB text", "10 GB = number 10 integer"]),
    ("5 inches", ["5 inches = number 5 in text", "5 inches = number 5 integer"]),
    ("6 ft 2 in", ["6 ft 2 in = number 74 in text", "6 ft 2 in = number 74 integer"]),
    (
        "1 hour and 45 minutes",
        ["1 hour and 45 minutes = number 105 min text", "1 hour and 45 minutes = number 105 integer"],
    ),
    ("2 h 30 min", ["2 h 30 min = number 150 min text", "2 h 30 min = number 150 integer"]),
    ("$3 million", ["$3 million = number 3000000 USD text", "$3 million = number 3000000 integer"]),
    ("$2.5bn", ["$2.5bn = number 2500000000 USD text", "$2.5bn = number 2500000000 integer"]),
    ("$4m", ["$4m = number 4000000 USD text", "$4m = number 4000000 integer"]),
    ("€40", ["€40 = number 40 EUR text", "€40 = number 40 integer"]),
    ("40 euros", ["40 euros = number 40 EUR text", "40 euros = number 40 integer"]),
    ("US$ 12", ["US$ 12 = number 12 USD text", "US$ 12 = number 12 integer"]),
    ("EUR 12.50", ["EUR 12.50 = number 12.5 EUR text", "EUR 12.50 = number 12.5 decimal"]),
    ("40 pounds", ["40 pounds = number 40 lb text", "40 pounds = number 40 GBP text", "40 pounds = number 40 integer"]),
    ("20 years old", ["20 years old = number 20 integer"]),
    ("a 7-year-old", ["7-year-old = number 7 integer"]),
    ("18 years", ["18 years = number 18 yr text", "18 years = number 18 integer"]),
    ("three weeks", ["three weeks = number 3 wk text", "three weeks = number 3 integer"]),
    ("50 people", ["50 = number 50 integer"]),
    (
        "between 5 and 10 million",
        ["5 = number 5000000 integer", "5 = number 5 integer", "10 million = number 10000000 integer"],
    ),
    (
        "between 20 and 30 km",
        ["20 = number 20 km text", "20 = number 20 integer", "30 km = number 30 km text", "30 km = number 30 integer"],
    ),
    (
        "from 3 to 5 hours",
        ["3 = number 3 h text", "3 = number 3 integer", "5 hours = number 5 h text", "5 hours = number 5 integer"],
    ),
    ("1,5", ["1,5 = number 1.5 decimal"]),
    ("in 1986", ["1986 = time 1986 text"]),
    ("the 1986 edition", ["1986 = time 1986 text"]),
    ("1986's edition", ["1986 = time 1986 text"]),
    ("the 1920s", ["1920s = time 1920 text .. 1929"]),
    ("1920's", ["1920's = time 1920 text .. 1929", "1920's = time 1920 text"]),
    ("the '60s", ["'60s = time 1960 text .. 1969"]),
    ("the sixties", ["sixties = time 1960 text .. 1969"]),
    ("60s bands", ["60s = time 1960 text .. 1969", "60s = number 60 s text", "60s = number 60 integer"]),
    ("the early 1800s", ["1800s = time 1800 text .. 1899", "1800s = time 1800 text .. 1809"]),
    ("the 2000s", ["2000s = time 2000 text .. 2009", "2000s = time 2000 text .. 2099"]),
    ("the 1900s", ["1900s = time 1900 text .. 1999", "1900s = time 1900 text .. 1909"]),
    ("the 18th century", ["18th century = time 1701 text .. 1800"]),
    ("18th-century", ["18th-century = time 1701 text .. 1800"]),
    ("first century BC", ["first century BC = time -0099 gYear .. 0000"]),
    ("fifth century AD", ["fifth century AD = time 0401 gYear .. 0500"]),
    ("the third millennium BC", ["third millennium BC = time -2999 gYear .. -2000"]),
    ("3 May 1986", ["3 May 1986 = time 1986-05-03 date"]),
    ("3rd of May, 1986", ["3rd of May, 1986 = time 1986-05-03 date"]),
    ("May 3, 1986", ["May 3, 1986 = time 1986-05-03 date"]),
    ("May 3rd 1986", ["May 3rd 1986 = time 1986-05-03 date"]),
    ("Sept. 3, 1986", ["Sept. 3, 1986 = time 1986-09-03 date"]),
    ("3-May-1986", ["3-May-1986 = time 1986-05-03 date"]),
    ("1986 May 3", ["1986 May 3 = time 1986-05-03 date"]),
    ("1986-05-03", ["1986-05-03 = time 1986-05-03 date"]),
    ("1986-5-3", ["1986-5-3 = time 1986-05-03 date"]),
    ("1986/05/03", ["1986/05/03 = time 1986-05-03 date"]),
    ("3.5.1986", ["3.5.1986 = time 1986-05-03 date"]),
    ("5/3/1986", ["5/3/1986 = time 1986-05-03 date", "5/3/1986 = time 1986-03-05 date"]),
    ("25/3/1986", ["25/3/1986 = time 1986-03-25 date"]),
    ("3/25/1986", ["3/25/1986 = time 1986-03-25 date"]),
    ("1986-05", ["1986-05 = time 1986-05 gYearMonth"]),
    ("05/1986", ["05/1986 = time 1986-05 gYearMonth"]),
    ("May 1986", ["May 1986 = time 1986-05 gYearMonth"]),
    ("in may 1986", ["may 1986 = time 1986-05 gYearMonth"]),
    ("May 3", ["May 3 = time --05-03 gMonthDay"]),
    ("in October", ["October = time --10 gMonth"]),
    ("1986-05-03T10:20:30Z", ["1986-05-03T10:20:30Z = time 1986-05-03T10:20:30Z dateTime"]),
    ("44 BC", ["44 BC = time -0043 gYear"]),
    ("753 B.C.", ["753 B.C. = time -0752 gYear"]),
    ("AD 79", ["AD 79 = time 0079 gYear"]),
    ("79 CE", ["79 CE = time 0079 gYear"]),
    ("15 March 44 BC", ["15 March 44 BC = time -0043-03-15 date"]),
    ("1914-18", ["1914-18 = time 1914 text .. 1918"]),
    ("1998/99", ["1998/99 = time 1998 text .. 1999"]),
    ("1986-1991", ["1986 = time 1986 text", "1991 = time 1991 text"]),
    ("Q3 2021", ["Q3 2021 = time 2021-07 gYearMonth .. 2021-09"]),
    ("17:45", ["17:45 = time 17:45:00 time"]),
    ("5 pm", ["5 pm = time 17:00:00 time"]),
    ("5:30 p.m.", ["5:30 p.m. = time 17:30:00 time"]),
    ("today", ["today = time 2026-11-30 date"]),
    ("yesterday", ["yesterday = time 2026-11-29 date"]),
    ("this year", ["this year = time 2026 text"]),
    ("last year", ["last year = time 2025 text"]),
    ("next month", ["next month = time 2026-12 gYearMonth"]),
    ("last month", ["last month = time 2026-10 gYearMonth"]),
    ("this week", ["this week = time 2026-11-30 date .. 2026-12-06"]),
    ("last century", ["last century = time 1901 text .. 2000"]),
    ("this decade", ["this decade = time 2020 text .. 2029"]),
    ("the last decade", ["the last decade = time 2010 text .. 2019"]),
    ("the past five years", ["the past five years = time 2021 text .. 2026"]),
    ("the last 3 months", ["the last 3 months = time 2026-08 gYearMonth .. 2026-11"]),
    ("ten years ago", ["ten years ago = time 2016 text"]),
    ("a year ago", ["a year ago = time 2025 text"]),
    ("the third largest", ["third = ordinal 3 integer"]),
    ("the 3rd oldest", ["3rd = ordinal 3 integer"]),
    ("second-longest", ["second = ordinal 2 integer"]),
    ("twenty-first", ["twenty-first = ordinal 21 integer"]),
    ("the 22nd floor", ["22nd = ordinal 22 integer"]),
    ("called 'Blue Heron'", ["'Blue Heron' = text Blue Heron text"]),
    ('called "Blue Heron"', ['"Blue Heron" = text Blue Heron text']),
    ("called “Blue Heron”", ["“Blue Heron” = text Blue Heron text"]),
    ("called ‘Blue Heron’", ["‘Blue Heron’ = text Blue Heron text"]),
    ("called «Blue Heron»", ["«Blue Heron» = text Blue Heron text"]),
    ("the film 'Heron's Nest' of 1986", ["'Heron's Nest' = text Heron's Nest text", "1986 = time 1986 text"]),
    ("top 5", ["5 = number 5 integer"]),
    ("top-10", ["10 = number 10 integer"]),
    ("pre-1986", ["1986 = time 1986 text"]),
    ("at least one", ["one = number 1 integer"]),
    ("one or more", ["one = number 1 integer"]),
    ("1 January 1900", ["1 January 1900 = time 1900-01-01 date"]),
    ("29 February 2000", ["29 February 2000 = time 2000-02-29 date"]),
    ("the past decade", ["the past decade = time 2016 text .. 2026"]),
    ("the last year", ["the last year = time 2025 text .. 2026"]),
    ("the past century", ["the past century = time 1901 text .. 2000"]),
    ("longer than an hour", ["an hour = number 1 h text", "an hour = number 1 integer"]),
    ("at least a mile", ["a mile = number 1 mi text", "a mile = number 1 integer"]),
    ("under half an hour", ["half an hour = number 0.5 h text", "half an hour = number 0.5 decimal"]),
    ("more than twice", ["twice = number 2 integer"]),
    ("at least once", ["once = number 1 integer"]),
    ("Q2 of 2021", ["Q2 of 2021 = time 2021-04 gYearMonth .. 2021-06"]),
    ("H1 2021", ["H1 2021 = time 2021-01 gYearMonth .. 2021-06"]),
    ("2021 Q4", ["2021 Q4 = time 2021-10 gYearMonth .. 2021-12"]),
    ("the second half of 2021", ["second half of 2021 = time 2021-07 gYearMonth .. 2021-12"]),
    ("the last quarter of 2021", ["last quarter of 2021 = time 2021-10 gYearMonth .. 2021-12"]),
]
"""Questions, and the span, the kind, the lexical form, the datatype and the end of each literal in them."""
TRAPS = [
    ("no one knows", []),
    ("which one is it", []),
    ("one of the ports", []),
    ("the one in Oslo", []),
    ("Formula One", []),
    ("you may go", []),
    ("a march through town", []),
    ("mar the view", []),
    ("who may 5 guests invite", ["5 = number 5 integer"]),
    ("in her eighties", []),
    ("two thirds", []),
    ("a third of the trees", []),
    ("one half-sister", []),
    ("per second", []),
    ("a second, please", []),
    ("hundreds of trees", []),
    ("several thousand trees", []),
    ("v1.2.3", []),
    ("192.168.0.1", []),
    ("F-16", []),
    ("A4", []),
    ("3D", []),
    ("3-D", []),
    ("4x4", []),
    ("7-Eleven", []),
    ("24/7", []),
    ("007", []),
    ("978-3-16-148410-0", []),
    ("#7", ["7 = number 7 integer"]),
    ("16:9", []),
    ("don't stop", []),
    ("the Herons' nests", []),
    ("rock 'n' roll", []),
    ("Ann's boats", []),
    ("USA Today", []),
    ("the last year of the war", []),
    ("the last of them", []),
    ("the next one", []),
    ("the first bridge", []),
    ("31 April 1986", ["31 = number 31 integer", "April 1986 = time 1986-04 gYearMonth"]),
    ("32 May 1986", ["32 = number 32 integer", "May 1986 = time 1986-05 gYearMonth"]),
    ("13/13/1986", []),
    ("1986-13-45", []),
    ("25:61", []),
    ("1st", ["1st = ordinal 1 integer"]),
    ("100th", ["100th = ordinal 100 integer"]),
    ("the second", ["second = ordinal 2 integer"]),
    ("AD campaigns", []),
    ("Q5 2021", ["2021 = time 2021 text"]),
    ("the hundred", []),
    ("1,1-dimethyl", []),
    ('"Which lakes are deep?"', []),
    ("''", []),
    ('""', []),
    ("half of them", []),
    ("a quarter of them", []),
    ("5 in Oslo", ["5 = number 5 integer"]),
    ("5 a day", ["5 = number 5 integer"]),
    ("5 A grades", ["5 = number 5 integer"]),
    ("2 degree programmes", ["2 = number 2 integer"]),
    ("7 won games", ["7 = number 7 integer"]),
    ("at 5 bar", ["5 = number 5 integer"]),
    ("100 am", ["100 = number 100 integer"]),
    ("may", []),
    ("§ 12", ["12 = number 12 integer"]),
    ("½ cup", []),
    ("5²", []),
    ("the next year", []),
    ("an hour passed", []),
    ("a year in Oslo", []),
    ("at least twice as long", []),
    ("once upon", []),
    ("H3 2021", ["2021 = time 2021 text"]),
    ("the third half of 2021", ["third = ordinal 3 integer", "2021 = time 2021 text"]),
    ("a mile away", []),
]
"""What looks like something else than it is."""


def shown(question: str) -> list[str]:
    return [
        f"{question[tag.start : tag.end]} = {tag.kind} {tag.literal.lexical} "
        + tag.literal.datatype.rpartition("#")[2].replace("string", "text")
        + (f" .. {tag.until.lexical}" if tag.until else "")
        for tag in tag_literals(question, TODAY)
    ]


@pytest.mark.parametrize(("question", "literals"), STATED)
def test_what_is_stated_is_tagged(question: str, literals: list[str]) -> None:
    assert shown(question) == literals != []


@pytest.mark.parametrize(("question", "literals"), TRAPS)
def test_traps(question: str, literals: list[str]) -> None:
    assert shown(question) == literals


def test_the_tables_are_long_enough() -> None:
    assert len({question for question, _ in STATED}) >= 120
    assert len({question for question, _ in TRAPS}) >= 50


# --- written forms are read back


def only_reading(text: str, before: str = "ports with ", after: str = " cranes") -> TaggedLiteral:
    """The first reading of the only span of a question, which is ``text`` and nothing more."""
    tags = tag_literals(before + text + after, TODAY)
    assert {(tag.start, tag.end) for tag in tags} == {(len(before), len(before) + len(text))}
    return tags[0]


def amount(tag: TaggedLiteral) -> object:
    value = tag.literal.typed
    assert isinstance(value, Quantity)
    return value.number


def words(text: str) -> list[str]:
    return text.split()


ONES = words("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen")
TENS = words("- - twenty thirty forty fifty sixty seventy eighty ninety")


def in_words(number: int) -> str:
    """A plain way to write a number below a billion in words."""
    for size, name in ((10**6, "million"), (10**3, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if rest < 100 else " "
            return f"{in_words(number // size)} {name}" + (joint + in_words(rest) if rest else "")
    if number < len(ONES):
        return ONES[number]
    if number < 20:
        return ["seventeen", "eighteen", "nineteen"][number - 17]
    return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")


@given(st.integers(0, 10**15), st.sampled_from([str, "{:,}".format]))
def test_whole_numbers(number: int, written: Callable[[int], str]) -> None:
    assert amount(only_reading(written(number))) == number


@given(st.integers(2, 10**9 - 1))
def test_numbers_in_words(number: int) -> None:
    assert amount(only_reading(in_words(number))) == number


@given(st.decimals(0, 10**9, allow_nan=False, places=4), st.booleans())
def test_decimals_and_their_signs(number: object, negative: bool) -> None:
    sign = "-" if negative else ""
    assert amount(only_reading(f"{sign}{number}")) == Fraction(f"{sign}{number}")


@given(st.decimals(0, 999, allow_nan=False, places=2), st.sampled_from(["thousand", "million", "billion"]))
def test_scales(number: object, scale: str) -> None:
    size = {"thousand": 10**3, "million": 10**6, "billion": 10**9}[scale]
    assert amount(only_reading(f"{number} {scale}")) == Fraction(str(number)) * size


UNITS = words(
    """km kg cm mm ft lb min % hectares acres miles feet pounds hours days weeks months years watts kWh MW GB volts
    metres meters kilometers kilometres litres liters grams tonnes euros dollars yen rupees percent mph km/h m² km² °C
    square~kilometres cubic~metres miles~per~hour degrees~Celsius US~dollars light~years"""
)


@given(st.integers(0, 10**9), st.sampled_from(UNITS))
def test_units(number: int, unit: str) -> None:
    unit = unit.replace("~", " ")
    known = find_unit(unit)
    assert known is not None
    tag = only_reading(f"{number} {unit}", after=", or so")
    assert tag.literal.typed == Quantity(number, known.symbol)
    plain = tag_literals(f"ports with {number} {unit}, or so", TODAY)[-1]
    assert plain.literal.typed == Quantity(number)


@given(st.integers(1, 10**6), st.sampled_from(["${}", "€{}", "£{}", "{} euros", "USD {}", "{}€"]), st.booleans())
def test_money(number: int, form: str, millions: bool) -> None:
    text = form.format(f"{number} million" if millions and form[-1] != "€" else number)
    size = 10**6 if "million" in text else 1
    currency = {"$": "USD", "U": "USD", "£": "GBP"}.get(form[0], "EUR")
    assert only_reading(text).literal.typed == Quantity(number * size, currency)


@given(st.integers(1000, 2199))
def test_years_compare_with_times_and_with_numbers(year: int) -> None:
    tag = only_reading(str(year), "ports built in ", "?")
    assert tag.kind is LiteralKind.TIME
    assert readings(tag.literal.lexical) == (Quantity(year), years(year))


DATE_FORMS: list[Callable[[date], str]] = [
    lambda day: day.isoformat(),
    lambda day: f"{day.day} {month_name(day)} {day.year:04d}",
    lambda day: f"{month_name(day)} {day.day}, {day.year:04d}",
    lambda day: f"{month_name(day)[:3]} {day.day} {day.year:04d}",
    lambda day: f"{month_name(day)[:3]}. {day.day}, {day.year:04d}",
    lambda day: f"the {day.day}{ending(day.day)} of {month_name(day)} {day.year:04d}",
    lambda day: f"{month_name(day)} {day.day}{ending(day.day)}, {day.year:04d}",
    lambda day: f"{day.day}.{day.month}.{day.year:04d}",
    lambda day: f"{day.year:04d}/{day.month:02d}/{day.day:02d}",
    lambda day: f"{day.day} {month_name(day).lower()} {day.year:04d}",
]


def month_name(day: date) -> str:
    return list(MONTHS)[day.month - 1].capitalize()


def ending(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


@given(st.dates(), st.sampled_from(DATE_FORMS))
def test_dates(day: date, form: Callable[[date], str]) -> None:
    text = form(day)
    the = len("the ") if text.startswith("the ") else 0
    tag = only_reading(text[the:], "ports opened on " + text[:the], " in Oslo?")
    assert tag.literal.typed == days(day.year, day.month, day.day)


@given(st.dates(), st.sampled_from(["{}/{}/{}", "{}-{}-{}"]))
def test_dates_that_can_be_read_two_ways_are(day: date, form: str) -> None:
    tags = tag_literals(f"opened on {form.format(day.month, day.day, f'{day.year:04d}')}?", TODAY)
    both = {days(day.year, day.month, day.day)}
    both |= {days(day.year, day.day, day.month)} if day.day <= 12 else set()
    assert {tag.literal.typed for tag in tags} == both
    assert tags[0].literal.typed == days(day.year, day.month, day.day)


@given(st.dates(), st.sampled_from(["{} {}", "{}, {}", "{} of {}"]))
def test_months(day: date, form: str) -> None:
    tag = only_reading(form.format(month_name(day), f"{day.year:04d}"), "opened in ", "?")
    assert tag.literal.typed == months(day.year, day.month)


def stretch(tag: TaggedLiteral) -> Interval:
    """All that lies from the first to the last year of a stretch of time."""
    ends = [typed_value(each.lexical, each.datatype, ValueKind.TIME) for each in (tag.literal, tag.until) if each]
    first, last = (end for end in ends if isinstance(end, Interval))
    return Interval(first.start, last.end)


@given(st.integers(100, 209))
def test_decades(decade: int) -> None:
    found = [stretch(tag) for tag in tag_literals(f"songs of the {decade}0s", TODAY)]
    assert years(decade * 10, 10) in found
    assert (years(decade * 10, 100) in found) is (decade % 10 == 0)


@given(st.integers(1, 40), st.booleans())
def test_centuries(century: int, before: bool) -> None:
    text = f"{century}{ending(century)} century" + " BC" * before
    first = -100 * century + 1 if before else 100 * century - 99
    assert stretch(only_reading(text, "songs of the ", "?")) == years(first, 100)


@given(st.integers(1, 9999), st.sampled_from(["BC", "BCE", "B.C.", "AD", "CE"]))
def test_years_of_an_era(year: int, era: str) -> None:
    tag = only_reading(f"{year} {era}", "founded in ", "?")
    value = typed_value(tag.literal.lexical, tag.literal.datatype, ValueKind.TIME)
    assert value == years(1 - year if era.startswith("B") else year)


@given(st.dates(date(1000, 1, 1)), st.integers(2, 900))
def test_times_are_counted_from_today(today: date, count: int) -> None:
    def of(text: str) -> TypedValue | None:
        (tag,) = tag_literals(f"bridges opened {text}?", today)
        return typed_value(tag.literal.lexical, tag.literal.datatype, ValueKind.TIME)

    assert of("today") == days(today.year, today.month, today.day)
    assert of("this year") == years(today.year)
    assert of("last year") == of("1 years ago") == years(today.year - 1)
    assert of("this month") == months(today.year, today.month)
    assert of(f"{count} years ago") == of(f"in the last {count} years") == years(today.year - count)
    before = date.fromordinal(today.toordinal() - count)
    assert of(f"{count} days ago") == days(before.year, before.month, before.day)


@given(st.dates(date(1000, 1, 1), date(9800, 1, 1)))
def test_stretches_around_today_hold_it(today: date) -> None:
    for text in ("this decade", "this century", "this week", "the past 7 days", "the last ten years"):
        (tag,) = tag_literals(f"bridges opened in {text}?", today)
        assert days(today.year, today.month, today.day).within(stretch(tag))
    (week,) = tag_literals("bridges opened last week", today)
    assert stretch(week).end <= days(today.year, today.month, today.day).start + timedelta(1).total_seconds()


QUOTED = st.text(st.characters(exclude_characters="\"“”„?!. '‘’«»", exclude_categories=["Cs", "Zs", "Cc"]), min_size=2)


@given(QUOTED.filter(lambda text: not re.match("[0-9]0s", text)))
def test_quoted_texts(text: str) -> None:
    for left, right in ('""', "“”", "''", "‘’", "«»"):
        (tag,) = tag_literals(f"films called {left}{text[:200]}{right}?", TODAY)
        assert (tag.kind, tag.literal.lexical) == (LiteralKind.TEXT, text[:200])
        assert (tag.start, tag.end) == (13, 15 + len(text[:200]))


@given(st.integers(1, 999), st.integers(1, 9), *(st.sampled_from(UNITS) for _ in "ab"))
def test_amounts_in_parts_are_summed_exactly_or_not_at_all(large: int, small: int, unit: str, part: str) -> None:
    unit, part = unit.replace("~", " "), part.replace("~", " ")
    tag, whole = tag_literals(f"{large} {unit} {small} {part}?", TODAY)[0], Quantity(large, symbol(unit))
    value = tag.literal.typed
    assert isinstance(value, Quantity)
    assert value == whole or value.amount == whole.amount + Quantity(small, symbol(part)).amount


def symbol(unit: str) -> str:
    found = find_unit(unit)
    assert found is not None
    return found.symbol


# --- any text


@given(ANY_TEXT, st.dates())
def test_any_text_is_tagged_with_spans_that_do_not_overlap(text: str, today: date) -> None:
    tags = tag_literals(text, today)
    spans = [(tag.start, tag.end) for tag in tags]
    distinct = list(dict.fromkeys(spans))
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(distinct))
    assert len({(tag.start, tag.literal, tag.until) for tag in tags}) == len(tags)
    for tag in tags:
        values = (each.typed for each in (tag.literal, tag.until) if each is not None)
        assert tag.kind is LiteralKind.TEXT or all(value is not None for value in values)


def calls(work: Callable[[], object]) -> int:
    """How many functions are called."""
    count = 0

    def counted(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "piece", ["1,", "1-", "7 ", "'a ", "one hundred and ", "5 km 3 m ", "the last 5 ", "may 3 ", "$1 "]
)
def test_work_grows_with_the_length_only(piece: str) -> None:
    short, long = ((piece * MAX_QUESTION_CHARS)[:size] for size in (MAX_QUESTION_CHARS // 4, MAX_QUESTION_CHARS))
    assert calls(lambda: tag_literals(long, TODAY)) < 5 * calls(lambda: tag_literals(short, TODAY)) + 100
