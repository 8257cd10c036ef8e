"""Typed values: how numbers, units and times are read, and that their order is SPARQL's where that has one."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.calendar import DAY, days_before, days_in_month
from clew.kg.terms.typed.comparison import Comparison, comparable, compare, sort_key
from clew.kg.terms.typed.interval import Interval, Timeline, days, months, years
from clew.kg.terms.typed.number import approximate
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.units import find_unit
from clew.kg.terms.typed.value import TypedValue, ValueKind, readings, typed_value
from clew.kg.terms.vocabulary import RDF_LANGSTRING, XSD

EXACT = Fraction("12.5")
EASTER = days_before(1987, 4, 5) * DAY


def of(lexical: str, datatype: str) -> TypedValue | None:
    return typed_value(lexical, XSD + datatype)


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("2,345,678", 2_345_678, ""),
        ("2,345", 2_345, ""),
        ("12,34,567.5", Fraction("1234567.5"), ""),
        ("2 345 678", 2_345_678, ""),
        ("2\u00a0345\u00a0678,5", Fraction("2345678.5"), ""),
        ("2\u2009345", 2_345, ""),
        ("2\u202f345", 2_345, ""),
        ("2'345", 2_345, ""),
        ("2.345", Fraction("2.345"), ""),
        ("2.345,5", Fraction("2345.5"), ""),
        ("0,345", Fraction("0.345"), ""),
        ("12,50 €", EXACT, "EUR"),
        ("12.5 km", EXACT, "km"),
        ("12.5km", EXACT, "km"),
        ("12.5 square kilometers", EXACT, "km²"),
        ("$12.5 million", 12_500_000, "USD"),
        ("-$12.5", -EXACT, "USD"),
        ("EUR 12.5bn", 12_500_000_000, "EUR"),
        ("12.5 million", 12_500_000, ""),
        ("12.5 billion people", 12_500_000_000, ""),
        ("12.5%", EXACT, "%"),
        ("1.25e1", EXACT, ""),
        ("\u22124", -4, ""),
        ("+4", 4, ""),
        ("-4 °C", -4, "°C"),
        ("PT1H30M", 5400, "s"),
    ],
)
def test_plain_texts_are_read_as_quantities(text: str, number: int | Fraction, unit: str) -> None:
    assert typed_value(text) == Quantity(number, unit)
    assert typed_value(f" {text}\n", RDF_LANGSTRING) == Quantity(number, unit)


@pytest.mark.parametrize(
    "text",
    ["", "-", ".", "$", "km", "0042", "+4930123456", "+49 301 234 567", "2.3.4", "2.345.678", "10.20.30.40", "10-20",
     "1984 (novel)", "9 Ways", "5M", "3D", "1 2", "1,2,3", "12,345 678", "978-1-23", "½", "٣",
     "1e99999999", "9" * 101, "--4", "$5 km", "km 5", "∞", "NaN"],
)  # fmt: skip
def test_what_could_mean_something_else_is_text(text: str) -> None:
    assert typed_value(text) is None
    assert Literal(text).value == text


def test_numbers_have_the_value_that_is_written() -> None:
    huge = 2**53 + 1
    assert of(str(huge), "integer") == Quantity(huge) != of(str(huge - 1), "double")
    assert of("0.1", "double") == of("0.10", "decimal") == Quantity(Fraction(1, 10))
    assert of("9" * 4300, "integer") == Quantity(int("9" * 4300))
    assert of("+.5", "decimal") == Quantity(Fraction(1, 2))
    assert of("5.", "decimal") == Quantity(5)
    for lexical, datatype in (("INF", "double"), ("NaN", "float"), ("1e400", "double"), ("9" * 4301, "integer"),
                              ("1_000", "integer"), ("", "integer"), (".", "decimal"), ("٣", "integer")):  # fmt: skip
        assert of(lexical, datatype) is None, lexical
    assert approximate(10**400) == float("inf") == -approximate(-(10**400))


def test_a_datatype_may_be_a_unit() -> None:
    unit = "http://dbpedia.org/datatype/"
    assert typed_value("12.5", unit + "kilometre") == Quantity(EXACT, "km")
    assert typed_value("12.5", unit + "squareKilometre") == Quantity(EXACT, "km²")
    assert typed_value("12.5 km", "https://w3id.org/cdt/length") == Quantity(EXACT, "km")
    assert typed_value("12.5", unit + "furlongPerFortnight") is None
    assert typed_value("12.5", "http://example.org/kilometre") is None


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [("999 m", "1 km"), ("1 mi", "1.61 km"), ("36 in", "37 in"), ("1 lb", "0.5 kg"), ("2 acres", "1 ha"),
     ("59 min", "1 h"), ("364 days", "1 year"), ("100 °F", "38 °C"), ("100 km/h", "63 mph"),
     ("1 MB", "1 MiB"), ("$4", "5 US dollars")],
)  # fmt: skip
def test_units_convert_exactly(smaller: str, larger: str) -> None:
    low, high = typed_value(smaller), typed_value(larger)
    assert low is not None
    assert high is not None
    assert compare(low, "<", high)
    assert compare(high, ">=", low)
    assert not compare(low, "=", high)


def test_equal_amounts_are_equal_and_units_that_do_not_convert_never_compare() -> None:
    assert compare(Quantity(Fraction("1.609344"), "km"), "=", Quantity(1, "mi"))
    assert compare(Quantity(-40, "°C"), "=", Quantity(-40, "°F"))
    assert compare(Quantity(0, "°C"), ">", Quantity(0, "K"))
    for other in (Quantity(1, "kg"), Quantity(1), years(1), True):
        assert not comparable(Quantity(1, "m"), other)
        assert not any(compare(Quantity(1, "m"), op, other) for op in Comparison)
    with pytest.raises(ValueError, match="!="):
        compare(True, "!=", True)
    assert compare(False, "<", True)
    assert compare(True, "=", True)
    assert not compare(True, "<", True)


def test_every_unit_is_found_under_its_symbol_and_its_plural() -> None:
    for name in (
        "metre",
        "kilometers",
        "miles",
        "feet",
        "kilograms",
        "US dollars",
        "square feet",
        "litres",
        "milliliter",
    ):
        assert find_unit(name) is not None, name
    assert find_unit("m") != find_unit("M")
    assert find_unit("parsnip") is None


@pytest.mark.parametrize(
    ("lexical", "datatype", "found"),
    [
        ("1987", "gYear", years(1987)),
        ("1987-04", "gYearMonth", months(1987, 4)),
        ("1987-04-05", "date", days(1987, 4, 5)),
        ("1987-04-05Z", "date", days(1987, 4, 5)),
        ("1987-04-05+02:00", "date", Interval(EASTER - 7200, EASTER + DAY - 7200)),
        ("1987-04", "date", months(1987, 4)),
        ("1987-00-00", "date", years(1987)),
        ("1987-04-00", "date", months(1987, 4)),
        ("+1987-00-00T00:00:00Z", "dateTime", years(1987)),
        ("1987-01-01", "gYear", years(1987)),
        ("0000", "gYear", Interval(years(1).start - 366 * DAY, years(1).start)),
        ("-0043-03-15", "date", days(-43, 3, 15)),
        ("123456-01-01", "date", days(123456, 1, 1)),
        ("12:30:00", "time", Interval(45_000, 45_000, Timeline.DAY)),
        ("01:30:00+02:00", "time", Interval(-1800, -1800, Timeline.DAY)),
        ("--02-29", "gMonthDay", Interval(59 * DAY, 60 * DAY, Timeline.YEAR)),
        ("--02", "gMonth", Interval(31 * DAY, 60 * DAY, Timeline.YEAR)),
        ("--02--", "gMonth", Interval(31 * DAY, 60 * DAY, Timeline.YEAR)),
        ("---31", "gDay", Interval(30 * DAY, 31 * DAY, Timeline.MONTH)),
    ],
)
def test_times_are_the_stretches_that_they_name(lexical: str, datatype: str, found: Interval) -> None:
    assert of(lexical, datatype) == found


@pytest.mark.parametrize(
    ("lexical", "datatype"),
    [("1987-02-29", "date"), ("1987-13", "gYearMonth"), ("87", "gYear"), ("1987-00-05", "date"), ("--13", "gMonth"),
     ("--02-30", "gMonthDay"), ("---32", "gDay"), ("25:00:00", "time"), ("24:00:01", "time"), ("12:60:00", "time"),
     ("1987-04-05T23:59:60Z", "dateTime"), ("1987-04-05+15:00", "date"), ("1987-04T10:00:00", "dateTime"),
     ("9" * 21, "gYear"), ("spring", "date"), ("P", "duration"), ("P1", "duration"), ("PT", "duration"),
     ("P1DT", "duration"), ("yes", "boolean")],
)  # fmt: skip
def test_what_is_no_value_of_its_datatype_is_text(lexical: str, datatype: str) -> None:
    assert of(lexical, datatype) is None
    assert Literal(lexical, XSD + datatype).value == lexical


def test_plain_texts_are_read_as_times() -> None:
    assert readings("1987") == (Quantity(1987), years(1987))
    assert readings("1980s") == (years(1980, 10),)
    assert readings("1987-04") == (months(1987, 4),)
    assert readings("-0043") == (years(-43),)
    assert readings("1987-04-05 12:00:00Z") == (of("1987-04-05T12:00:00Z", "dateTime"),)
    for text in ("0987", "12345", "87", "1987-4", "April 1987", "04/05/1987", "1987-1990", "1987-04-31", "800s"):
        assert typed_value(text, kind=ValueKind.TIME) is None, text
    assert typed_value("12", XSD + "integer", ValueKind.TIME) is None


def test_a_year_holds_its_days_but_is_none_of_them() -> None:
    day, year = days(1987, 4, 5), years(1987)
    assert compare(day, "=", year)
    assert not compare(year, "=", day)
    assert compare(day, "<", years(1988))
    assert compare(day, ">=", year)
    assert not compare(day, "<", year)
    assert compare(years(1987), "=", years(1980, 10))
    assert not compare(years(1990), "=", years(1980, 10))
    midnight = of("1988-01-01T00:00:00", "dateTime")
    assert midnight is not None
    assert not compare(midnight, "<=", year)
    assert compare(midnight, "=", years(1988))
    assert of("1987-12-31T24:00:00", "dateTime") == midnight


@given(st.dates())
def test_days_are_counted_as_python_counts_them(date: datetime.date) -> None:
    assert days_before(date.year, date.month, date.day) == (date - datetime.date(1970, 1, 1)).days


@given(st.integers(-(10**12), 10**12), st.integers(1, 12))
def test_the_calendar_repeats_and_has_no_gaps(year: int, month: int) -> None:
    assert days_before(year + 400, month) - days_before(year, month) == 146_097
    assert months(year, month).end == months(year, month + 1).start
    assert days_before(year, month, days_in_month(year, month)) + 1 == days_before(year, month + 1)
    assert years(year).year == year
    assert days(year, month, 1).year is None


# --- SPARQL as the oracle
zones = st.sampled_from(["Z", "+00:00", "-05:00", "+13:59", "+14:00"])
moments = st.builds(
    lambda date, time, part, zone: f"{date}T{time:%H:%M:%S}{part}{zone}",
    st.dates(datetime.date(1, 1, 2), datetime.date(9999, 12, 30))
    | st.dates(datetime.date(2000, 1, 1), datetime.date(2000, 1, 3)),
    st.times(),
    st.sampled_from(["", ".5", ".25", ".250"]),
    zones,
)  # fmt: skip
numbers = st.one_of(
    st.integers(-(2**63), 2**63 - 1).map(lambda n: (str(n), "integer")),
    st.integers(-9, 9).map(lambda n: (str(n), "integer")),
    st.decimals(-(10**6), 10**6, places=6).map(lambda d: (f"{d:f}", "decimal")),
    st.decimals(-9, 9, places=1).map(lambda d: (f"{d:f}", "decimal")),
)
floats = st.integers(-(2**20), 2**20).map(lambda n: (repr(n / 8), "double")) | st.integers(-9, 9).map(
    lambda n: (str(n), "integer")
)
counts = st.integers(0, 9)
durations = st.builds(
    lambda sign, y, m, d, h, s: (f"{sign}P{y}Y{m}M{d}DT{h}H{s}S", "duration"),
    st.sampled_from(["", "-"]), counts, st.integers(0, 40), st.integers(0, 99), counts, counts,
)  # fmt: skip
Spelled = tuple[str, str]


def pairs_of(values: st.SearchStrategy[Spelled]) -> st.SearchStrategy[tuple[Spelled, Spelled]]:
    return st.tuples(values, values)


STORE = ox.Store()


def sparql(left: Spelled, op: str, right: Spelled) -> bool:
    spelled = [f'"{lexical}"^^<{XSD}{datatype}>' for lexical, datatype in (left, right)]
    return bool(STORE.query(f"ASK {{ FILTER({spelled[0]} {op} {spelled[1]}) }}"))


@given(
    st.one_of(
        pairs_of(numbers), pairs_of(floats), pairs_of(moments.map(lambda text: (text, "dateTime"))),
        pairs_of(st.dates().map(lambda date: (str(date), "date"))),
        pairs_of(st.integers(1, 9999).map(lambda year: (f"{year:04}", "gYear"))),
    )
)  # fmt: skip
def test_the_order_is_that_of_sparql(pair: tuple[Spelled, Spelled]) -> None:
    left, right = (of(*spelled) for spelled in pair)
    assert left is not None
    assert right is not None
    for op in Comparison:
        assert compare(left, op, right) == sparql(pair[0], op, pair[1]), op


@given(pairs_of(durations))
def test_the_order_of_durations_is_that_of_sparql_where_it_has_one(pair: tuple[Spelled, Spelled]) -> None:
    """Where one is longer: that 31 days and some month are equally long is chance of the dates that XSD compares by."""
    left, right = (of(*spelled) for spelled in pair)
    assert left is not None
    assert right is not None
    for op in (Comparison.BELOW, Comparison.ABOVE):
        assert compare(left, op, right) or not sparql(pair[0], op, pair[1]), op


@given(pairs_of(moments.map(lambda text: (text[:10] + text[-6:].lstrip("0123456789:.T"), "date"))))
def test_days_in_different_zones_are_in_order_where_they_do_not_overlap(pair: tuple[Spelled, Spelled]) -> None:
    left, right = (of(*spelled) for spelled in pair)
    assert isinstance(left, Interval)
    assert isinstance(right, Interval)
    if not left.meets(right):
        assert all(compare(left, op, right) == sparql(pair[0], op, pair[1]) for op in Comparison)


intervals = st.builds(
    lambda a, b: Interval(min(a, b), max(a, b)), st.integers(0, 9), st.integers(0, 9) | st.fractions(0, 9)
)


@given(intervals, intervals, intervals)
def test_laws_of_intervals(a: Interval, b: Interval, c: Interval) -> None:
    assert compare(a, "=", b) == (compare(a, "<=", b) and compare(a, ">=", b))
    assert compare(a, "<", b) == compare(b, ">", a)
    assert sum(compare(a, op, b) for op in ("<", "=", ">")) <= 1
    assert a.meets(b) == b.meets(a)
    assert a.meets(b) or a.before(b) or b.before(a)
    if compare(a, "<", b) and compare(b, "<", c):
        assert compare(a, "<", c)
    if a.within(b) and b.within(c):
        assert a.within(c)


def test_values_are_sorted_within_their_kind() -> None:
    texts = ["1987", "9 km", "1987-04", "10", "900 m", "true", "9", "-1"]
    found = [(typed_value(text) if text != "true" else True, text) for text in texts]
    ordered = sorted(((value, text) for value, text in found if value is not None), key=lambda pair: sort_key(pair[0]))
    assert [text for _, text in ordered] == ["-1", "9", "10", "1987", "900 m", "9 km", "1987-04", "true"]


def test_python_has_the_values_that_it_can_hold() -> None:
    def value(lexical: str, datatype: str) -> object:
        return Literal(lexical, XSD + datatype).value

    assert value("1987-04-05Z", "date") == datetime.date(1987, 4, 5)
    assert value("1987-04-05+02:00", "date") == of("1987-04-05+02:00", "date")
    assert value("-0043-04-05", "date") == days(-43, 4, 5)
    assert value("1987-04", "gYearMonth") == months(1987, 4)
    assert value("1987-04-05T01:02:03.5Z", "dateTime") == datetime.datetime(1987, 4, 5, 1, 2, 3, 500_000, datetime.UTC)
    assert value("1987-04-05T01:02:03.1234567Z", "dateTime") == of("1987-04-05T01:02:03.1234567Z", "dateTime")
    assert value("1987-00-00T00:00:00Z", "dateTime") == years(1987)
    assert value("PT90M", "duration") == datetime.timedelta(minutes=90)
    assert value("P1M", "duration") == of("P1M", "duration")
    assert value("-0043", "gYear") == -43
    assert value("1987+02:00", "gYear") == of("1987+02:00", "gYear")
    assert value("INF", "double") == float("inf")
    assert value("1.50", "decimal") == Decimal("1.50")
    assert value(" 7 ", "integer") == 7
    assert value("7.5", "integer") == Decimal("7.5")
    with pytest.raises(ValueError, match="before"):
        Interval(1, 0)
