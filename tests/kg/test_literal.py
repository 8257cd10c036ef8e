"""Literals: key and stored term round trips, normalisation, values."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pyoxigraph as ox
import pytest
from hypothesis import given

from clew.kg.errors import BadInput
from clew.kg.terms.literal import Literal, from_term, parse_key, to_term
from clew.kg.terms.values import literal_of_value
from clew.kg.terms.vocabulary import RDF_LANGSTRING, XSD
from tests.kg.oracle import literals


@given(literals)
def test_key_and_term_round_trips(literal: Literal) -> None:
    assert parse_key(literal.key) == literal
    assert from_term(to_term(literal)) == literal


@given(literals)
def test_the_key_is_the_librarys_n_triples_form(literal: Literal) -> None:
    datatype = None if literal.language else ox.NamedNode(literal.datatype)
    term = ox.Literal(literal.lexical, datatype=datatype, language=literal.language or None)
    assert parse_key(str(term)) == literal
    assert str(term) == literal.key


def test_a_language_sets_the_datatype_and_is_lower_cased() -> None:
    assert Literal("x", language="EN-gb") == Literal("x", RDF_LANGSTRING, "en-gb")
    assert parse_key('"x"@ar--rtl') == Literal("x", language="ar--rtl")


@pytest.mark.parametrize("key", ["x", '"x', '"x"y', '"a"b"', '"\\q"', '"\\UFFFFFFFF"', '"x"@', '"x"^^<a\tb>', "<x>"])
def test_what_is_no_literals_key(key: str) -> None:
    assert parse_key(key) is None


def test_bad_parts_are_refused() -> None:
    with pytest.raises(BadInput, match="language tag"):
        Literal("x", language="en US")
    with pytest.raises(BadInput, match="datatype"):
        Literal("x", "not>an iri")


@pytest.mark.parametrize(
    ("lexical", "datatype", "value"),
    [
        ("12", "integer", 12),
        ("-3.50", "decimal", Decimal("-3.50")),
        ("1e3", "double", 1000.0),
        ("true", "boolean", True),
        ("1990-02-03", "date", datetime.date(1990, 2, 3)),
        ("1990", "gYear", 1990),
        ("2020-01-01T10:00:00", "dateTime", datetime.datetime(2020, 1, 1, 10)),
        ("not a number", "integer", "not a number"),
        ("x", "string", "x"),
    ],
)
def test_values_compare(lexical: str, datatype: str, value: object) -> None:
    assert Literal(lexical, XSD + datatype).value == value


@pytest.mark.parametrize(("number", "lexical"), [(float("inf"), "INF"), (float("-inf"), "-INF"), (float("nan"), "NaN")])
def test_numbers_without_bound_as_xml_schema_writes_them(number: float, lexical: str) -> None:
    assert literal_of_value(number) == Literal(lexical, XSD + "double")
