"""Parquet and Arrow tables (the ``tables`` extra): of edges, of nodes, or of questions with their subgraphs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.readers.jsonlines import BadShape, add_record
from clew.kg.ingest.readers.layout import EdgeLayout, Layout, of_choice, of_header
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.ingest.readers.rows import Row
from clew.kg.ingest.readers.tables import add_rows

_BATCH = 50_000

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
        names, batches = _parquet(reading)
    return names, _cells(reading, "Parquet", batches)


def arrow_rows(reading: FileReading) -> Table:
    """An Arrow file as the names of its columns and its rows."""
    with _damage(reading, "Arrow"):
        names, batches = _arrow(reading)
    return names, _cells(reading, "Arrow", batches)


def _parquet(reading: FileReading) -> tuple[list[str], Iterator[Any]]:
    _pyarrow(reading)
    from pyarrow import parquet

    file = parquet.ParquetFile(_seekable(reading))
    return list(file.schema_arrow.names), file.iter_batches(batch_size=_BATCH)


def _arrow(reading: FileReading) -> tuple[list[str], Iterator[Any]]:
    pyarrow, source = _pyarrow(reading), _seekable(reading)
    is_file = source.read(6) == b"ARROW1"
    source.seek(0)
    found = pyarrow.ipc.open_file(source) if is_file else pyarrow.ipc.open_stream(source)
    batches = (found.get_batch(i) for i in range(found.num_record_batches)) if is_file else iter(found)
    return list(found.schema.names), batches


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


def _read(reading: FileReading, names: list[str], batches: Iterator[Any]) -> None:
    if "graph" in names:
        _read_questions(reading, batches)
        return
    options = reading.options
    layout: Layout | None = of_choice(reading.file, options.columns, names) if options.columns else of_header(names)
    if layout is None and len(names) == 3:
        layout = EdgeLayout(0, 1, 2)
    if layout is None:
        raise BadFile(
            f"{reading.file}: cannot find head, relation and tail among its columns ({', '.join(names)}); use --columns"
        )
    add_rows(reading, _rows(batches, names), layout)


def _rows(batches: Iterator[Any], names: list[str]) -> Iterator[Row]:
    """The rows with their number (from 1) and their cells as text, empty for nulls."""
    numbers = itertools.count(1)
    for batch in batches:
        columns = [batch.column(i).to_pylist() for i in range(len(names))]
        for cells in zip(*columns, strict=True):
            yield next(numbers), ["" if cell is None else _text(cell) for cell in cells]


def _text(cell: object) -> str:
    return str(cell).lower() if isinstance(cell, bool) else str(cell).replace("\0", "\ufffd").strip()


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
