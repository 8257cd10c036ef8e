"""What Clew proposes for the tables that people have: keys, names, references, classes, kinds."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from clew.kg.ingest.mapping import cells, words
from clew.kg.ingest.mapping.plan import DatabasePlan
from clew.kg.ingest.mapping.proposer import propose
from clew.kg.ingest.mapping.sqlite import SqliteDatabase
from tests.kg.mapping.databases import database


def proposed(folder: Path, script: str) -> DatabasePlan:
    opened = SqliteDatabase(database(folder / "p.db", script))
    with closing(opened):
        return propose(opened)


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        ("customers", "customer"), ("cities", "city"), ("tblAddresses", "address"), ("order_items", "order item"),
        ("people", "person"), ("Statuses", "status"), ("boxes", "box"), ("TV_series", "TV series"), ("news", "news"),
        ("houses", "house"), ("buses", "bus"), ("CarMakers", "car maker"), ("glass", "glass"), ("x", "x"),
    ],
)  # fmt: skip
def test_classes(table: str, kind: str) -> None:
    assert words.class_of(table) == kind


@pytest.mark.parametrize(
    ("column", "target", "label"),
    [
        ("city_id", "city", "city"), ("ManagerID", "employee", "manager"), ("countrycode", "country", "country"),
        ("StuID", "student", "student"), ("home_town_id", "town", "home town"), ("id", "guest", "guest"),
        ("fk_customer", "customer", "customer"), ("owner", "person", "owner"),
    ],
)  # fmt: skip
def test_labels_of_references(column: str, target: str, label: str) -> None:
    assert words.label_of_reference(column, target) == label


@pytest.mark.parametrize(
    ("column", "label"),
    [("LName", "last name"), ("dept_size", "department size"), ("homeTown", "home town"), ("GDP", "GDP"), ("%", "%")],
)
def test_labels_of_columns(column: str, label: str) -> None:
    assert words.label_of(column) == label


@pytest.mark.parametrize(
    ("cell", "number", "date"),
    [
        (5, "5", None), ("-3", "-3", None), ("007", None, None), ("+49123", None, None), (2.0, "2", None),
        ("1.50", "1.50", None), ("1e3", "1e3", None), ("1,5", None, None), (True, None, None), ("", None, None),
        ("2024-02-30", None, None), ("2024-02-29", None, "2024-02-29"), ("29.02.2024", None, None),
        ("2024-02-29 08:15", None, "2024-02-29T08:15:00"), (float("inf"), "INF", None), (b"5", None, None),
    ],
)  # fmt: skip
def test_cells(cell: object, number: str | None, date: str | None) -> None:
    found = cells.number_of(cell), cells.date_of(cell)
    assert tuple(literal and literal.lexical for literal in found) == (number, date)


def test_references_without_foreign_keys(tmp_path: Path) -> None:
    plan = proposed(
        tmp_path,
        """
        CREATE TABLE guides (guide_id INTEGER, guide_name TEXT, age INTEGER);
        CREATE TABLE trips (id INTEGER, title TEXT, guide_id INTEGER, age INTEGER, country TEXT, hint INTEGER);
        CREATE TABLE countries (code TEXT, name TEXT);
        INSERT INTO guides VALUES (1, 'Pia Lund', 30), (2, 'Rolf Ek', 41), (3, 'Ada Ny', 2);
        INSERT INTO trips VALUES (1, 'Fjords', 2, 2, 'Norway', 1), (2, 'Alps', 1, 3, 'Austria', 2);
        INSERT INTO countries VALUES ('NO', 'Norway'), ('AT', 'Austria');
        """,
    )
    trips, guides = plan.tables["trips"], plan.tables["guides"]
    assert (guides.key, guides.label) == (("guide_id",), ("guide_name",))
    assert {found.columns: (found.to, found.by) for found in trips.references} == {
        ("guide_id",): ("guides", ("guide_id",)),
        ("country",): ("countries", ("name",)),
    }  # neither the age nor the hint, whose values are keys of guides, too


def test_a_table_of_two_references_is_edges(tmp_path: Path) -> None:
    script = """
        CREATE TABLE actor (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT);
        CREATE TABLE {name} (actor_id INTEGER REFERENCES actor, film_id INTEGER REFERENCES film {more});
        INSERT INTO actor VALUES (1, 'Pia Lund');
        INSERT INTO film VALUES (1, 'Fjords');
        INSERT INTO {name} VALUES (1, 1 {value});
    """
    cases = [
        ("film_actors", "", "", ("film", "actor")),
        ("awards", "", "", ("award film", "award actor")),
        ("film_actor", ", since DATE", ", '2001-01-01'", ("film", "actor")),
        ("film_actor", ", fee INTEGER", ", 100", None),
        ("film_actor", ", role TEXT", ", 'Pilot'", None),
        ("film_actor", ", id INTEGER PRIMARY KEY", ", 5", ("film", "actor")),
        ("film_actor", ", id INTEGER PRIMARY KEY, since DATE", ", 5, '2001-01-01'", None),
    ]
    for at, (name, more, value, labels) in enumerate(cases):
        folder = tmp_path / str(at)
        folder.mkdir()
        link = proposed(folder, script.format(name=name, more=more, value=value)).tables[name].link
        assert (link and (link.relation, link.inverse)) == labels, (name, more)


def test_kinds_of_columns(tmp_path: Path) -> None:
    plan = proposed(
        tmp_path,
        f"""
        CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT, zip TEXT, paid BOOLEAN, day TEXT, about TEXT, bytes BLOB,
                        flag TEXT, type TEXT, few INTEGER);
        INSERT INTO t VALUES (1, '3.5', '01067', 1, '2020-01-01', '{"long " * 50}', x'00', 'True', 'a', 4),
                             (2, '4', '99999', 0, '2021-01-01', 'short', NULL, 'false', 'b', 'unknown');
        """,
    )
    found = {column.name: column.kind for column in plan.tables["t"].columns}
    assert found == {
        "id": "number", "n": "number", "zip": "text", "paid": "boolean", "day": "date", "about": "description",
        "bytes": "leave out", "flag": "boolean", "type": "text", "few": "number",
    }  # fmt: skip
    assert plan.tables["t"].column("type").relation == "t type"


def test_names_of_one_table_differ(tmp_path: Path) -> None:
    plan = proposed(
        tmp_path,
        """
        CREATE TABLE cities (id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE city (id INTEGER PRIMARY KEY);
        CREATE TABLE t (town TEXT, town_id INTEGER REFERENCES cities, townId INTEGER, "town " TEXT);
        """,
    )
    relations = [column.relation for column in plan.tables["t"].columns]
    assert len(set(relations)) == len(relations)
    assert plan.tables["t"].column("town_id").relation == "town"
    assert {name: table.kind for name, table in plan.tables.items()} == {"cities": "cities", "city": "city", "t": "t"}


def test_two_columns_that_name_each_other(tmp_path: Path) -> None:
    plan = proposed(
        tmp_path,
        """
        CREATE TABLE dogs (id INTEGER PRIMARY KEY, tag TEXT);
        CREATE TABLE owners (id INTEGER PRIMARY KEY, tag TEXT);
        INSERT INTO dogs VALUES (1, 'red one'), (2, 'blue one');
        INSERT INTO owners VALUES (1, 'red one'), (2, 'blue one');
        """,
    )
    dogs, owners = plan.tables["dogs"], plan.tables["owners"]
    assert len(dogs.references) + len(owners.references) == 1
    assert (dogs.label, owners.label) in ((("tag",), ()), ((), ("tag",)))
