"""How a table is written and what its columns mean, from the options and from its first rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest.readers.cells import GROUPED, literals_of
from clew.kg.ingest.readers.layout import (
    ROWS_ADVICE,
    TRIPLES_ADVICE,
    EdgeLayout,
    Layout,
    lacks_relation,
    of_choice,
    of_header,
    role_of,
)
from clew.kg.ingest.readers.likeness import is_header, is_moment, why_no_triples
from clew.kg.ingest.readers.reading import FileReading
from clew.kg.ingest.readers.rows import Row, rows_of_lines
from clew.kg.limits import MAX_TITLE_ROWS

DELIMITERS = ("\t", "|", ";", ",", " ")
QUOTED = (",", ";")  # delimiters whose files usually follow RFC 4180
_BY_EXTENSION = {".csv": (",", ";"), ".tsv": ("\t",)}
_COUNTED = 100  # lines whose cells are counted to find the delimiter
_JUDGED = 1_000  # rows looked at to tell triples from other things
_SAMPLE_BYTES = 1 << 16
_WHOLE_BYTES = 1 << 12  # a sample below this is the whole file
_SEP = re.compile(r"sep=(.)", re.IGNORECASE)
_DIRECTIONS = {"directed", "undirected", "mixed"}

Lines = list[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written, and what its columns mean.

    ``skip`` lines come before the header or the first row. ``header``: its cells, to be passed over wherever they come
    again. ``guessed``: nothing but its rows says that it is one of triples.
    """

    delimiter: str
    quote: str
    skip: int
    header: tuple[str, ...] | None
    width: int
    layout: Layout
    guessed: bool = False


def find_dialect(reading: FileReading) -> Dialect:
    """The dialect of a table; ``BadFile`` for one that cannot be told or is no table of edges or nodes."""
    lines = sample(reading)
    lines, delimiter = _without_sep(lines)
    lines, comments = _without_comments(lines) if reading.options.header is not False else (lines, [])
    delimiter = reading.options.delimiter or delimiter or _find_delimiter(reading, lines)
    if len(delimiter) > 1 and reading.options.quote:
        raise BadInput(f"quoting does not work with a delimiter of several characters ({delimiter!r})")
    quote = reading.options.quote if reading.options.quote is not None else '"' if delimiter in QUOTED else ""
    rows = _parsed(lines, delimiter, quote)
    start = _header_place(reading, rows)
    found = rows[start][1] if rows else []
    skip = rows[start - 1][0] if start else (lines[0][0] - 1 if lines else 0)
    header = (
        None if _names_columns(reading, found) else _commented_header(reading, comments, delimiter, quote, len(found))
    )
    dialect = Dialect(delimiter, quote, skip, None, len(found), EdgeLayout(0, 1, 2))
    if header is not None:
        dialect = replace(dialect, layout=_known(reading, header))
    else:
        dialect = _with_layout(reading, dialect, [cells for _, cells in rows[start:]])
    _check(reading, dialect, [cells for _, cells in rows[start:]])
    return dialect


def sample(reading: FileReading) -> Lines:
    """The first lines with their numbers, not taken from the stream, blank ones included."""
    head = reading.stream.peek(_SAMPLE_BYTES)
    text = head.decode("utf-8", "replace")
    if "\r" in text.rstrip("\r\n") and "\n" not in text:
        raise BadFile(f"{reading.file}: its lines end with CR alone (old Mac files); convert them (tr '\\r' '\\n')")
    lines = text.split("\n")
    if len(lines) > 1 and (len(head) >= _WHOLE_BYTES or not lines[-1]):
        lines.pop()  # cut off, or what follows the last line end
    return [(number, line.rstrip("\r")) for number, line in enumerate(lines, 1)]


def _without_sep(lines: Lines) -> tuple[Lines, str]:
    """The lines without Excel's ``sep=;``, and the delimiter that it names."""
    match = _SEP.fullmatch(lines[0][1]) if lines else None
    return (lines[1:], match.group(1)) if match else (lines, "")


