"""Triple tables: CSV, TSV or any delimiter; one row an edge between two entities."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass

from kg.errors import BadFile, BadInput
from kg.limits import MAX_LINE_BYTES
from kg.readers.reading import Reading

Columns = tuple[int, int, int]
Row = tuple[int, list[str]]  # the line number and the cells

_BATCH = 50_000
_SAMPLE = 100  # lines looked at to find the delimiter
DELIMITERS = ("\t", "|", ";", ",", " ")
_QUOTED = (",", ";")  # delimiters whose files usually follow RFC 4180
_HEADERS = (
    {"head", "subject", "subj", "s", "h", "source", "src", "from", "start", "entity1", "node1", "head_id", "source_id"},
    {"relation", "predicate", "pred", "p", "r", "rel", "property", "type", "label", "edge", "relation_id", "edge_type"},
    {"tail", "object", "obj", "o", "t", "target", "dst", "to", "end", "entity2", "node2", "tail_id", "target_id"},
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written."""

    delimiter: str
    quote: str
    header: bool
    columns: Columns
    width: int


def read_table(reading: Reading) -> None:
    """Read a triple table; what the options leave open is found from its first lines."""
    sample = _sample(reading)
    dialect = find_dialect(reading, sample)
    heads: list[str] = []
    relations: list[str] = []
    tails: list[str] = []
    lines: list[int] = []
    first, second, third = dialect.columns
    for line, cells in _good_rows(reading, dialect):
        heads.append(cells[first])
        relations.append(cells[second])
        tails.append(cells[third])
        lines.append(line)
        if len(heads) == _BATCH:
            reading.add_table(heads, relations, tails, lines)
            heads, relations, tails, lines = [], [], [], []
            reading.tick()
    reading.add_table(heads, relations, tails, lines)


def _good_rows(reading: Reading, dialect: Dialect) -> Iterator[Row]:
    """The rows that give an edge, their cells stripped; the others are rejected with the reason."""
    rows = rows_of(reading, dialect.delimiter, dialect.quote)
    if dialect.header:
        next(rows, None)
    first, second, third = dialect.columns
    for line, cells in rows:
        if len(cells) != dialect.width:
            reason = f"{len(cells)} columns, not {dialect.width}"
            reading.reject("column count", line, reason, dialect.delimiter.join(cells))
            continue
        cells = [cell.strip() for cell in cells]
        if not (cells[first] and cells[second] and cells[third]):
            reading.reject("empty cell", line, "an empty head, relation or tail", dialect.delimiter.join(cells))
            continue
        yield line, cells


def rows_of(reading: Reading, delimiter: str, quote: str) -> Iterator[Row]:
    """All rows of a table that are UTF-8 and not blank, with the line each ends on."""
    texts = text_lines(reading)
    if not quote:
        for line, text in texts:
            yield line, text.split(delimiter)
        return
    csv.field_size_limit(MAX_LINE_BYTES)
    lines = _Numbered(texts)
    parser = csv.reader(lines, delimiter=delimiter, quotechar=quote, strict=True)
    while True:
        try:
            yield from ((lines.number, cells) for cells in parser if cells)
            return
        except csv.Error as error:
            reading.reject("syntax", lines.number, str(error), lines.text)


class _Numbered:
    """Lines as the CSV parser takes them, remembering the last one."""

    def __init__(self, texts: Iterator[tuple[int, str]]) -> None:
        self.texts, self.number, self.text = texts, 0, ""

    def __iter__(self) -> _Numbered:
        return self

    def __next__(self) -> str:
        self.number, self.text = next(self.texts)
        return self.text + "\n"


def text_lines(reading: Reading) -> Iterator[tuple[int, str]]:
    """The (number, text) of every line that is not blank; lines that are not UTF-8 text are rejected."""
    number = 0
    while raw := reading.stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(raw) > MAX_LINE_BYTES:
            raise BadFile(f"{reading.file}:{number}: a line of more than {MAX_LINE_BYTES:,} bytes")
        try:
            text = raw.decode().rstrip("\r\n")
        except UnicodeDecodeError as error:
            reading.reject("encoding", number, f"not UTF-8 at byte {error.start + 1} of the line", raw)
            continue
        if "\0" in text:
            reading.reject("encoding", number, "a NUL character", raw)
        elif text.strip():
            yield number, text


