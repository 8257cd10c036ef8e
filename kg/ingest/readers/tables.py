"""Tables as CSV, TSV or with any delimiter: of edges (triples), of nodes, and of labels."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.readers.layout import EdgeLayout, Layout, NodeLayout, of_choice, of_header
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.ingest.readers.rows import Row, rows_of
from clew.kg.terms.values import literal_of_cell
from clew.kg.terms.vocabulary import RDF_TYPE

_BATCH = 50_000
_SAMPLE = 100  # lines looked at to find the delimiter
DELIMITERS = ("\t", "|", ";", ",", " ")
_QUOTED = (",", ";")  # delimiters whose files usually follow RFC 4180


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written, and what its columns mean."""

    delimiter: str
    quote: str
    header: bool
    width: int
    layout: Layout


def read_table(reading: FileReading) -> None:
    """Read a table of edges or of nodes; what the options leave open is found from its first lines."""
    dialect = find_dialect(reading, _sample(reading))
    rows = rows_of(reading, dialect.delimiter, dialect.quote)
    if dialect.header:
        next(rows, None)
    add_rows(reading, _whole(reading, rows, dialect), dialect.layout, dialect.delimiter)


def add_rows(reading: FileReading, rows: Iterable[Row], layout: Layout, delimiter: str = "\t") -> None:
    """Add rows of whole, stripped cells; one without a key is rejected (and quarantined with ``delimiter``)."""
    keys = (layout.head, layout.relation, layout.tail) if isinstance(layout, EdgeLayout) else (layout.key,)
    good = (row for row in rows if _is_filled(reading, row, keys, delimiter))
    if isinstance(layout, EdgeLayout):
        _add_edges(reading, good, layout)
    else:
        _add_nodes(reading, good, layout)


def _add_edges(reading: FileReading, good: Iterator[Row], layout: EdgeLayout) -> None:
    head, relation, tail = layout.head, layout.relation, layout.tail
    while chunk := list(itertools.islice(good, _BATCH)):
        batch = EdgeBatch(
            heads=[_key(layout.head_space, cells[head]) for _, cells in chunk],
            relations=[cells[relation] for _, cells in chunk],
            tails=[_key(layout.tail_space, cells[tail]) for _, cells in chunk],
            lines=[line for line, _ in chunk],
        )
        for column, name in layout.extras:
            for place, (_, cells) in enumerate(chunk):
                if cells[column]:
                    batch.attribute(place, name, literal_of_cell(cells[column]))
        reading.add_edges(batch)
        reading.tick()


def _add_nodes(reading: FileReading, rows: Iterable[Row], layout: NodeLayout) -> None:
    builder = reading.builder
    for line, cells in rows:
        key, source = _key(layout.space, cells[layout.key]), reading.source(line)
        if layout.name is not None and cells[layout.name]:
            builder.label(key, cells[layout.name])
        for column in layout.types:
            for kind in filter(None, (part.strip() for part in cells[column].split(";"))):
                builder.edge(key, RDF_TYPE, kind, source)
        for column, name in layout.extras:
            if cells[column]:
                builder.edge(key, name, literal_of_cell(cells[column]), source)
        reading.rejections.accepted += 1


def _key(space: str, cell: str) -> str:
    """The key of a cell: within an id space, an id is told apart from the same one of another."""
    return f"{space}:{cell}" if space else cell


def _whole(reading: FileReading, rows: Iterator[Row], dialect: Dialect) -> Iterator[Row]:
    """The rows with the right number of cells, stripped; the others are rejected."""
    for line, cells in rows:
        if len(cells) == dialect.width:
            yield line, [cell.strip() for cell in cells]
        else:
            reason = f"{len(cells)} columns instead of {dialect.width}"
            reading.reject("column count", line, reason, dialect.delimiter.join(cells))


def _is_filled(reading: FileReading, row: Row, columns: tuple[int, ...], delimiter: str) -> bool:
    line, cells = row
    if all(cells[column] for column in columns):
        return True
    reading.reject("empty cell", line, "a key is empty", delimiter.join(cells))
    return False


