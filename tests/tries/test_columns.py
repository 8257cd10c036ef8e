"""Columns of typed values say what reading and comparing the literals of every edge one by one says."""

from __future__ import annotations

import datetime
import logging
import os
import random
import subprocess
import sys
from collections import Counter, defaultdict
from dataclasses import fields, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.kg.errors import StaleIndex
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.terms.literal import Literal
from clew.kg.terms.typed.calendar import days_before
from clew.kg.terms.typed.comparison import Comparison, compare
from clew.kg.terms.typed.interval import Interval, years
from clew.kg.terms.typed.quantity import Quantity
from clew.kg.terms.typed.units import find_unit
from clew.kg.terms.typed.value import TEXTS, TypedValue, ValueKind, typed_value
from clew.kg.terms.vocabulary import XSD
from clew.tries.columns.arrays import ColumnArrays
from clew.tries.columns.column import ValueColumn
from clew.tries.columns.columns import ValueColumns
from clew.tries.columns.lexical import days_since_1970
from clew.tries.columns.stored import columns_of, keep_columns_in, load, save
from clew.tries.columns.values import ValueGroup, group_of

Triple = tuple[str, str, str | Literal]
Valued = dict[ValueGroup, list[tuple[int, TypedValue]]]
UNIT = "http://dbpedia.org/datatype/"


def exact(value: TypedValue) -> object:
    if isinstance(value, Interval):
        return value.start, value.end
    return value.amount if isinstance(value, Quantity) else value


def way_of(texts: list[Literal]) -> ValueKind | None:
    """What the plain texts of a relation stand for."""
    numbers = [t for t in texts if typed_value(t.lexical, kind=ValueKind.NUMBER) is not None]
    times = [t for t in texts if typed_value(t.lexical, kind=ValueKind.TIME) is not None]
    digits = [t.lexical for t in texts if t.lexical.isascii() and t.lexical.isdigit()]
    least = max(3, 0.9 * len(texts))
    codes = any(len(text) > 1 and text[0] == "0" for text in digits)
    alike = len(digits) >= 5 and len(digits) == len(numbers) and len({*map(len, digits)}) == 1 and len(digits[0]) >= 8
    as_numbers = len(numbers) >= least and not codes and not alike
    sure = [t for t in times if not (codes and t in numbers)]
    if len(sure) >= least and (not as_numbers or len(times) > len(numbers)):
        return ValueKind.TIME
    return ValueKind.NUMBER if as_numbers else None


def by_reading(graph: Graph) -> tuple[dict[int, Valued], Counter[int]]:
    """The values of each relation's edges, by group, in order; and how many literals are none."""
    edges: dict[int, list[tuple[int, Literal]]] = defaultdict(list)
    for edge in range(graph.num_edges):
        _, r, tail = graph.edge_triple(edge)
        if graph.is_literal(tail):
            edges[r].append((edge, graph.literal(tail)))
    found: dict[int, Valued] = {}
    excluded: Counter[int] = Counter()
    for r, own in edges.items():
        way = way_of([literal for _, literal in own if literal.datatype in TEXTS])
        valued: Valued = defaultdict(list)
        for edge, literal in own:
            plain = literal.datatype in TEXTS
            value = (
                None
                if plain and way is None
                else typed_value(literal.lexical, literal.datatype, way if plain else None)
            )
            if value is None:
                excluded[r] += 1
            else:
                valued[group_of(value)].append((edge, value))
        found[r] = {
            group: sorted(some, key=lambda pair: (exact(pair[1]), graph.edge_triple(pair[0])[::-2]))
            for group, some in valued.items()
        }
    return found, excluded


def check(graph: Graph, columns: ValueColumns, asked: list[TypedValue]) -> int:
    """Compare with what is read; return how many values there are."""
    found, excluded = by_reading(graph)
    total = 0
    for r in range(graph.num_relations):
        valued = found.get(r, {})
        assert {(info.kind, info.unit): info.size for info in columns.kinds(r)} == {
            g: len(v) for g, v in valued.items()
        }
        assert columns.excluded(r) == excluded[r]
        for group, pairs in valued.items():
            column = columns.column(r, group.kind, group.unit)
            assert column is not None
            assert (column.kind, column.unit) == group
            check_column(graph, column, pairs, asked)
            total += len(pairs)
        assert columns.column(r, ValueKind.NUMBER, "parsnip") is None
    return total


