"""SQLite files as people have them, and as nobody should: everything is read or refused, nothing in them is run."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clew.kg.errors import BadFile, BadInput, StorageFailed
from clew.kg.ingest.ingest import ingest
from clew.kg.ingest.inputs import expand
from clew.kg.ingest.mapping.schema import Database
from clew.kg.ingest.mapping.server import ServerDatabase
from clew.kg.ingest.mapping.sqlite import SqliteDatabase, library_error
from clew.kg.ingest.mapping.table_files import TableFiles
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.catalogue import Catalogue
from tests.kg.mapping.databases import database, facts, loaded, sources

TOYS = """
    CREATE TABLE toys (id INTEGER PRIMARY KEY, name TEXT, weight REAL, maker TEXT);
    INSERT INTO toys VALUES (1, 'Robot', 1.5, 'Ada'), (2, 'Kite', 0.25, NULL), (9, 'Top', 2, 'Ada');
"""

ODD = """
    CREATE TABLE People (Pid INTEGER PRIMARY KEY, Name TEXT, Boss INTEGER REFERENCES PEOPLE(PID));
    CREATE TABLE empty (id INTEGER PRIMARY KEY, note TEXT);
    CREATE TABLE strict_one (id INT PRIMARY KEY, amount REAL) STRICT;
    CREATE TABLE loose (anything, rowid TEXT);
    CREATE TABLE blobs (id BLOB PRIMARY KEY, picture BLOB, name TEXT);
    INSERT INTO People VALUES (1, 'Uma', NULL), (2, 'Ben', 1), (3, 'Eve', 7);
    INSERT INTO strict_one VALUES (5, 2.5);
    INSERT INTO loose VALUES (1, 'x'), ('two', 'x'), (x'ff', 'z');
    INSERT INTO blobs VALUES (x'0a', x'00', 'n'), (x'0b', NULL, 'm');
