"""Reads databases and files of rows into the graph that is being built: opens, maps, emits.

What does so is imported where there is something to read: every ingest and update asks whether there is.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from clew.kg.errors import BadInput, BadLine
from clew.kg.graph.builder import GraphBuilder
from clew.kg.ingest.formats import detect, format_of_name
from clew.kg.ingest.mapping.sqlite_files import is_sqlite
from clew.kg.ingest.mapping.urls import is_database_url
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.rejections import Rejections
from clew.kg.ingest.streams import STDIN, open_source

if TYPE_CHECKING:
    from clew.kg.ingest.mapping.plan import DatabasePlan
    from clew.kg.ingest.mapping.schema import Database

_ROW_FORMATS = ("table", "parquet", "arrow")
Tick = Callable[[str], None]


class RelationalInputs:
    """The inputs of an ingest that are databases, or files of rows where the options say so.

    ``files``: the inputs, each with its name in provenance. ``secrets``: the full address of each database on a server,
    by the name that it is shown by.
    """

    def __init__(self, files: Mapping[str, str], options: IngestOptions, secrets: Mapping[str, str]) -> None:
        self.names, self.options, self.secrets = files, options, secrets
        self.databases = [file for file in files if is_database_url(file) or is_sqlite(file)]
        rest = [file for file in files if file not in self.databases]
        self.row_files = [file for file in rest if options.rows and self._format(file) in _ROW_FORMATS]
        self.others = [file for file in rest if file not in self.row_files]
        if options.mapping is not None and len(self.databases) + bool(self.row_files) != 1:
            raise BadInput("--mapping needs one database, or tables with --rows; load several one after the other")

    def read(self, builder: GraphBuilder, rejections: Rejections, tick: Tick) -> None:
        """Add the rows of all tables. Errors: ``BadFile``, ``BadLine``, ``BadInput``, ``StorageFailed``."""
        if not self.databases and not self.row_files:
            return
        from clew.kg.ingest.mapping.emitter import TableEmitter

        seen: dict[str, str] = {}
        for database in self._open(builder, rejections, tick):
            proposed, plan = self._plan(database)
            for name, schema in plan.schemas.items():
                if seen.setdefault(name, schema.place) != schema.place:
                    raise BadInput(f"{seen[name]} and {schema.place} are tables of one name; load them as two graphs")
            self._note_left_out(database, proposed, plan, rejections)
            for name, table in plan.tables.items():
                if table.form != "leave out":
                    place = plan.schemas[name].place
                    reading = self._reading(place, builder, rejections, tick)
                    TableEmitter(reading, database, plan, name).emit()

    def describe(self, rejections: Rejections) -> str:
        """The mapping as YAML. ``BadInput`` unless there is one database."""
        if len(self.databases) + bool(self.row_files) != 1 or self.others:
            other = f": {self.others[0]} is neither a database nor read with --rows" if self.others else ""
            raise BadInput(f"a mapping is of one database, or of tables with --rows{other}")
        from clew.kg.ingest.mapping.mapping_writer import render

        builder = GraphBuilder()
        (text,) = [render(self._plan(database)[1], self.databases[0] if self.databases else ", ".join(self.row_files))
                   for database in self._open(builder, rejections, lambda file: None)]  # fmt: skip
        return text

    def _open(self, builder: GraphBuilder, rejections: Rejections, tick: Tick) -> Iterator[Database]:
        """Each database, open while it is looked at."""
        from clew.kg.ingest.mapping.server import ServerDatabase
        from clew.kg.ingest.mapping.sqlite import SqliteDatabase
        from clew.kg.ingest.mapping.table_files import TableFiles

        for file in self.databases:
            opened: Database = ServerDatabase(self.secrets.get(file, file)) if is_database_url(file) else (
                SqliteDatabase(file, self.names[file]))  # fmt: skip
            with closing(opened):
                yield opened
        if self.row_files:
            with closing(TableFiles()) as tables:
                for file in self.row_files:
                    with self._stream(file, builder, rejections, tick) as reading:
                        tables.add(reading, self._format(file))
                yield tables

    def _plan(self, database: Database) -> tuple[DatabasePlan, DatabasePlan]:
        """The proposed mapping, and the one with what the user says instead."""
        from clew.kg.ingest.mapping.mapping_file import read_mapping
        from clew.kg.ingest.mapping.proposer import propose

        proposed = propose(database)
        return proposed, read_mapping(self.options.mapping, proposed) if self.options.mapping else proposed

    def _note_left_out(
        self, database: Database, proposed: DatabasePlan, plan: DatabasePlan, rejections: Rejections
    ) -> None:
        """Count what is not loaded: views and the like, cells of columns of bytes."""
        for left in database.left_out:
            rejections.note(left.kind, BadLine(left.place, 0, left.reason))
        for name, table in plan.tables.items():
            schema = plan.schemas[name]
            for column in table.columns if table.form != "leave out" else ():
                if (
                    column.name not in table.key
                    and column.kind == proposed.tables[name].column(column.name).kind == "leave out"
                ):
                    query = f"SELECT COUNT({schema.field(column.name).sql}) FROM {schema.sql}"
                    ((count,),) = database.rows(query)
                    if count:
                        reason = f"{column.name}: a column of bytes, left out"
                        rejections.note("blob", BadLine(schema.place, 0, reason), count)

    def _format(self, file: str) -> str:
        """The format of a file by the options, its name or its first bytes."""
        named = self.options.format or format_of_name(file)
        if named is not None or file == STDIN:
            return named or "table"
        with open_source(file) as (stream, _):
            return detect(file, stream)

    @contextmanager
    def _stream(self, file: str, builder: GraphBuilder, rejections: Rejections, tick: Tick) -> Iterator[FileReading]:
        with open_source(file) as (stream, _):
            name = self.names[file]
            yield FileReading(file, stream, builder, rejections, self.options, "", lambda: tick(file), name=name)

    def _reading(self, place: str, builder: GraphBuilder, rejections: Rejections, tick: Tick) -> FileReading:
        empty: io.BufferedReader[Any] = io.BufferedReader(io.BytesIO())
        return FileReading(place, empty, builder, rejections, self.options, "", lambda: tick(place))
