"""Stored answers with their decode traces, so that a path can be inspected later and from another process.

One row per asked question, in SQLite. A path's id is ``<answer id>-<n>``; the answer id is a hash of what was asked of
which graph version under which settings, so that asking again gives the same ids and replaces the row.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from clew.api.schema.problems import HistoryFailed
from clew.api.settings import make_home
from clew.kg import limits
from clew.kg.errors import UnknownPath

_ID = re.compile(r"([0-9a-f]{16})-(\d{1,6})")
_SCHEMA = (
    "create table if not exists answers "
    "(id text primary key, asked text not null, seq integer, body blob not null, graph text)"
)
_INDICES = (
    "create index if not exists by_seq on answers (seq)",
    "create index if not exists by_asked on answers (asked)",
)
_FILES = ("", "-wal", "-shm", "-journal")


def answer_id(*parts: object) -> str:
    """Return the id of an answer: 64 bits of a hash over what determines it (JSON values)."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Which:
    """Some of the stored answers: those of a graph (None: of all) that were asked before a time (None: whenever)."""

    graph: str | None = None
    before: datetime | None = None

    @property
    def clause(self) -> tuple[str, list[str]]:
        """The condition in SQL, with its parameters."""
        given = [("graph = ?", self.graph), ("asked < ?", None if self.before is None else _text(self.before))]
        some = [(condition, value) for condition, value in given if value is not None]
        return " and ".join(["true", *(condition for condition, _ in some)]), [value for _, value in some]


