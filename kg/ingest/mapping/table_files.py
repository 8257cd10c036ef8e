"""CSV, Parquet and Arrow files of one row per thing, as the tables of a temporary database on disk."""

from __future__ import annotations

import csv
import datetime
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.mapping.schema import Field, LeftOut, TableSchema
from clew.kg.ingest.mapping.sqlite import library_error, quoted
from clew.kg.ingest.readers.arrow import arrow_rows, parquet_rows
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.rows import rows_of
from clew.kg.ingest.streams import COMPRESSED

_BATCH = 10_000
_DELIMITERS = (",", ";", "\t", "|")
_QUOTED = (",", ";")
_SAMPLE = 1 << 16
_LARGEST = 2**63
_LINE = "line"

FileRows = Iterator[tuple[int, Sequence[Any]]]
"""The line or number of each row, and its cells, None or empty where there is none."""


class TableFiles:
    """Files as tables (``Database``). What they hold lies in a temporary file that ends with the process."""

    loose = True

    def __init__(self) -> None:
        self.name, self.left_out = "tables", list[LeftOut]()
        self._tables: list[TableSchema] = []
        self._connection = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=FILE"):
            self._connection.execute(f"PRAGMA {pragma}")

    def add(self, reading: FileReading, kind: str) -> None:
        """Add a file of a ``kind`` (table, parquet, arrow), whose rows are all read. A row with another number of cells
        than the header is rejected. Errors: ``BadFile``, ``BadLine``, ``StorageFailed``."""
        name = table_name(reading.file)
        twin = next((table for table in self._tables if table.name.casefold() == name.casefold()), None)
        if twin is not None:
            raise BadInput(f"{twin.place} and {reading.file} are both the table {name}; rename one of the files")
        header, rows = _READERS[kind](reading)
        self._add(reading, name, _header(reading.file, header), rows)

    def tables(self) -> list[TableSchema]:
        """The tables, by name."""
        return sorted(self._tables, key=lambda table: table.name)

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            yield from self._connection.execute(query)
        except sqlite3.Error as error:
            raise library_error(self.name, error) from error

    def as_text(self, column: str) -> str:
        """The SQL of a column's values as text."""
        return f"CAST({column} AS TEXT)"

    def close(self) -> None:
        """Close and delete the temporary database."""
        self._connection.close()

    def _add(self, reading: FileReading, name: str, header: list[str], rows: FileRows) -> None:
        table = f"t{len(self._tables)}"
        fields = tuple(Field(column, f"c{at}") for at, column in enumerate(header))
        columns = ", ".join((_LINE, *(field.sql for field in fields)))
        marks = ", ".join("?" * (len(fields) + 1))
        try:
            self._connection.execute(f"CREATE TABLE {table} ({columns})")
            self._connection.execute("BEGIN")
            for batch in _batches(_whole(reading, rows, len(fields))):
                self._connection.executemany(f"INSERT INTO {table} VALUES ({marks})", batch)
                reading.tick()
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise library_error(reading.file, error) from error
        self._tables.append(TableSchema(name, quoted(table), reading.name or reading.file, fields, row=_LINE))


def table_name(file: str) -> str:
    """The table that a file holds: its name without the extension."""
    path = PurePath(file)
    if path.suffix.lower() in COMPRESSED:
        path = path.with_suffix("")
    return path.stem if path.stem not in ("", "-") else "stdin"


def _delimited(reading: FileReading) -> tuple[list[str], FileRows]:
    options = reading.options
    if options.columns is not None or options.header is False:
        raise BadInput("with --rows, a table needs a header, and --columns does not apply")
    delimiter = options.delimiter or _find_delimiter(reading)
    quote = options.quote if options.quote is not None else '"' if delimiter in _QUOTED else ""
    if len(delimiter) > 1 and quote:
        raise BadInput(f"quoting does not work with a delimiter of several characters ({delimiter!r})")
    rows = rows_of(reading, delimiter, quote)
    _, header = next(rows, (0, []))
    return header, ((line, [cell.strip() for cell in cells]) for line, cells in rows)


_READERS: dict[str, Callable[[FileReading], tuple[list[str], FileRows]]] = {
    "table": _delimited,
    "parquet": parquet_rows,
    "arrow": arrow_rows,
}


def _find_delimiter(reading: FileReading) -> str:
    """The delimiter that gives the header the most cells, and nearly all rows as many."""
    head = reading.stream.peek(_SAMPLE)[:_SAMPLE].decode("utf-8", "replace")
    lines = head.splitlines() if len(head) < _SAMPLE // 2 else head.splitlines()[:-1]
    best, most = ("\t" if ".tsv" in reading.file.lower() else ","), 1
    for delimiter in _DELIMITERS:
        widths = [len(cells) for cells in csv.reader(lines, delimiter=delimiter) if cells]
        if widths and widths[0] > most and widths.count(widths[0]) >= 0.9 * len(widths):
            best, most = delimiter, widths[0]
    return best


def _header(file: str, cells: Sequence[str]) -> list[str]:
    """The names of the columns; one without a name is called by its position."""
    names = [" ".join(cell.split()) or f"column {at}" for at, cell in enumerate(cells, 1)]
    if not names:
        raise BadFile(f"{file}: the file has no header")
    for at, name in enumerate(names):
        if name in names[:at]:
            raise BadFile(f"{file}: columns {names.index(name) + 1} and {at + 1} are both called {name!r}")
    return names


def _whole(reading: FileReading, rows: FileRows, width: int) -> Iterator[list[Any]]:
    """The rows with the right number of cells, as what the database stores."""
    for line, cells in rows:
        if len(cells) == width:
            yield [line, *map(_stored, cells)]
        else:
            reason = f"{len(cells)} columns instead of {width}"
            reading.reject("column count", line, reason, ",".join(map(str, cells)))


def _stored(cell: Any) -> Any:
    """A cell as one of the types of SQLite; what it has no type for as text."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int) and not -_LARGEST <= cell < _LARGEST:
        return str(cell)
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat()
    if isinstance(cell, dict | list):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return cell if isinstance(cell, int | float | str | bytes) and not isinstance(cell, Decimal) else str(cell)


def _batches(rows: Iterable[list[Any]]) -> Iterator[list[list[Any]]]:
    batch: list[list[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    yield batch