def _without_comments(lines: Lines) -> tuple[Lines, list[str]]:
    """The lines after those at the start that begin with ``#`` or are blank, and the comments."""
    place = next((i for i, (_, line) in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    comments = [line for _, line in lines[:place] if line.strip()]
    return (lines[place:], comments) if place < len(lines) else (lines, [])


def _commented_header(
    reading: FileReading, comments: Sequence[str], delimiter: str, quote: str, width: int
) -> list[str] | None:
    """The header that a comment holds, if it has as many cells as the rows; ``BadFile`` where it may be a row."""
    for line in comments:
        cells = next((cells for _, cells in rows_of_lines(iter([(1, line)]), delimiter, quote)), [])
        if len(cells) != width or width < 3:
            continue
        header = [cells[0].lstrip("# "), *cells[1:]]
        if of_header(header) is None:
            raise BadFile(
                f"{reading.file}: the line {line!r} is a comment, a header or a row; remove it or its '#', or say "
                "--no-header if it is a row"
            )
        return header
    return None


def _parsed(lines: Lines, delimiter: str, quote: str) -> list[Row]:
    rows = rows_of_lines(iter(lines), delimiter, quote)
    return [(number, [cell.strip() for cell in cells]) for number, cells in rows][:_JUDGED]


def _header_place(reading: FileReading, rows: list[Row]) -> int:
    """The place among ``rows`` of the header: the first row, or a later one below rows that are titles."""
    if reading.options.header is False:
        return 0
    for place, (line, cells) in enumerate(rows[:MAX_TITLE_ROWS]):
        if not _names_columns(reading, cells):
            continue
        titles = all(sum(map(bool, above)) <= 1 for _, above in rows[:place])
        if titles:
            return place
        if isinstance(of_header(cells), EdgeLayout):
            raise BadFile(f"{reading.file}:{line}: a header below other rows; remove what stands before it")
    return 0


def _names_columns(reading: FileReading, cells: list[str]) -> bool:
    """Whether a row is a header: one of usual names, or one with the names that the options choose."""
    wanted = reading.options.columns
    if wanted is None or all(name.isdigit() for name in wanted):
        return of_header(cells) is not None
    names = {cell.lower() for cell in cells}
    return all(name.strip().lower() in names or name.isdigit() for name in wanted)


def _known(reading: FileReading, header: Sequence[str]) -> Layout:
    """The layout of a header in a comment."""
    columns = reading.options.columns
    layout = of_choice(reading.file, columns, header) if columns else of_header(header)
    assert layout is not None  # it was recognised
    return layout


def _with_layout(reading: FileReading, dialect: Dialect, rows: list[list[str]]) -> Dialect:
    """The dialect with what the options or the first row say of the columns, or the rows if neither does."""
    options, first = reading.options, rows[0] if rows else []
    usual = of_header(first)
    if options.columns is not None:
        by_name = not all(name.isdigit() for name in options.columns)
        header = options.header if options.header is not None else by_name or usual is not None
        layout: Layout = of_choice(reading.file, options.columns, first if header else None)
        if options.header is None and not header and isinstance(layout, EdgeLayout):
            _refuse_header(reading, layout, rows)
        return replace(dialect, layout=layout, header=tuple(first) if header else None)
    header = options.header if options.header is not None else usual is not None
    if usual is not None and header:
        return replace(dialect, layout=usual, header=tuple(first))
    _refuse_others(reading, dialect, rows, header)
    return replace(dialect, header=tuple(first) if header else None, guessed=True)


def _refuse_header(reading: FileReading, layout: EdgeLayout, rows: list[list[str]]) -> None:
    """``BadFile`` where the columns were chosen by position and the first row seems to name them."""
    places = (layout.head, layout.relation, layout.tail)
    whole = [[row[i] for i in places] for row in rows if len(row) > max(places)]
    if whole and is_header(whole):
        raise BadFile(
            f"{reading.file}: its first row looks like a header ({', '.join(whole[0])}); say --header or --no-header"
        )


def _refuse_others(reading: FileReading, dialect: Dialect, rows: list[list[str]], header: bool) -> None:
    """``BadFile`` for a table that nothing says is one of triples, unless its rows look like some."""
    first = rows[0] if rows else []
    where, columns = reading.file, f"{len(first)} columns when split at {dialect.delimiter!r}"
    if lacks_relation(first) and reading.options.header is not False:
        raise BadFile(
            f"{where}: its columns ({', '.join(first)}) name both ends of an edge but no relation; add a column "
            "'relation' (in Neo4j's files: ':TYPE')"
        )
    if len(first) != 3:
        raise BadFile(
            f"{where}: {columns}, and no header that names head, relation and tail; use another delimiter, or "
            f"{TRIPLES_ADVICE}; {ROWS_ADVICE}"
        )
    whole = [row for row in (rows[1:] if header else rows) if len(row) == 3 and all(row)]
    reason = why_no_triples(whole, header=reading.options.header is None) if whole else None
    if reason is not None:
        raise BadFile(f"{where}: no list of triples: {reason}; {TRIPLES_ADVICE}; {ROWS_ADVICE}")


def _check(reading: FileReading, dialect: Dialect, rows: list[list[str]]) -> None:
    """``BadFile`` for columns that are not there, of types that are not supported, or that mean something else."""
    layout, file = dialect.layout, reading.file
    if isinstance(layout, EdgeLayout):
        if max(layout.head, layout.relation, layout.tail) >= dialect.width:
            raise BadFile(f"{file}: {dialect.width} columns when split at {dialect.delimiter!r}")
        if dialect.header is not None and reading.options.columns is None:
            _check_edges(file, layout, rows[1:])
    elif dialect.header is not None and sum(role_of(cell) == "id" for cell in dialect.header) > 1:
        raise BadFile(f"{file}: several columns are marked ':ID'; make one of them")
    if len(rows) == 1 and dialect.header is not None and any(map(role_of, dialect.header)):
        raise BadFile(f"{file}: a header without rows; put it into one file with its rows (cat header.csv data.csv)")
    for _, name, kind in layout.extras:
        if literals_of(kind) is None:
            raise BadFile(f"{file}: the column {name!r} is of the type {kind!r}; write ':IGNORE' or ':string' for it")


def _check_edges(file: str, layout: EdgeLayout, rows: list[list[str]]) -> None:
    """``BadFile`` where the column taken for the relation says whether edges are directed, or heads are dates."""
    whole = [row for row in rows if len(row) > max(layout.head, layout.relation, layout.tail)]
    if whole and all(row[layout.relation].lower() in _DIRECTIONS for row in whole):
        raise BadFile(
            f"{file}: the column taken for the relation only says whether edges are directed (Gephi's 'Type'); name "
            "one that holds relations with --columns"
        )
    if whole and 2 * sum(is_moment(row[layout.head]) for row in whole) >= len(whole):
        raise BadFile(f"{file}: the column taken for the heads of edges holds dates; {TRIPLES_ADVICE}; {ROWS_ADVICE}")


def typed(dialect: Dialect) -> Layout:
    """The layout of a dialect, where a comma may be the decimal mark with extras marked so."""
    if dialect.delimiter != ";":
        return dialect.layout
    extras = tuple((column, name, kind or GROUPED) for column, name, kind in dialect.layout.extras)
    return replace(dialect.layout, extras=extras)


def _find_delimiter(reading: FileReading, lines: Lines) -> str:
    """The first usual delimiter that gives a header, or the first line three columns or more and most others as many.

    A blank must give exactly three, and nearly always: prose has blanks too.
    """
    suffix = next((end for end in _BY_EXTENSION if end in reading.file.lower()), "")
    candidates = list(dict.fromkeys((*_BY_EXTENSION.get(suffix, ()), *DELIMITERS)))
    lines = lines[:_COUNTED]
    tables = {mark: _parsed(lines, mark, '"' if mark in QUOTED else "") for mark in candidates}
    for mark, rows in tables.items():
        found = [cells for _, cells in rows[:MAX_TITLE_ROWS]]
        if any(_names_columns(reading, cells) for cells in found) or (found and lacks_relation(found[0])):
            return mark
    wide = [mark for mark in candidates if _splits(mark, tables[mark])]
    if {",", ";"} <= set(wide) and wide[0] in QUOTED:
        wide = [mark for mark in wide if mark not in QUOTED or _are_triples(tables[mark])] or wide
        if {",", ";"} <= set(wide):
            raise BadFile(f"{reading.file}: both ';' and ',' split its lines into columns; say which with --delimiter")
    if not wide:
        raise BadFile(
            f"{reading.file}: no delimiter splits its lines into three columns; specify the format or the delimiter"
        )
    return wide[0]


def _splits(mark: str, rows: list[Row]) -> bool:
    widths = [len(cells) for _, cells in rows]
    if not widths or widths[0] < 3 or (mark == " " and widths[0] != 3):
        return False
    return widths.count(widths[0]) >= (0.9 if mark == " " else 0.5) * len(widths)


def _are_triples(rows: list[Row]) -> bool:
    whole = [cells for _, cells in rows if len(cells) == 3 and all(cells)]
    return bool(whole) and why_no_triples(whole, header=True) is None