def _sample(reading: FileReading) -> list[str]:
    """The first lines, not taken from the stream."""
    head = reading.stream.peek(1 << 16)
    lines = head.decode("utf-8", "replace").splitlines()
    return [line for line in lines[: _SAMPLE + 1] if line.strip()][: _SAMPLE if len(lines) > 1 else 1]


def find_dialect(reading: FileReading, sample: list[str]) -> Dialect:
    """The dialect of a table from the options and, where they leave it open, from its first lines."""
    options = reading.options
    delimiter = options.delimiter or _find_delimiter(reading, sample)
    if len(delimiter) > 1 and options.quote:
        raise BadInput(f"quoting does not work with a delimiter of several characters ({delimiter!r})")
    quote = options.quote if options.quote is not None else '"' if delimiter in _QUOTED else ""
    first = _cells(sample[0], delimiter, quote) if sample else []
    usual = of_header(first)
    if options.columns is not None:
        by_name = not all(name.isdigit() for name in options.columns)
        header = options.header if options.header is not None else by_name or usual is not None
        layout: Layout = of_choice(reading.file, options.columns, first if header else None)
    else:
        header = options.header if options.header is not None else usual is not None
        layout = usual if usual is not None and header else EdgeLayout(0, 1, 2)
        if usual is None and len(first) != 3:
            raise BadFile(
                f"{reading.file}: {len(first)} columns when split at {delimiter!r}; "
                "name the head, relation and tail columns, or use another delimiter"
            )
    if isinstance(layout, EdgeLayout) and max(layout.head, layout.relation, layout.tail) >= len(first):
        raise BadFile(f"{reading.file}: {len(first)} columns when split at {delimiter!r}")
    return Dialect(delimiter, quote, header, len(first), layout)


def _find_delimiter(reading: FileReading, sample: list[str]) -> str:
    """The first usual delimiter that gives the first line three columns or more, and most others as many.

    A blank must give exactly three, and nearly always: prose has blanks too.
    """
    by_extension = {".csv": (",", ";"), ".tsv": ("\t",)}
    suffix = next((end for end in by_extension if end in reading.file.lower()), "")
    for delimiter in dict.fromkeys((*by_extension.get(suffix, ()), *DELIMITERS)):
        quote = '"' if delimiter in _QUOTED else ""
        widths = [len(_cells(line, delimiter, quote)) for line in sample]
        wide = widths and (widths[0] == 3 if delimiter == " " else widths[0] >= 3)
        if wide and widths.count(widths[0]) >= (0.9 if delimiter == " " else 0.5) * len(widths):
            return delimiter
        if widths and widths[0] == 2 and isinstance(of_header(_cells(sample[0], delimiter, quote)), NodeLayout):
            return delimiter
    raise BadFile(
        f"{reading.file}: no delimiter splits its lines into three columns; specify the format or the delimiter"
    )


def _cells(line: str, delimiter: str, quote: str) -> list[str]:
    if not quote:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter, quotechar=quote), [])


def read_labels(reading: FileReading) -> int:
    """Read a table of key and label (tab, or the delimiter given); labels of keys not in the graph are counted only.

    Returns how many labels named nothing.
    """
    keys: list[str] = []
    texts: list[str] = []
    delimiter = "\t" if b"\t" in reading.stream.peek(1 << 13) else reading.options.delimiter or ","
    for line, cells in rows_of(reading, delimiter, ""):
        if len(cells) != 2 or not cells[0].strip():
            reading.reject(
                "column count", line, f"{len(cells)} columns instead of 2 (key, label)", delimiter.join(cells)
            )
        elif cells[1].strip():
            keys.append(cells[0].strip())
            texts.append(cells[1].strip())
    known = reading.builder.known(keys)
    for key, text, is_known in zip(keys, texts, known, strict=True):
        if is_known:
            reading.builder.label(key, text)
    return len(known) - sum(known)