"""


# --- laws of any database


@pytest.fixture(params=["sqlite", "files", "server"])
def toys(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    from clew.kg.graph.builder import GraphBuilder
    from clew.kg.ingest.readers.reading import FileReading
    from clew.kg.ingest.rejections import Rejections

    file = database(tmp_path / "toys.db", TOYS)
    opened: Database
    if request.param == "server":
        pytest.importorskip("sqlalchemy")
        opened = ServerDatabase(f"sqlite:///{file}")
    elif request.param == "sqlite":
        opened = SqliteDatabase(file)
    else:
        opened = TableFiles()
        table = tmp_path / "toys.csv"
        table.write_text("id,name,weight,maker\n1,Robot,1.5,Ada\n2,Kite,0.25,\n9,Top,2,Ada\n")
        with table.open("rb") as stream:
            opened.add(FileReading(str(table), stream, GraphBuilder(), Rejections(), IngestOptions()), "table")
    with closing(opened):
        yield opened


def test_laws_of_a_database(toys: Database) -> None:
    (table,) = toys.tables()
    assert table.name == "toys"
    assert table.names == ("id", "name", "weight", "maker")
    assert table.place.endswith(("toys.db:toys", "toys.csv"))
    assert toys.left_out == []
    name, weight = table.field("name").sql, table.field("weight").sql
    assert list(toys.rows(f"SELECT {name} FROM {table.sql} ORDER BY {name}")) == [("Kite",), ("Robot",), ("Top",)]
    ((text,),) = toys.rows(f"SELECT {toys.as_text(weight)} FROM {table.sql} WHERE {name} = 'Robot'")
    assert text == "1.5"
    ((nothing,),) = toys.rows(f"SELECT {table.field('maker').sql} FROM {table.sql} WHERE {name} = 'Kite'")
    assert nothing is None
    assert table.row is None or len({row for (row,) in toys.rows(f"SELECT {table.row} FROM {table.sql}")}) == 3
    with pytest.raises(BadFile):
        list(toys.rows("SELECT nothing FROM nowhere"))


# --- odd tables


def test_tables_of_every_odd_kind(tmp_path: Path) -> None:
    file = database(tmp_path / "odd.db", ODD)
    found = loaded(file)
    edges = facts(found.graph)
    assert {("People/2", "boss", "People/1"), ("People/3", "boss", '"7"')} <= edges
    assert not any(fact[0] == "People/7" or fact[2] == "People/7" for fact in edges)
    assert ("strict_one/5", "amount", '"2.5"^^decimal') in edges
    assert {("loose/1", "anything", "value:1"), ("loose/two", "anything", "value:two")} <= edges
    assert ("blobs/#0a", "label", '"n"') in edges
    assert not any(fact[0].startswith("empty/") for fact in edges)
    assert found.rejections.counts == {"dangling": 1, "blob": 2}
    assert sources(found.graph)["People/2", "boss", "People/1"] == ("odd.db:People", 2)


def test_keys_of_two_types_are_no_key(tmp_path: Path) -> None:
    file = database(
        tmp_path / "k.db", "CREATE TABLE t (id PRIMARY KEY, c TEXT); INSERT INTO t VALUES (1,'a'),('1','b');"
    )
    assert {fact[0] for fact in facts(loaded(file).graph) if fact[1] == "c"} == {"t/#1", "t/#2"}


def test_a_key_that_may_be_null(tmp_path: Path) -> None:
    file = database(
        tmp_path / "k.db", "CREATE TABLE t (k TEXT PRIMARY KEY, c INT); INSERT INTO t VALUES ('a',1),(NULL,2);"
    )
    assert ("t/#2", "c", '"2"^^integer') in facts(loaded(file).graph)


def test_text_that_is_not_utf8_is_counted(tmp_path: Path) -> None:
    file = database(
        tmp_path / "u.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 'ok'), (2, CAST(x'ff41' AS TEXT));",
    )
    found = loaded(file)
    assert found.rejections.counts == {"encoding": 1}
    assert ("t/2", "type", "class:t") in facts(found.graph)


def test_text_with_a_nul_is_counted(tmp_path: Path) -> None:
    file = database(
        tmp_path / "n.db",
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);"
        "INSERT INTO t VALUES (1, 'ok'), (2, CAST(x'610062' AS TEXT)), (3, 'so');",
    )
    assert loaded(file).rejections.counts == {"encoding": 1}


def test_a_collation_that_only_its_program_has(tmp_path: Path) -> None:
    file = tmp_path / "c.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.create_collation("klingon", lambda one, other: (one > other) - (one < other))
        connection.executescript(
            "CREATE TABLE t (id TEXT PRIMARY KEY COLLATE klingon, n INT); INSERT INTO t VALUES ('b', 1), ('a', 2);"
        )
    assert ("t/a", "n", '"2"^^integer') in facts(loaded(str(file)).graph)


def test_what_is_in_the_log_counts(tmp_path: Path) -> None:
    file = tmp_path / "w.db"
    writer = sqlite3.connect(file)
    with closing(writer):
        writer.executescript("PRAGMA journal_mode=WAL; CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);")
        writer.execute("INSERT INTO t VALUES (1, 5)")
        writer.commit()
        assert (tmp_path / "w.db-wal").stat().st_size > 0
        assert ("t/1", "n", '"5"^^integer') in facts(loaded(str(file)).graph)


def test_names_that_are_no_text_are_counted(tmp_path: Path) -> None:
    """Latin-1 in the column that names the rows, or bytes there."""
    names = "(11, CAST(x'c56c64206cf8e5' AS TEXT), 1, CAST(x'c57361' AS TEXT)), (12, x'00ff', 2, 'Bo')"
    script = f"{TOYS} INSERT INTO toys VALUES {names};"
    found = loaded(database(tmp_path / "toys.db", script))
    assert found.rejections.counts == {"encoding": 2, "blob": 1}
    assert {("toys/11", "label", '"toy 11"'), ("toys/1", "label", '"Robot"')} <= facts(found.graph)


def test_databases_in_a_folder_are_found(tmp_path: Path) -> None:
    file = database(tmp_path / "a.db", TOYS)
    (tmp_path / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0 not a database")
    assert [(each.path, each.name) for each in expand([str(tmp_path)])] == [(file, "a.db")]


# --- hostile and damaged files


@pytest.mark.parametrize("page", [512, 4096, 65536])
def test_a_file_that_ends_within_a_page_is_refused(tmp_path: Path, page: int) -> None:
    """SQLite takes zeros for what is missing: 12,345 would become 12,288."""
    rows = ", ".join(f"({i}, 'Robot {i}', {i * 5})" for i in range(1, 2470))
    script = f"PRAGMA page_size = {page}; CREATE TABLE toys (id INTEGER PRIMARY KEY, name TEXT, price INTEGER);"
    file = Path(database(tmp_path / "toys.db", f"{script} INSERT INTO toys VALUES {rows};"))
    whole = file.read_bytes()
    assert loaded(str(file)).graph.num_edges == 3 * 2469
    for missing in (1, 2, page - 1):
        file.write_bytes(whole[:-missing])
        with pytest.raises(BadFile, match="cut short"):
            loaded(str(file))


def test_what_would_run_code_is_left_out(tmp_path: Path) -> None:
    file = database(
        tmp_path / "h.db",
        """
        CREATE TABLE t (id INTEGER PRIMARY KEY, n INT);
        CREATE TABLE seen (what TEXT);
        CREATE TRIGGER trap AFTER INSERT ON t BEGIN INSERT INTO seen VALUES ('ran'); END;
        INSERT INTO t (id, n) VALUES (1, 4);
        DELETE FROM seen;
        CREATE VIEW endless AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c;
        CREATE VIRTUAL TABLE words USING fts5(body);
        INSERT INTO words VALUES ('hidden');
        PRAGMA writable_schema=ON;
        UPDATE sqlite_schema SET sql = 'CREATE TABLE t (id INTEGER PRIMARY KEY,
            n INT CHECK (abs(id - 2 - 9223372036854775807) > 0),
            bomb TEXT GENERATED ALWAYS AS (abs(id - 2 - 9223372036854775807)))' WHERE name = 't';
        """,
    )  # what is computed of the row overflows, which would be an error
    before = Path(file).read_bytes()
    found = loaded(file)
    assert facts(found.graph) == {
        ("t/1", "type", "class:t"), ("t/1", "label", '"t 1"'), ("class:t", "label", '"t"'),
        ("t/1", "id", '"1"^^integer'), ("t/1", "n", '"4"^^integer'),
    }  # fmt: skip
    assert found.rejections.counts == {"view": 1, "virtual table": 1, "computed column": 1}
    assert Path(file).read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["h.db"]


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO toys VALUES (3, 'x', 1, 'y')",
        "ATTACH DATABASE '/tmp/stolen.db' AS other",
        "PRAGMA writable_schema=ON",
        "CREATE TABLE more (a)",
        "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x FROM c",
    ],
)
def test_only_plain_reading_is_allowed(tmp_path: Path, query: str) -> None:
    toys = SqliteDatabase(database(tmp_path / "toys.db", TOYS))
    with closing(toys), pytest.raises(BadFile):
        list(toys.rows(query))


def cut(data: bytes) -> bytes:
    return data[: len(data) - 3000]


def scribbled(data: bytes) -> bytes:
    return data[:4096] + b"\xa5" * 2048 + data[6144:]


def of_text(data: bytes) -> bytes:
    return b"SQLite format 3\0" + b"and then nothing of the kind" * 50


@pytest.mark.parametrize("damage", [cut, scribbled, of_text])
def test_a_damaged_file_is_refused_and_the_old_version_stays(tmp_path: Path, damage: object) -> None:
    rows = "".join(f"INSERT INTO toys VALUES ({n}, 'Toy {n}', {n}, 'Maker {n}');" for n in range(10, 200))
    file = Path(database(tmp_path / "toys.db", TOYS + rows))
    catalogue = Catalogue(tmp_path / "home")
    version = ingest(catalogue, [file], "toys", IngestOptions(isolated=False)).version
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BadFile, match=str(file)):
        ingest(catalogue, [file], "toys", IngestOptions(isolated=False))
    assert catalogue.current("toys") == version


def test_an_empty_database(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="no statement found"):
        loaded(database(tmp_path / "e.db", "CREATE TABLE t (a); DROP TABLE t;"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "n.sqlite").write_text("a,b\n1,2\n")
    with pytest.raises(BadFile, match="not a database"):
        loaded(str(tmp_path / "n.sqlite"))


def test_two_databases_with_a_table_of_one_name(tmp_path: Path) -> None:
    one, two = database(tmp_path / "one.db", TOYS), database(tmp_path / "two.db", TOYS)
    with pytest.raises(BadInput, match=r"one\.db:toys and .*two\.db:toys"):
        loaded(one, two)


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    error = library_error("t.csv", sqlite3.OperationalError("database or disk is full"))
    assert isinstance(error, StorageFailed)