class History:
    """The store. Safe for threads and processes; opening costs nothing until the first use.

    The file can be read by its owner only. Answers are kept for ``days``, the last ``capacity`` of them.
    """

    def __init__(
        self, file: Path, capacity: int = limits.MAX_STORED_ANSWERS, days: float = limits.HISTORY_DAYS
    ) -> None:
        self._file, self._capacity, self._days = file, capacity, days
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def put(self, answer: str, record: dict[str, Any]) -> None:
        """Store an answer's record; see ``put_all``."""
        self.put_all([(answer, record)])

    def put_all(self, records: Sequence[tuple[str, dict[str, Any]]]) -> None:
        """Store the records of answers (JSON values; ``paths`` is a list, ``graph`` a name), all or none; drop those
        that are too old or too many. Raises ``HistoryFailed``."""
        bodies = [zlib.compress(json.dumps(record).encode("utf-8"), 1) for _, record in records]
        with self._opened() as connection, connection:
            (last,) = connection.execute("select coalesce(max(seq), 0) from answers").fetchone()
            now = _text(datetime.now(UTC))
            connection.executemany(
                "insert or replace into answers (id, asked, seq, body, graph) values (?, ?, ?, ?, ?)",
                [
                    (answer, now, last + at, body, record.get("graph"))
                    for at, ((answer, record), body) in enumerate(zip(records, bodies, strict=True), 1)
                ],
            )
            connection.execute("delete from answers where seq <= ?", (last + len(records) - self._capacity,))
            connection.execute("delete from answers where asked < ?", (self._oldest(),))

    def path(self, path_id: str) -> tuple[dict[str, Any], int]:
        """Return the record that a path belongs to (with ``asked``, ISO 8601) and the path's index in its ``paths``. A
        record with a ``program`` has no paths; its program has the index 0.

        Raises ``UnknownPath`` for an id that was never given out or whose answer has been dropped, ``HistoryFailed``.
        """
        match = _ID.fullmatch(path_id)
        row = self._row(match[1]) if match else None
        if match and row:
            record: dict[str, Any] = json.loads(zlib.decompress(row[1]))
            index = int(match[2])
            if index < len(record["paths"]) or (index == 0 and "program" in record):
                return record | {"asked": row[0]}, index
        raise self.unknown(path_id)

    def unknown(self, path_id: str) -> UnknownPath:
        """Return the error for an id that no path has."""
        return UnknownPath(
            f"no stored path has the id {path_id[:80]!r}; "
            f"only the last {self._capacity:,} answers are stored, for {self._days:g} days"
        )

    def count(self, which: Which) -> int:
        """Return how many answers are stored. Raises ``HistoryFailed``."""
        if not self._file.exists():
            return 0
        clause, values = which.clause
        with self._opened() as connection:
            found: int = connection.execute(f"select count(*) from answers where {clause}", values).fetchone()[0]
            return found

    def purge(self, which: Which) -> int:
        """Delete stored answers for good, their space in the file included; return how many. Raises ``HistoryFailed``.

        If all are to go and the file is damaged, the file is deleted.
        """
        if not self._file.exists():
            return 0
        try:
            return self._purge(which)
        except HistoryFailed:
            if which != Which() or not self._file.is_file():
                raise
            self._delete_files()
            return 0

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            self._close()

    def _purge(self, which: Which) -> int:
        clause, values = which.clause
        with self._opened() as connection:
            connection.execute("pragma secure_delete = on")
            with connection:
                removed = connection.execute(f"delete from answers where {clause}", values).rowcount
            connection.execute("vacuum")
            connection.execute("pragma wal_checkpoint(truncate)")
        return removed

    def _delete_files(self) -> None:
        try:
            for suffix in _FILES:
                self._file.with_name(self._file.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise HistoryFailed(f"{self._file} cannot be deleted: {error.strerror}") from error

    def _row(self, answer: str) -> tuple[str, bytes] | None:
        if not self._file.exists():
            return None
        with self._opened() as connection:
            row = connection.execute(
                "select asked, body from answers where id = ? and asked >= ?", (answer, self._oldest())
            ).fetchone()
        return None if row is None else (row[0], row[1])

    def _oldest(self) -> str:
        return _text(datetime.now(UTC) - timedelta(days=self._days))

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time. Raises ``HistoryFailed`` for a store that cannot be used."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
            except (sqlite3.Error, OSError, zlib.error, ValueError) as error:
                self._close()
                raise HistoryFailed(
                    f"the store of answers, {self._file}, cannot be used: {error}; "
                    "if it is damaged, start it anew with: clew history --purge"
                ) from error

    def _close(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    @staticmethod
    def _write_ahead(connection: sqlite3.Connection) -> None:
        """Switch a new store to write-ahead. SQLite does not wait for another process that does the same."""
        last = time.monotonic() + limits.HISTORY_SECONDS
        while True:
            try:
                connection.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError:
                if time.monotonic() > last:
                    raise
                time.sleep(limits.HISTORY_PAUSE_SECONDS)

    def _connect(self) -> sqlite3.Connection:
        """Open the store, made if need be. Write-ahead: readers never wait, and a commit waits for no disk."""
        make_home(self._file.parent)
        self._make_private()
        connection = sqlite3.connect(self._file, timeout=limits.HISTORY_SECONDS, check_same_thread=False)
        try:
            self._write_ahead(connection)
            connection.execute("pragma synchronous = normal")
            connection.execute(_SCHEMA)
            _name_graphs(connection)
            for index in _INDICES:
                connection.execute(index)
        except BaseException:
            connection.close()
            raise
        return connection

    def _make_private(self) -> None:
        """Let only the owner read the file. SQLite gives the files beside it the same mode."""
        with suppress(OSError):  # SQLite says what is wrong
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            if self._file.stat().st_mode & 0o077:  # made by an earlier version
                self._file.chmod(0o600)


def _name_graphs(connection: sqlite3.Connection) -> None:
    """Add the column ``graph`` to a store of an earlier version."""
    if any(column[1] == "graph" for column in connection.execute("pragma table_info(answers)")):
        return
    with connection:
        connection.execute("begin immediate")
        if any(column[1] == "graph" for column in connection.execute("pragma table_info(answers)")):
            return  # another process was first
        connection.execute("alter table answers add column graph text")
        rows = connection.execute("select id, body from answers")
        named = [(json.loads(zlib.decompress(body)).get("graph"), answer) for answer, body in rows]
        connection.executemany("update answers set graph = ? where id = ?", named)


def _text(when: datetime) -> str:
    return when.astimezone(UTC).isoformat(timespec="seconds")