def check_column(
    graph: Graph, column: ValueColumn, pairs: list[tuple[int, TypedValue]], asked: list[TypedValue]
) -> None:
    assert column.edges.tolist() == [edge for edge, _ in pairs]
    assert column.heads().tolist() == [graph.edge_triple(edge)[0] for edge, _ in pairs]
    numbers = column.numbers().tolist()
    assert [exact(column.value(number)) for number in numbers] == [exact(value) for _, value in pairs]
    assert len(set(numbers)) == len({exact(value) for _, value in pairs})
    nodes = np.arange(graph.num_entities)
    heads = np.array([graph.edge_triple(edge)[0] for edge, _ in pairs])
    for value in (*asked, pairs[len(pairs) // 2][1]):
        for op in Comparison:
            places = [i for i, (_, own) in enumerate(pairs) if compare(own, op, value)]
            assert column.select(op, value).tolist() == places
            assert column.matching(nodes, op, value).nonzero()[0].tolist() == sorted(set(heads[places].tolist()))
    some = nodes[::2]
    own = column.of(some)
    assert sorted(zip(some[own.owner].tolist(), own.edge.tolist(), own.value.tolist(), strict=True)) == sorted(
        (head, edge, number)
        for head, (edge, _), number in zip(heads.tolist(), pairs, numbers, strict=True)
        if head % 2 == 0
    )
    order = sorted({exact(value) for edge, value in pairs if edge in set(own.edge.tolist())})
    for largest in (True, False):
        kept = order[-2:] if largest else order[:2]
        edges = column.extreme(some, largest, 2)
        values = [exact(dict(pairs)[edge]) for edge in edges.tolist()]
        assert values == sorted(values, reverse=largest)
        assert set(edges.tolist()) == {e for e, v in pairs if exact(v) in kept and graph.edge_triple(e)[0] % 2 == 0}


# --- random graphs
typed = st.one_of(
    st.integers(-9, 9).map(lambda n: Literal(str(n), XSD + "integer")),
    st.integers().map(lambda n: Literal(str(n), XSD + "int")),
    st.sampled_from(["9007199254740993", "9007199254740992", "1" + "0" * 30]).map(
        lambda n: Literal(n, XSD + "integer")
    ),
    st.decimals(-99, 99, places=3).map(lambda d: Literal(f"{d:f}", XSD + "decimal")),
    st.floats().map(lambda f: Literal(repr(f).upper().replace("NAN", "NaN"), XSD + "double")),
    st.sampled_from(["0.1", "0.10", "1e-1", "1e30", "1e-30", "5.", "-.5", "+7", "x", ""]).map(
        lambda t: Literal(t, XSD + "double")
    ),
    st.sampled_from(["true", "1", "0", "yes", " false "]).map(lambda t: Literal(t, XSD + "boolean")),
    st.builds(
        lambda n, unit: Literal(n, UNIT + unit),
        st.sampled_from(["1", "2.5", "1000", "0.001", "many", "1e3"]),
        st.sampled_from(["kilometre", "metre", "mile", "degreeCelsius", "kelvin", "usDollar", "parsnip"]),
    ),
    st.sampled_from(["P1M", "P30D", "PT720H", "-P1D", "PT0.5S", "P"]).map(lambda t: Literal(t, XSD + "duration")),
)
times = st.one_of(
    st.dates().map(lambda d: Literal(str(d), XSD + "date")),
    st.datetimes(datetime.datetime(1999, 12, 31, 23), datetime.datetime(2000, 1, 1, 1)).map(
        lambda d: Literal(d.isoformat(), XSD + "dateTime")
    ),
    st.sampled_from(["2000-01-01", "2000-01-01Z", "2000-01-01+02:00", "2000", "2000-00-00", "1999-12-31T24:00:00"]).map(
        lambda t: Literal(t, XSD + "date")
    ),
    st.sampled_from(["2000", "1999", "-0044", "99999", "0000", "9999999999999", "1999-02-31"]).map(
        lambda t: Literal(t, XSD + "gYear")
    ),
    st.sampled_from(["2000-01", "1999-12", "1999-13"]).map(lambda t: Literal(t, XSD + "gYearMonth")),
    st.sampled_from(
        ["1999-12-31T23:59:59.5", "2000-01-01T00:00:00.123456789012345678901Z", "2000-01-01T02:00:00+02:00"]
    ).map(lambda t: Literal(t, XSD + "dateTime")),
    st.sampled_from(["12:00:00", "11:00:00-01:00"]).map(lambda t: Literal(t, XSD + "time")),
    st.sampled_from(["--01-31", "--02"]).map(lambda t: Literal(t, XSD + "gMonthDay")),
)
texts = st.one_of(
    st.sampled_from(
        ["1984", "1999", " 1999", "2000-01-01", "2000-01", "1980s", "12.5", "-4", "-40", "0042", "00", "0.5", "2,345",
         "5 km", "5000 m", "$5", "5 USD", "1e3", "12 Ways", "A4", "", "n/a", "12345678", "87654321", "1" * 20,
         "2000-01-01T00:00:00Z", "PT1H", "café 5", "tt0012345", "5e0", "3f2a9c12", "4-5", "1.", "007", "0" * 101]
    ),
    st.integers(0, 10**9).map(str),
    st.text("0123456789.-, km$T:Z", max_size=12),
).map(Literal)  # fmt: skip
graphs = st.lists(
    st.tuples(
        st.sampled_from("abcdefgh"),
        st.sampled_from(["p", "q", "r"]),
        st.one_of(
            typed,
            times,
            texts,
            st.sampled_from("abc"),
            st.sampled_from(["5", "6"]).map(lambda t: Literal(t, language="en")),
        ),
    ),
    max_size=40,
)
one_kind = st.one_of(
    *(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.just("p"), kind), min_size=3, max_size=30)
      for kind in (typed, times, texts, st.sampled_from(["1984", "1999", "2001", "2001-01"]).map(Literal)))
)  # fmt: skip


