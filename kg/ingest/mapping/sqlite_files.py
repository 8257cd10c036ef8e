"""What tells a file to be an SQLite database; apart from what reads one, since every input is asked for it."""

from __future__ import annotations

from pathlib import Path

MAGIC = b"SQLite format 3\0"
LOGS = ("-wal", "-shm", "-journal")
"""Ends of the names of files beside a database that something writes to."""
EXTENSIONS = (".sqlite", ".sqlite3", ".db3", ".s3db")


def is_sqlite(file: str) -> bool:
    """Whether a file is an SQLite database, by its extension or its first bytes."""
    path = Path(file)
    if not path.is_file():
        return False
    if path.suffix.lower() in EXTENSIONS:
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(len(MAGIC)) == MAGIC
    except OSError:  # who reads it says so
        return False
