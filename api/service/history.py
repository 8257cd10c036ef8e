"""Stored answers with their decode traces, so that a path can be inspected later and from another process.

One row per asked question, in SQLite. A path's id is ``<answer id>-<n>``; the answer id is a hash of what was asked of
which graph version under which settings, so that asking again gives the same ids and replaces the row.
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
import threading
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clew.kg import limits
from clew.kg.errors import ClewError, UnknownPath

_ID = re.compile(r"([0-9a-f]{16})-(\d{1,6})")
_SCHEMA = (
    "create table if not exists answers (id text primary key, asked text not null, seq integer, body blob not null)"
)


def answer_id(*parts: object) -> str:
    """Return the id of an answer: 64 bits of a hash over what determines it (JSON values)."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:16]


class History:
    """The store. Safe for threads and processes; opening costs nothing until the first use."""

    def __init__(self, file: Path, capacity: int = limits.MAX_STORED_ANSWERS) -> None:
        self._file, self._capacity = file, capacity
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def put(self, answer: str, record: dict[str, Any]) -> None:
        """Store an answer's record (JSON values; ``paths`` is a list) and drop the oldest beyond the capacity."""
        body = zlib.compress(json.dumps(record).encode("utf-8"), 1)
        asked = datetime.now(UTC).isoformat(timespec="seconds")
        with self._opened() as connection, connection:
            (last,) = connection.execute("select coalesce(max(seq), 0) from answers").fetchone()
            connection.execute("insert or replace into answers values (?, ?, ?, ?)", (answer, asked, last + 1, body))
            connection.execute("delete from answers where seq <= ?", (last + 1 - self._capacity,))

    def path(self, path_id: str) -> tuple[dict[str, Any], int]:
        """Return the record that a path belongs to (with ``asked``, ISO 8601) and the path's index in its ``paths``.

        Raises ``UnknownPath`` for an id that was never given out or whose answer has been dropped.
        """
        match = _ID.fullmatch(path_id)
        row = self._row(match[1]) if match else None
        if match and row:
            record: dict[str, Any] = json.loads(zlib.decompress(row[1]))
            index = int(match[2])
            if index < len(record["paths"]):
                return record | {"asked": row[0]}, index
        raise UnknownPath(
            f"no stored path has the id {path_id[:80]!r}; only the last {self._capacity:,} answers are stored"
        )

    def _row(self, answer: str) -> tuple[str, bytes] | None:
        if not self._file.exists():
            return None
        with self._opened() as connection:
            row = connection.execute("select asked, body from answers where id = ?", (answer,)).fetchone()
        return None if row is None else (row[0], row[1])

    def close(self) -> None:
        """Let go of the file; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time. Raises ``ClewError`` for a store that cannot be used."""
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._connect()
                yield self._connection
            except sqlite3.Error as error:
                raise ClewError(f"answers cannot be stored in {self._file}: {error}") from error

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
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=limits.HISTORY_SECONDS, check_same_thread=False)
        self._write_ahead(connection)
        connection.execute("pragma synchronous = normal")
        connection.execute(_SCHEMA)
        connection.execute("create index if not exists by_seq on answers (seq)")
        return connection