@given(st.one_of(graphs, one_kind), st.lists(st.one_of(typed, times, texts), max_size=4))
@settings(deadline=None)
def test_columns_are_what_reading_every_edge_gives(triples: list[Triple], literals: list[Literal]) -> None:
    graph = from_triples(triples)
    asked = [value for each in literals if (value := typed_value(each.lexical, each.datatype)) is not None]
    check(graph, ValueColumns.of(graph), asked)


@given(st.integers(-10_000, 10_000), st.integers(1, 12), st.integers(1, 28))
def test_the_compiled_calendar_is_the_calendar(year: int, month: int, day: int) -> None:
    assert days_since_1970(year, month, day) == days_before(year, month, day)
    assert days_since_1970(year, 13, 1) == days_before(year + 1)


# --- examples
def column_of(values: list[Literal], kind: ValueKind, unit: str = "") -> list[str]:
    """The lexical forms of one relation's values of a kind, in order."""
    graph = from_triples([(f"e{i:02}", "p", value) for i, value in enumerate(values)])
    column = ValueColumns.of(graph).column(0, kind, unit)
    return [] if column is None else [graph.literal(tail).lexical for tail in column.tails().tolist()]


def plain(*lexical: str) -> list[Literal]:
    return [Literal(text) for text in lexical]


def test_values_beyond_floats_are_told_apart() -> None:
    numbers = [str(2**53 + 1), str(2**53), "0.1", "0.10000000000000000001", "1" + "0" * 400, "-" + "9" * 19, "9" * 19]
    found = column_of([Literal(n, XSD + "decimal") for n in numbers], ValueKind.NUMBER)
    assert found == sorted(numbers, key=lambda text: Fraction(text))


@pytest.mark.parametrize(
    ("texts", "kind", "found"),
    [
        (["1984", "Dune", "Emma", "1Q84"], ValueKind.NUMBER, 0),
        (["1984", "2001"], ValueKind.NUMBER, 0),
        (["1984", "2001", "1999"], ValueKind.NUMBER, 3),
        (["1984", "2001", "1999-05"], ValueKind.TIME, 3),
        ([*map(str, range(1, 10)), "n/a"], ValueKind.NUMBER, 9),
        ([*map(str, range(1, 9)), "n/a", "none"], ValueKind.NUMBER, 0),
        (["02134", "90210", "10001"], ValueKind.NUMBER, 0),
        (["0800", "2000", "1010"], ValueKind.TIME, 0),
        ([f"97831614841{i}0" for i in range(5)], ValueKind.NUMBER, 0),
        ([f"83161{i}" for i in range(5)], ValueKind.NUMBER, 5),
        (["1.2.3", "1.2.4", "1.3.0"], ValueKind.NUMBER, 0),
        (["10-20", "20-30", "30-40"], ValueKind.NUMBER, 0),
    ],
)
def test_plain_texts_are_values_among_their_like(texts: list[str], kind: ValueKind, found: int) -> None:
    assert len(column_of(plain(*texts), kind)) == found


