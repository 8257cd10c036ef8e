"""Databases on a server (PostgreSQL, MySQL and others), through SQLAlchemy (the ``databases`` extra)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clew.kg.errors import BadFile, BadInput, ClewError
from clew.kg.ingest.mapping.schema import Field, ForeignKey, LeftOut, TableSchema, match_name
from clew.kg.ingest.mapping.urls import password_of, scrub, shown, with_driver

_FETCHED = 10_000
_READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "START TRANSACTION READ ONLY",
    "mariadb": "START TRANSACTION READ ONLY",
}
_TEXTS = {"mysql": "CHAR", "mariadb": "CHAR"}


class ServerDatabase:
    """A database behind a URL (``Database``), read in one transaction that may not write.

    Errors: ``BadInput`` where SQLAlchemy or a driver is missing, ``BadFile`` where the database refuses; no message
    holds the password.
    """

    loose = False

    def __init__(self, url: str) -> None:
        self.name, self.left_out = shown(url), list[LeftOut]()
        self._url = url
        with self._errors():
            self._engine = self._create()
            self._connection = self._engine.connect().execution_options(
                isolation_level="AUTOCOMMIT" if self._engine.dialect.name not in _READ_ONLY else "REPEATABLE READ",
            )
            command = _READ_ONLY.get(self._engine.dialect.name)
            if command is not None:
                self._connection.exec_driver_sql(command)

    def tables(self) -> list[TableSchema]:
        """The tables of the default schema."""
        from sqlalchemy import inspect

        with self._errors():
            inspector = inspect(self._connection)
            names = sorted(inspector.get_table_names())
            self.left_out = [
                LeftOut(f"{self.name}:{view}", "view", "views are not loaded") for view in inspector.get_view_names()
            ]
            return [self._table(inspector, name, names) for name in names]

    def rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query, fetched in portions."""
        with self._errors():
            options = {"stream_results": True, "yield_per": _FETCHED, "no_parameters": True}
            result = self._connection.exec_driver_sql(query, execution_options=options)
            for row in result:
                yield tuple(row)

    def as_text(self, column: str) -> str:
        """The SQL of a column's values as text."""
        return f"CAST({column} AS {_TEXTS.get(self._engine.dialect.name, 'VARCHAR')})"

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()
        self._engine.dispose()

    def _create(self) -> Any:
        try:
            from sqlalchemy import create_engine, make_url
            from sqlalchemy.exc import NoSuchModuleError
        except ImportError as error:
            raise BadInput(f"{self.name}: this input needs SQLAlchemy: pip install 'clew[databases]'") from error
        try:
            url = make_url(with_driver(self._url))
            password = password_of(self._url)
            return create_engine(url.set(password=password) if password is not None and url.host else url)
        except ModuleNotFoundError as error:
            raise BadInput(
                f"{self.name}: the driver {error.name} is not installed: pip install 'clew[databases]'"
            ) from error
        except NoSuchModuleError as error:
            raise BadInput(f"{self.name}: unknown kind of database: {scrub(str(error), self._url)}") from error

    def _table(self, inspector: Any, name: str, tables: list[str]) -> TableSchema:
        quote = self._quote
        columns = inspector.get_columns(name)
        for column in columns:
            if "computed" in column and not column["computed"].get("persisted"):
                place = f"{self.name}:{name}.{column['name']}"
                self.left_out.append(LeftOut(place, "computed column", "computed columns are not loaded"))
        stored = [column for column in columns if "computed" not in column or column["computed"].get("persisted")]
        fields = tuple(Field(column["name"], quote(column["name"]), str(column["type"]).lower()) for column in stored)
        uniques = inspector.get_unique_constraints(name)
        return TableSchema(
            name,
            quote(name),
            f"{self.name}:{name}",
            fields,
            tuple(inspector.get_pk_constraint(name).get("constrained_columns") or ()),
            tuple(tuple(unique["column_names"]) for unique in uniques),
            tuple(self._foreign_keys(inspector, name, tables)),
        )

    def _quote(self, name: str) -> str:
        """An identifier in SQL; no percent sign is doubled, since queries are run without parameters."""
        preparer = self._engine.dialect.identifier_preparer
        escaped = name.replace(preparer.final_quote, preparer.final_quote * 2)
        return f"{preparer.initial_quote}{escaped}{preparer.final_quote}"

    def _foreign_keys(self, inspector: Any, name: str, tables: list[str]) -> Iterator[ForeignKey]:
        for found in inspector.get_foreign_keys(name):
            to = match_name(found["referred_table"], tables) if not found.get("referred_schema") else None
            columns = tuple(found["constrained_columns"])
            if to is None:
                reason = f"references {found['referred_table']}, which is not in the default schema"
                self.left_out.append(LeftOut(f"{self.name}:{name}.{columns[0]}", "foreign key", reason))
            else:
                yield ForeignKey(columns, to, tuple(found["referred_columns"]))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn what the library and the driver raise into errors of Clew."""
        try:
            yield
        except ClewError:
            raise
        except Exception as error:
            if not type(error).__module__.startswith(("sqlalchemy", "psycopg", "pymysql", "sqlite3")):
                raise
            reason = scrub(str(getattr(error, "orig", None) or error), self._url)
            raise BadFile(f"{self.name}: {reason}") from None
