"""Tables, fields and keys of a database, and ``Database``, the port that the mapping reads all of them through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Field:
    """A column: its name, the identifier of it in SQL, quoted, and its declared type in lower case (may be empty)."""

    name: str
    sql: str
    declared: str = ""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns of a table whose values are those of the columns ``targets`` of the table ``to``."""

    columns: tuple[str, ...]
    to: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """A table: its name, the identifier of it in SQL, its fields, and what the database declares of its keys.

    ``place`` is its name in provenance. ``row`` is the column, quoted, that numbers its rows; None where there is none
    and rows are counted in the order of the key.
    """

    name: str
    sql: str
    place: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    uniques: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    row: str | None = None

    def field(self, name: str) -> Field:
        """The field of a name, which must be one of ``names``."""
        return self.fields[self.names.index(name)]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(found.name for found in self.fields)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something of a database that is not loaded: where, what kind of thing, and why."""

    place: str
    kind: str
    reason: str


class Database(Protocol):
    """A database, open for reading. All reads see one state of it.

    Its ``name`` holds no password. ``loose``: columns of different types can be compared.

    Errors of all methods: ``BadFile`` for what cannot be read, ``StorageFailed`` for a full disk.
    """

    name: str
    loose: bool
    left_out: list[LeftOut]

    def tables(self) -> Sequence[TableSchema]:
        """The tables that can be loaded, by name."""
        ...

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query in standard SQL, streamed; a text that is no text (``BrokenText``) raises nothing."""
        ...

    def as_text(self, column: str) -> str:
        """The SQL of a column's values as text."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...


class BrokenText(bytes):
    """A text of a database that is not UTF-8."""


def match_name(name: str, names: Sequence[str]) -> str | None:
    """The one of ``names`` that is ``name``, else the one that is but for case, as SQL compares identifiers."""
    if name in names:
        return name
    found = [known for known in names if known.casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None