def _sample(reading: Reading) -> list[str]:
    """The first lines, not taken from the stream."""
    head = reading.stream.peek(1 << 16)
    lines = head.decode("utf-8", "replace").splitlines()
    return [line for line in lines[: _SAMPLE + 1] if line.strip()][: _SAMPLE if len(lines) > 1 else 1]


def find_dialect(reading: Reading, sample: list[str]) -> Dialect:
    """The dialect of a table from the options and, where they leave it open, from its first lines."""
    options = reading.options
    delimiter = options.delimiter or _find_delimiter(reading, sample)
    if len(delimiter) > 1 and options.quote:
        raise BadInput(f"a delimiter of several characters ({delimiter!r}) has no quoting")
    quote = options.quote if options.quote is not None else '"' if delimiter in _QUOTED else ""
    first = _cells(sample[0], delimiter, quote) if sample else []
    names = [cell.strip().lower() for cell in first]
    if options.columns is not None:
        columns, named = _chosen_columns(reading.file, options.columns, names)
    else:
        columns, named = _known_columns(names)
    header = options.header if options.header is not None else named
    if options.columns is None and not named and len(first) != 3:
        raise BadFile(
            f"{reading.file}: {len(first)} columns when split at {delimiter!r}; "
            "name the head, relation and tail columns, or give another delimiter"
        )
    return Dialect(delimiter, quote, header, columns, len(first))


def _find_delimiter(reading: Reading, sample: list[str]) -> str:
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
    raise BadFile(f"{reading.file}: no delimiter gives its lines three columns; name the format or the delimiter")


def _cells(line: str, delimiter: str, quote: str) -> list[str]:
    if not quote:
        return line.split(delimiter)
    return next(csv.reader([line], delimiter=delimiter, quotechar=quote), [])


def _known_columns(names: list[str]) -> tuple[Columns, bool]:
    """The columns whose header names are usual ones, and whether all three are; else the first three."""
    found = [next((i for i, name in enumerate(names) if name in known), -1) for known in _HEADERS]
    if min(found) < 0 or len(set(found)) < 3:
        return (0, 1, 2), False
    return (found[0], found[1], found[2]), True


def _chosen_columns(file: str, wanted: tuple[str, str, str], names: list[str]) -> tuple[Columns, bool]:
    """The columns a caller chose by position (from 1) or by header name."""
    positions = []
    for name in wanted:
        if name.isdigit() and 1 <= int(name) <= len(names):
            positions.append(int(name) - 1)
        elif name.strip().lower() in names:
            positions.append(names.index(name.strip().lower()))
        else:
            raise BadFile(f"{file}: no column {name!r} among {', '.join(names) or 'none'}")
    return (positions[0], positions[1], positions[2]), not all(name.isdigit() for name in wanted)


def read_labels(reading: Reading) -> int:
    """Read a table of key and label (tab, or the delimiter given); labels of keys not in the graph are counted only.

    Returns how many labels named nothing.
    """
    keys: list[str] = []
    texts: list[str] = []
    delimiter = reading.options.delimiter if reading.options.delimiter not in (None, "|") else "\t"
    for line, cells in rows_of(reading, delimiter or "\t", ""):
        if len(cells) != 2 or not cells[0].strip():
            reading.reject("column count", line, f"{len(cells)} columns, not 2 (key, label)", "\t".join(cells))
        elif cells[1].strip():
            keys.append(cells[0].strip())
            texts.append(cells[1].strip())
    known = reading.builder.known(keys)
    for key, text, is_known in zip(keys, texts, known, strict=True):
        if is_known:
            reading.builder.label(key, text)
    return len(known) - sum(known)