def test_units_share_a_column_in_exact_order() -> None:
    assert column_of(plain("2 km", "1 mile", "1,5 km", "1609.344 m", "100 m"), ValueKind.NUMBER, "m") == [
        "100 m", "1,5 km", "1 mile", "1609.344 m", "2 km",
    ]  # fmt: skip
    assert column_of(plain("2 km", "1 kg", "3"), ValueKind.NUMBER, "kg") == ["1 kg"]
    units = [
        Literal("20", UNIT + "degreeCelsius"),
        Literal("300", UNIT + "kelvin"),
        Literal("0", UNIT + "degreeFahrenheit"),
    ]
    assert column_of(units, ValueKind.NUMBER, "K") == ["0", "20", "300"]


def test_every_base_unit_is_a_unit() -> None:
    for unit in ("m", "m²", "m³", "kg", "s", "m/s", "/m²", "kg/m³", "W", "J", "Pa", "K", "B", "Hz", "%", "USD", ""):
        found = find_unit(unit)
        assert found is not None, unit
        assert (found.base, found.size, found.offset) == (unit, 1, 0)


def test_times_are_selected_by_where_they_start_and_end() -> None:
    times = ["1989", "1990-01", "1990", "1990-12-31", "1991-01-01"]
    kinds = ["gYear", "gYearMonth", "gYear", "date", "date"]
    graph = from_triples([(f"e{t}", "p", Literal(t, XSD + k)) for t, k in zip(times, kinds, strict=True)])
    column = ValueColumns.of(graph).column(0, ValueKind.TIME)
    assert column is not None

    def selected(op: str, first: int, count: int = 1) -> list[str]:
        tails = column.tails(column.select(op, years(first, count)))
        return [graph.literal(tail).lexical for tail in tails.tolist()]

    assert selected("=", 1990) == ["1990-01", "1990", "1990-12-31"]
    assert selected("<", 1990) == ["1989"]
    assert selected("<=", 1990) == times[:4]
    assert selected(">", 1990) == ["1991-01-01"]
    assert selected("=", 1980, 10) == ["1989"]
    with pytest.raises(ValueError, match="!="):
        column.select("!=", years(1990))


# --- stored columns
def facts() -> list[Triple]:
    rng = random.Random(5)
    kinds = ("integer", "decimal", "date", "gYear")
    forms = (
        lambda: str(rng.randrange(99)),
        lambda: f"{rng.random():.3f}",
        lambda: f"19{rng.randrange(10, 99)}-0{rng.randrange(1, 9)}-11",
        lambda: str(rng.randrange(1000, 2020)),
    )
    typed_facts = [
        (f"e{i}", kind, Literal(form(), XSD + kind)) for i in range(50) for kind, form in zip(kinds, forms, strict=True)
    ]
    return [
        *typed_facts,
        *((f"e{i}", "height", Literal(f"{rng.randrange(99)} m")) for i in range(20)),
        *((f"e{i}", "made", Literal(str(1900 + i) if i % 2 else f"19{i + 10}-05")) for i in range(20)),
        ("e1", "name", Literal("one")),
    ]


FACTS = facts()


def same(one: ValueColumns, other: ValueColumns) -> bool:
    return one.groups == other.groups and all(
        np.array_equal(getattr(one.arrays, field.name), getattr(other.arrays, field.name))
        for field in fields(ColumnArrays)
    )


@pytest.mark.parametrize("triples", [FACTS, FACTS[:1], [("a", "b", "c")], []], ids=["many", "one", "none", "empty"])
def test_stored_is_computed_anew(triples: list[Triple], tmp_path: Path) -> None:
    graph = from_triples(triples)
    save(ValueColumns.of(graph), tmp_path / "columns")
    assert same(load(tmp_path / "columns", graph), ValueColumns.of(graph))
    with pytest.raises(StaleIndex, match="graph"):
        load(tmp_path / "columns", from_triples([*triples, ("x", "y", "z")]))


