"""SQLite files, opened for reading only. What would run code of the file (views, virtual tables, triggers, computed
columns) is never touched."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clew.kg.errors import BadFile, ClewError, StorageFailed
from clew.kg.ingest.mapping.schema import BrokenText, Field, ForeignKey, LeftOut, TableSchema, match_name
from clew.kg.ingest.mapping.sqlite_files import LOGS, MAGIC

_FETCHED = 10_000  # rows taken from the cursor at a time
_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_TRANSACTION}
_SHADOWS = ("data", "idx", "content", "docsize", "config", "segments", "segdir", "stat", "node", "rowid", "parent")
_COLLATION = re.compile(r"\bCOLLATE\s+[\"'\[`]?(\w+)", re.IGNORECASE)
_BUILT_IN = {"BINARY", "NOCASE", "RTRIM"}
_SIZE_AT, _LARGEST_PAGE = slice(16, 18), 1 << 16  # of the page size in a file's head, where 1 stands for the largest
_REASON = 200  # characters of what the library says of a damage
_COMPUTED = (2, 3)  # of PRAGMA table_xinfo: virtual, stored


def quoted(name: str) -> str:
    """An identifier in SQL."""
    return '"' + name.replace('"', '""') + '"'


class SqliteDatabase:
    """An SQLite file (``Database``), with its ``name`` in provenance (default: the file). ``BadFile``, which names the
    file, where it is damaged or none."""

    loose = True

    def __init__(self, file: str, name: str = "") -> None:
        self.file, self.name, self.left_out = file, name or file, list[LeftOut]()
        self._check_size(Path(file))
        self._connection = self._open(Path(file))

    def tables(self) -> list[TableSchema]:
        """The tables with stored rows."""
        listed = list(self.rows("SELECT type, name, rootpage, sql FROM sqlite_schema ORDER BY name"))
        names = [str(name) for kind, name, root, _ in listed if kind == "table" and root]
        virtual = [str(name) for kind, name, root, _ in listed if kind == "table" and not root]
        self.left_out = [LeftOut(f"{self.name}:{name}", "view", "views are not loaded") for kind, name, *_ in listed
                         if kind == "view"]  # fmt: skip
        self.left_out += [LeftOut(f"{self.name}:{name}", "virtual table", "is not loaded") for name in virtual]
        shadows = {f"{name}_{end}".casefold() for name in virtual for end in _SHADOWS}
        stored = [name for name in names if not name.startswith("sqlite_") and name.casefold() not in shadows]
        texts = {str(name): str(sql or "") for _, name, _, sql in listed}
        return [self._table(name, stored, texts[name]) for name in stored]

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query."""
        try:
            cursor = self._connection.execute(query)
            while chunk := cursor.fetchmany(_FETCHED):
                yield from chunk
        except sqlite3.Error as error:
            raise library_error(self.file, error) from error

    def as_text(self, column: str) -> str:
        """The SQL of a column's values as text."""
        return f"CAST({column} AS TEXT)"

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _check_size(self, path: Path) -> None:
        """Refuse a file that ends within a page: the library takes zeros for what is missing. With a log beside it, the
        file is one that something writes to."""
        if any(file.exists() for file in _beside(path)):
            return
        try:
            with path.open("rb") as stream:
                head, size = stream.read(_SIZE_AT.stop), path.stat().st_size
        except OSError:  # to open it says so
            return
        page = int.from_bytes(head[_SIZE_AT]) if head.startswith(MAGIC) else 0
        if page and size % (_LARGEST_PAGE if page == 1 else page):
            raise BadFile(f"{self.file}: the database is cut short: it ends within a page")

    def _open(self, path: Path) -> sqlite3.Connection:
        """Open and check the file, and begin a transaction. Without a log beside it, a folder that cannot be written is
        no hindrance."""
        address = f"file:{quote(str(path.absolute()))}?mode=ro"
        fallback = () if any(file.exists() for file in _beside(path)) else (address + "&immutable=1",)
        problem: sqlite3.Error | None = None
        for candidate in (address, *fallback):
            connection = sqlite3.connect(candidate, uri=True, isolation_level=None, check_same_thread=False)
            try:
                self._prepare(connection)
                return connection
            except sqlite3.Error as error:
                connection.close()
                problem = problem or error
                if not isinstance(error, sqlite3.OperationalError):
                    break
        assert problem is not None
        raise library_error(self.file, problem) from problem

    def _prepare(self, connection: sqlite3.Connection) -> None:
        connection.text_factory = _decode
        for pragma in ("trusted_schema=OFF", "query_only=ON", "cell_size_check=ON", "ignore_check_constraints=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for (sql,) in connection.execute("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").fetchall():
            for name in set(_COLLATION.findall(str(sql))) - _BUILT_IN:
                connection.create_collation(name, _compare)
        connection.set_authorizer(_authorize)

    def _table(self, name: str, tables: list[str], sql: str) -> TableSchema:
        columns = self._pragma("table_xinfo", name)
        if not any(column[6] in _COMPUTED for column in columns):
            self._check(name)
        for _, column, _, _, _, _, hidden in columns:
            if hidden in _COMPUTED:
                place = f"{self.name}:{name}.{column}"
                self.left_out.append(LeftOut(place, "computed column", "computed columns are not loaded"))
        stored = [column for column in columns if not column[6]]
        fields = tuple(Field(str(column), quoted(str(column)), str(kind).lower()) for _, column, kind, *_ in stored)
        key = tuple(str(column) for _, column, _, _, _, at, _ in sorted(stored, key=lambda row: int(row[5])) if at)
        return TableSchema(
            name,
            quoted(name),
            f"{self.name}:{name}",
            fields,
            key,
            tuple(self._uniques(name)),
            tuple(self._foreign_keys(name, tables)),
            self._row(name, [field.name for field in fields]),
        )

    def _check(self, name: str) -> None:
        """Refuse a damaged table. The check would compute the computed columns of one that has any, and takes a number
        for a limit: the damage of such tables shows when they are read."""
        if not name.isdigit() and (found := self._pragma("quick_check", name)) != [("ok",)]:
            reason = " ".join(str(found[0][0]).split())[:_REASON]
            raise BadFile(f"{self.file}: the database is damaged: {reason}")

    def _uniques(self, name: str) -> Iterator[tuple[str, ...]]:
        """The columns of each index that makes them unique in all rows."""
        for _, index, unique, _, partial in self._pragma("index_list", name):
            columns = [column for _, _, column in self._pragma("index_info", str(index))]
            if unique and not partial and all(column is not None for column in columns):
                yield tuple(map(str, columns))

    def _foreign_keys(self, name: str, tables: list[str]) -> Iterator[ForeignKey]:
        found: dict[int, list[tuple[Any, ...]]] = {}
        for row in self._pragma("foreign_key_list", name):
            found.setdefault(row[0], []).append(row)
        for rows in reversed(found.values()):  # the first that is declared first
            parts = sorted(rows, key=lambda row: int(row[1]))
            to = match_name(str(parts[0][2]), tables)
            if to is None:
                reason = f"references {parts[0][2]}, which is no table of the database"
                self.left_out.append(LeftOut(f"{self.name}:{name}.{parts[0][3]}", "foreign key", reason))
                continue
            known = [str(row[1]) for row in self._pragma("table_xinfo", to)]
            targets = [match_name(str(part[4]), known) for part in parts if part[4] is not None]
            mine = [str(row[1]) for row in self._pragma("table_xinfo", name)]
            columns = [match_name(str(part[3]), mine) or "" for part in parts]
            yield ForeignKey(tuple(columns), to, tuple(target for target in targets if target is not None))

    def _row(self, name: str, fields: list[str]) -> str | None:
        """The name under which the table's row number can be asked for, None for a table WITHOUT ROWID."""
        taken = {field.casefold() for field in fields}
        alias = next((alias for alias in ("rowid", "_rowid_", "oid") if alias not in taken), None)
        try:
            if alias is not None:
                self._connection.execute(f"SELECT {alias} FROM {quoted(name)} LIMIT 0")
        except sqlite3.OperationalError:
            return None
        return alias

    def _pragma(self, pragma: str, name: str) -> list[tuple[Any, ...]]:
        self._connection.set_authorizer(None)
        try:
            return self._connection.execute(f"PRAGMA {pragma}({quoted(name)})").fetchall()
        except sqlite3.Error as error:
            raise library_error(self.file, error) from error
        finally:
            self._connection.set_authorizer(_authorize)


def _beside(path: Path) -> list[Path]:
    """The logs of a database that is being written to."""
    return [path.with_name(path.name + end) for end in LOGS if end != "-shm"]


def _decode(data: bytes) -> str | BrokenText:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return BrokenText(data)


def _authorize(action: int, *_: object) -> int:
    return sqlite3.SQLITE_OK if action in _ALLOWED else sqlite3.SQLITE_DENY


def _compare(one: str, other: str) -> int:
    return (one > other) - (one < other)


def library_error(file: str, error: sqlite3.Error) -> ClewError:
    """The error of the library as one of Clew's."""
    if "disk is full" in str(error) or "disk I/O" in str(error):
        return StorageFailed(f"{file}: {error}")
    return BadFile(f"{file}: cannot be read as an SQLite database: {error}")
