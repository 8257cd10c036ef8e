"""Small SQLite databases for the tests of the mapping."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import iter_statements
from clew.kg.ingest.loading import Loaded, load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.rejections import Rejections
from clew.kg.terms.literal import Literal

Fact = tuple[str, str, str]


def database(file: Path, script: str) -> str:
    """Make a database by a script; its path."""
    with sqlite3.connect(file) as connection:
        connection.executescript(script)
    connection.close()
    return str(file)


def loaded(*sources: str, **options: object) -> Loaded:
    """What ``sources`` become, read in this process."""
    return load([*sources], IngestOptions(**options))  # type: ignore[arg-type]


def facts(graph: Graph) -> set[Fact]:
    """All statements, literals with their datatypes' names: ``"5"^^integer``."""
    return {(found.subject, found.predicate.rpartition("#")[2], term(found.value)) for found in iter_statements(graph)}


def term(value: str | Literal) -> str:
    if isinstance(value, str):
        return value
    kind = value.datatype.rpartition("#")[2]
    return f'"{value.lexical}"' + ("" if kind == "string" else f"^^{kind}")


def sources(graph: Graph) -> dict[tuple[str, str, str], tuple[str, int]]:
    """The file and line of every edge."""
    found = {}
    for statement in iter_statements(graph):
        if statement.source.file:
            edge = (statement.subject, statement.predicate.rpartition("#")[2], term(statement.value))
            found[edge] = (statement.source.file, statement.source.line)
    return found


def reading(place: str, builder: GraphBuilder, rejections: Rejections) -> FileReading:
    """The reading of a table without a file."""
    stream: io.BufferedReader = io.BufferedReader(io.BytesIO())
    return FileReading(place, stream, builder, rejections, IngestOptions())