def test_columns_are_opened_at_their_first_use_and_stored(tmp_path: Path) -> None:
    graph, folder = from_triples(FACTS), tmp_path / "columns"
    keep_columns_in(graph, folder)
    assert not folder.exists()
    found = columns_of(graph)
    assert columns_of(graph) is found
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}
    again = from_triples(FACTS)
    keep_columns_in(again, folder)
    assert same(columns_of(again), found)
    assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir()} == before


NAMES = sorted(field.name for field in fields(ColumnArrays))
ANY = {"start", "edges", "text", "way", "excluded", "ptr"}
"""Of these the bounds are checked by the edges' count, or any number is possible."""


@pytest.mark.parametrize(
    ("field", "damage"),
    [
        *((name, damage) for name in NAMES for damage in ("missing", "flipped", "another type")),
        *((name, "out of range") for name in NAMES if name not in ANY),
    ],
)
def test_damaged_columns_are_made_anew(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, field: str, damage: str
) -> None:
    graph, folder = from_triples(FACTS), tmp_path / "columns"
    right = ValueColumns.of(graph)
    save(right, folder)
    file, array = folder / f"{field}.npy", np.array(getattr(right.arrays, field))
    if damage == "missing":
        file.unlink()
    elif damage == "flipped":
        file.write_bytes(file.read_bytes()[:-1] + bytes([file.read_bytes()[-1] ^ 1]))
    else:
        changed = array.astype(np.float64) if damage == "another type" else np.full_like(array, 2**30)
        save_with(folder, right, field, changed)
    keep_columns_in(graph, folder)
    with caplog.at_level(logging.WARNING):
        found = columns_of(graph)
    assert same(found, right)
    assert "rebuilding" in caplog.text
    assert same(load(folder, graph), right)


def save_with(folder: Path, columns: ValueColumns, field: str, array: np.ndarray) -> None:
    """Store columns of which one array is another one, with checksums that fit."""
    save(ValueColumns(columns.graph, columns.groups, replace(columns.arrays, **{field: array})), folder)


def test_columns_that_cannot_be_stored_are_used_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder")
    graph = from_triples(FACTS)
    keep_columns_in(graph, tmp_path / "file" / "columns")
    assert same(columns_of(graph), ValueColumns.of(graph))
    assert "are not kept" in caplog.text


def test_other_processes_and_updates_make_the_same_columns(tmp_path: Path) -> None:
    (tmp_path / "all.nt").write_text("".join(lines(FACTS)))
    (tmp_path / "half.nt").write_text("".join(lines(FACTS[::2])))
    (tmp_path / "rest.nt").write_text("".join(lines(FACTS[1::2])))
    catalogue, here = Catalogue(tmp_path / "home"), IngestOptions(isolated=False)
    ingest(catalogue, [tmp_path / "all.nt"], "whole", here)
    ingest(catalogue, [tmp_path / "half.nt"], "updated", here)
    update(catalogue, "updated", [tmp_path / "rest.nt"], options=here)
    whole, updated = (ValueColumns.of(catalogue.open(name)) for name in ("whole", "updated"))
    assert same(whole, updated)
    save(whole, tmp_path / "here")
    program = (
        "import sys; from pathlib import Path; from clew.kg.store.catalogue import Catalogue; "
        "from clew.tries.columns.columns import ValueColumns; from clew.tries.columns.stored import save; "
        "save(ValueColumns.of(Catalogue(Path(sys.argv[1])).open('whole')), Path(sys.argv[2]))"
    )
    arguments = [sys.executable, "-c", program, str(tmp_path / "home"), str(tmp_path / "there")]
    subprocess.run(arguments, check=True, env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(Path.cwd())})
    for file in (tmp_path / "here").iterdir():
        assert file.read_bytes() == (tmp_path / "there" / file.name).read_bytes(), file.name


def lines(triples: list[Triple]) -> list[str]:
    def term(value: str | Literal) -> str:
        return value.key if isinstance(value, Literal) else f"<urn:{value}>"

    return [f"{term(head)} {term(relation)} {term(tail)} .\n" for head, relation, tail in triples]
