"""Parquet and Arrow tables (the ``tables`` extra): of edges, of nodes, or of questions with their subgraphs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.readers.arrow_columns import Column, columns_of
from clew.kg.ingest.readers.layout import (
    ROWS_ADVICE,
    TRIPLES_ADVICE,
    EdgeLayout,
    Layout,
    lacks_relation,
    of_choice,
    of_header,
)
from clew.kg.ingest.readers.likeness import is_usual, why_no_triples
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.ingest.readers.records import BadShape, add_record
from clew.kg.ingest.readers.rows import Row
from clew.kg.ingest.readers.tables import add_rows

_BATCH = 50_000
_JUDGED = 1_000  # rows looked at to tell triples from other things

Table = tuple[list[str], Iterator[tuple[int, Sequence[Any]]]]
"""The names of a table's columns, and its rows with their numbers."""


def read_parquet(reading: FileReading) -> None:
    """Read a Parquet file, row group by row group."""
    with _damage(reading, "Parquet"):
        _read(reading, *_parquet(reading))


def read_arrow(reading: FileReading) -> None:
    """Read an Arrow IPC file or stream (Feather)."""
    with _damage(reading, "Arrow"):
        _read(reading, *_arrow(reading))


def parquet_rows(reading: FileReading) -> Table:
    """A Parquet file as the names of its columns and its rows."""
    with _damage(reading, "Parquet"):
        schema, batches = _parquet(reading)
    return list(schema.names), _cells(reading, "Parquet", batches)


def arrow_rows(reading: FileReading) -> Table:
    """An Arrow file as the names of its columns and its rows."""
    with _damage(reading, "Arrow"):
        schema, batches = _arrow(reading)
    return list(schema.names), _cells(reading, "Arrow", batches)


def _parquet(reading: FileReading) -> tuple[Any, Iterator[Any]]:
    _pyarrow(reading)
    from pyarrow import parquet

    file = parquet.ParquetFile(_seekable(reading))
    return file.schema_arrow, file.iter_batches(batch_size=_BATCH)


def _arrow(reading: FileReading) -> tuple[Any, Iterator[Any]]:
    pyarrow, source = _pyarrow(reading), _seekable(reading)
    is_file = source.read(6) == b"ARROW1"
    source.seek(0)
    found = pyarrow.ipc.open_file(source) if is_file else pyarrow.ipc.open_stream(source)
    batches = (found.get_batch(i) for i in range(found.num_record_batches)) if is_file else iter(found)
    return found.schema, batches


def _cells(reading: FileReading, kind: str, batches: Iterator[Any]) -> Iterator[tuple[int, Sequence[Any]]]:
    """The rows with their number (from 1) and their cells, None for nulls."""
    numbers = itertools.count(1)
    with _damage(reading, kind):
        for batch in batches:
            columns = [column.to_pylist() for column in batch.columns]
            for cells in zip(*columns, strict=True):
                yield next(numbers), cells


@contextmanager
def _damage(reading: FileReading, kind: str) -> Iterator[None]:
    """Turn what the library says of a damaged file into ``BadFile``."""
    pyarrow = _pyarrow(reading)
    try:
        yield
    except (pyarrow.ArrowException, OSError) as error:
        raise BadFile(f"{reading.file}: not {'an' if kind == 'Arrow' else 'a'} {kind} file: {error}") from error


def _pyarrow(reading: FileReading) -> Any:
    try:
        import pyarrow
    except ImportError as error:
        raise BadInput(f"{reading.file}: this format needs pyarrow: pip install 'clew[tables]'") from error
    return pyarrow


def _seekable(reading: FileReading) -> Any:
    import pyarrow

    try:
        return pyarrow.memory_map(reading.file)
    except (OSError, pyarrow.ArrowException):  # standard input
        return pyarrow.BufferReader(reading.stream.read())


def _read(reading: FileReading, schema: Any, batches: Iterator[Any]) -> None:
    names = list(schema.names)
    if "graph" in names:
        _read_questions(reading, batches)
        return
    options, guessed = reading.options, False
    layout: Layout | None = of_choice(reading.file, options.columns, names) if options.columns else of_header(names)
    if layout is None and len(names) == 3 and not lacks_relation(names):
        batches, layout, guessed = _guess(reading, names, batches), EdgeLayout(0, 1, 2), True
    if layout is None:
        raise BadFile(
            f"{reading.file}: cannot find head, relation and tail among its columns ({', '.join(names)}); "
            f"{TRIPLES_ADVICE}; {ROWS_ADVICE}"
        )
    layout, columns = columns_of(reading.file, schema, layout)
    add_rows(reading, _rows(reading, batches, columns), layout, guessed=guessed)


def _guess(reading: FileReading, names: list[str], batches: Iterator[Any]) -> Iterator[Any]:
    """The batches again; ``BadFile`` where the first rows of three columns are hardly triples."""
    first = next(batches, None)
    if first is None:
        return iter(())
    columns = [first.column(i).slice(0, _JUDGED).to_pylist() for i in range(3)]
    rows = [[str(cell) for cell in row] for row in zip(*columns, strict=True) if None not in row]
    usual = sum(map(is_usual, names)) >= 2
    reason = "its columns are named otherwise" if usual else why_no_triples(rows, header=False) if rows else None
    if reason is not None:
        raise BadFile(
            f"{reading.file}: no list of triples: {reason} ({', '.join(names)}); {TRIPLES_ADVICE}; {ROWS_ADVICE}"
        )
    return itertools.chain((first,), batches)


def _rows(reading: FileReading, batches: Iterator[Any], columns: list[Column]) -> Iterator[Row]:
    """The rows with their number (from 1) and their cells."""
    numbers = itertools.count(1)
    for batch in batches:
        cells = [column(batch.column(i)) for i, column in enumerate(columns)]
        for row in zip(*cells, strict=True):
            line = next(numbers)
            if None in row:
                reading.reject("encoding", line, "a cell contains a NUL character")
            else:
                yield line, list(row)


def _read_questions(reading: FileReading, batches: Iterator[Any]) -> None:
    numbers = itertools.count(1)
    for arrow in batches:
        batch = EdgeBatch()
        for rows in arrow.column("graph").to_pylist():
            line = next(numbers)
            try:
                add_record(batch, {"graph": rows or []}, line)
            except BadShape as error:
                reading.reject("shape", line, str(error))
        reading.add_edges(batch)
        reading.tick()
