"""``--rows``: CSV, Parquet and Arrow files with one row per thing."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest

from clew.kg.errors import BadFile, BadInput, BadLine
from tests.kg.mapping.databases import facts, loaded, sources

Write = Callable[[str, str | bytes], str]
GUESTS = '\ufeffid;name;room\n1;Ida Moe;12\n2;"Bo; Day";12\n3;Sol Fox;\n'


@pytest.fixture
def write(tmp_path):  # type: ignore[no-untyped-def]
    def write(name: str, content: str | bytes) -> str:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(tmp_path / name)

    return write


def test_a_table_of_people(write: Write) -> None:
    guests, rooms = write("guests.csv", GUESTS), write("rooms.tsv", "room\tbeds\n12\t2\n14\t1\n")
    found = loaded(guests, rooms, rows=True)
    edges = facts(found.graph)
    assert {
        ("guests/1", "room", "rooms/12"),
        ("guests/2", "label", '"Bo; Day"'),
        ("rooms/14", "bed", '"1"^^integer'),
    } <= {(head, "bed" if relation == "beds" else relation, tail) for head, relation, tail in edges}
    assert sources(found.graph)["guests/2", "room", "rooms/12"] == ("guests.csv", 3)


def test_lines_that_end_with_carriage_returns(write: Write) -> None:
    with pytest.raises(BadLine, match=r"m\.csv:1: a carriage return .*convert them"):
        loaded(write("m.csv", "id,name\r1,Ann\r2,Bo\r"), rows=True)


def test_rows_that_are_broken(write: Write) -> None:
    file = write("t.csv", "id,name\n1,Ann\n2\n3,Cy\n")
    with pytest.raises(BadLine, match=r"t\.csv:3: 1 columns instead of 2"):
        loaded(file, rows=True)
    assert loaded(file, rows=True, on_error="skip").rejections.counts == {"column count": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,a\n1,2,3\n", "columns 1 and 3 are both called 'a'"),
        ("id,name\n", "no statement found"),
        ("", "no header"),
    ],
)
def test_tables_that_are_refused(write: Write, text: str, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        loaded(write("t.csv", text), rows=True)


def test_options_that_do_not_fit(write: Write) -> None:
    with pytest.raises(BadInput, match="--columns does not apply"):
        loaded(write("t.csv", "a,b,c\n1,2,3\n"), rows=True, columns=("a", "b", "c"))


def test_two_files_of_one_name(write: Write) -> None:
    with pytest.raises(BadInput, match=r"a\.csv and .*a\.tsv are both the table a"):
        loaded(write("a.csv", "id,n\n1,2\n"), write("a.tsv", "id\tn\n1\t2\n"), rows=True)


def test_columns_without_a_name_and_quoted_lines(write: Write) -> None:
    edges = facts(loaded(write("t.csv", 'id,,note\n1,x,"two\nlines"\n2,x,\n'), rows=True).graph)
    assert ("t/1", "column 2", "value:x") in edges
    assert ("t/1", "note", '"two\nlines"') in edges


def test_other_formats_are_read_as_they_are(write: Write) -> None:
    triples = write("a.nt", "<x:a> <x:p> <x:b> .\n")
    edges = facts(loaded(triples, write("t.csv", "id,n\n1,2\n"), rows=True).graph)
    assert {("x:a", "x:p", "x:b"), ("t/1", "n", '"2"^^integer')} <= edges


def test_parquet_and_arrow(tmp_path) -> None:  # type: ignore[no-untyped-def]
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table = pyarrow.table(
        {
            "id": [1, 2],
            "name": ["Ann", "Bo"],
            "born": [datetime.date(1990, 1, 2), None],
            "fit": [True, False],
            "owes": [Decimal("1.50"), Decimal("2.25")],
            "boss": [None, 1],
        }
    )
    parquet.write_table(table, tmp_path / "staff.parquet")
    with pyarrow.ipc.new_file(tmp_path / "staff.arrow", table.schema) as writer:
        writer.write_table(table)
    edges = facts(loaded(str(tmp_path / "staff.parquet"), rows=True).graph)
    assert edges == facts(loaded(str(tmp_path / "staff.arrow"), rows=True).graph)
    assert {
        ("staff/1", "born", '"1990-01-02"^^date'), ("staff/2", "fit", '"false"^^boolean'),
        ("staff/1", "owes", '"1.50"^^decimal'), ("staff/2", "label", '"Bo"'),
    } <= edges  # fmt: skip
    (tmp_path / "cut.parquet").write_bytes((tmp_path / "staff.parquet").read_bytes()[:-30])
    with pytest.raises(BadFile, match="not a Parquet file"):
        loaded(str(tmp_path / "cut.parquet"), rows=True)
