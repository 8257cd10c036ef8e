"""Tables as CSV, TSV or with any delimiter: of edges (triples), of nodes, and of labels."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence

from clew.kg.errors import BadFile
from clew.kg.ingest.readers.cells import GROUPED, LITERALS, BadCell, Literals, literals_of, parts_of
from clew.kg.ingest.readers.dialect import Dialect, find_dialect, typed
from clew.kg.ingest.readers.layout import (
    HEAD,
    IDS,
    RELATION,
    ROWS_ADVICE,
    TAIL,
    TRIPLES_ADVICE,
    EdgeLayout,
    Layout,
    NodeLayout,
)
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.ingest.readers.rows import Row, rows_of
from clew.kg.limits import MIN_ROWS_TO_JUDGE
from clew.kg.terms.literal import to_term
from clew.kg.terms.vocabulary import RDF_TYPE

_BATCH = 50_000
_HEADERS = (frozenset(HEAD), frozenset(RELATION), frozenset(TAIL))


def read_table(reading: FileReading) -> None:
    """Read a table of edges or of nodes; what the options leave open is found from its first lines."""
    dialect = find_dialect(reading)
    rows = rows_of(reading, dialect.delimiter, dialect.quote, dialect.skip)
    if dialect.header is not None:
        next(rows, None)
    whole = _whole(reading, rows, dialect)
    add_rows(reading, whole, typed(dialect), dialect.delimiter, guessed=dialect.guessed)


def add_rows(
    reading: FileReading, rows: Iterable[Row], layout: Layout, delimiter: str = "\t", *, guessed: bool = False
) -> None:
    """Add rows of whole, stripped cells; one without a key, or with a cell that is not of its column's type, is
    rejected (and quarantined with ``delimiter``). ``guessed``: stop where the rows turn out not to be triples."""
    keys = (layout.head, layout.relation, layout.tail) if isinstance(layout, EdgeLayout) else (layout.key,)
    good: Iterator[Row] = (row for row in rows if _is_filled(reading, row, keys, delimiter))
    if isinstance(layout, NodeLayout):
        _add_nodes(reading, good, layout, delimiter)
        return
    if any(kind for _, _, kind in layout.extras):
        good = _typed_rows(reading, good, layout, delimiter)
    _add_edges(reading, good, layout, guessed)


def _add_edges(reading: FileReading, good: Iterator[Row], layout: EdgeLayout, guessed: bool) -> None:
    head, relation, tail = layout.head, layout.relation, layout.tail
    extras = _with_literals(layout)
    while chunk := list(itertools.islice(good, _BATCH)):
        batch = EdgeBatch(
            heads=[_key(layout.head_space, cells[head]) for _, cells in chunk],
            relations=[cells[relation] for _, cells in chunk],
            tails=[_key(layout.tail_space, cells[tail]) for _, cells in chunk],
            lines=[line for line, _ in chunk],
        )
        if guessed:
            _check_relations(reading, batch.relations)
        for column, name, literals in extras:
            for place, (_, cells) in enumerate(chunk):
                if cells[column]:
                    for literal in literals(cells[column]):
                        batch.attribute(place, name, literal)
        reading.add_edges(batch)
        reading.tick()


def _check_relations(reading: FileReading, relations: Sequence[str]) -> None:
    """``BadFile`` where the relations of many rows are nearly all different: those are no relations."""
    distinct = len(set(relations))
    if len(relations) >= MIN_ROWS_TO_JUDGE and 2 * distinct > len(relations):
        raise BadFile(
            f"{reading.file}: no list of triples: its middle column has {distinct:,} different values in "
            f"{len(relations):,} rows, unlike relations; {TRIPLES_ADVICE}; {ROWS_ADVICE}"
        )


def _add_nodes(reading: FileReading, rows: Iterator[Row], layout: NodeLayout, delimiter: str) -> None:
    while chunk := list(itertools.islice(rows, _BATCH)):
        if not layout.space:
            _check_ids(reading, chunk, layout)
        _add_some_nodes(reading, chunk, layout, delimiter)
        reading.tick()


def _check_ids(reading: FileReading, chunk: Sequence[Row], layout: NodeLayout) -> None:
    """``BadLine`` where another table gives one of the ids to something else."""
    said = (layout.name, *layout.types) if layout.name is not None else None
    reading.ids.add(
        reading.file,
        [cells[layout.key] for _, cells in chunk],
        [tuple(cells[i] for i in said) if said and cells[said[0]] else (reading.file,) for _, cells in chunk],
        [line for line, _ in chunk],
    )


def _add_some_nodes(reading: FileReading, rows: Iterable[Row], layout: NodeLayout, delimiter: str) -> None:
    builder, batch, columns = reading.builder, EdgeBatch(), _with_literals(layout)
    for line, cells in rows:
        try:
            types = [kind for column in layout.types for kind in parts_of(cells[column])]
            extras = [(name, literals(cells[column])) for column, name, literals in columns if cells[column]]
        except BadCell as error:
            reading.reject("value", line, str(error), delimiter.join(map(str, cells)))
            continue
        key = _key(layout.space, cells[layout.key])
        if layout.name is not None and cells[layout.name]:
            builder.label(key, cells[layout.name])
        for kind in types:
            batch.add(key, RDF_TYPE, kind, line)
        for name, several in extras:
            for literal in several:
                batch.add(key, name, to_term(literal), line)
        reading.rejections.accepted += 1
    reading.add_edges(batch)


def _with_literals(layout: Layout) -> list[tuple[int, str, Literals]]:
    """The attributes of a layout, each with what reads its cells; a type that is not supported must not get here."""
    found = ((column, name, literals_of(kind)) for column, name, kind in layout.extras)
    return [(column, name, literals) for column, name, literals in found if literals is not None]


def _key(space: str, cell: str) -> str:
    """The key of a cell: within an id space, an id is told apart from the same one of another."""
    return f"{space}:{cell}" if space else cell


def _whole(reading: FileReading, rows: Iterator[Row], dialect: Dialect) -> Iterator[Row]:
    """The rows with the right number of cells, stripped; a header that comes again (in files written one behind the
    other) is passed over, and all others are rejected."""
    width, header = dialect.width, list(dialect.header) if dialect.header else None
    heads = _HEADERS[0] if isinstance(dialect.layout, EdgeLayout) else frozenset(IDS)
    first = dialect.layout.head if isinstance(dialect.layout, EdgeLayout) else dialect.layout.key
    unnamed = dialect.layout.unnamed
    for line, cells in rows:
        if len(cells) != width:
            reason = f"{len(cells)} columns instead of {width}"
            reading.reject("column count", line, reason, dialect.delimiter.join(cells))
            continue
        cells = [cell.strip() for cell in cells]
        if cells == header:
            continue
        if unnamed and any(cells[column] for column in unnamed):
            reading.reject("column count", line, "a cell in a column without a name", dialect.delimiter.join(cells))
        elif cells[first].lower() in heads and _is_other_header(cells, dialect.layout):
            reading.reject("header", line, "another header among the rows", dialect.delimiter.join(cells))
        else:
            yield line, cells


def _is_other_header(cells: Sequence[str], layout: Layout) -> bool:
    if isinstance(layout, EdgeLayout):
        places = (layout.head, layout.relation, layout.tail)
        return all(cells[i].lower() in known for i, known in zip(places, _HEADERS, strict=True)) and all(
            len(cells[i]) > 1 for i in places
        )
    return layout.name is not None and cells[layout.name].lower() in ("name", "label", "title")


def _is_filled(reading: FileReading, row: Row, columns: tuple[int, ...], delimiter: str) -> bool:
    line, cells = row
    if all(cells[column] for column in columns):
        return True
    reading.reject("empty cell", line, "a key is empty", delimiter.join(map(str, cells)))
    return False


def _typed_rows(reading: FileReading, rows: Iterable[Row], layout: Layout, delimiter: str) -> Iterator[Row]:
    """The rows whose cells are of the declared types of their columns; the others are rejected."""
    declared = [column for column, _, kind in layout.extras if kind not in ("", GROUPED, LITERALS)]
    checks = [(column, literals) for column, _, literals in _with_literals(layout) if column in declared]
    for line, cells in rows:
        try:
            for column, literals in checks:
                if cells[column]:
                    literals(cells[column])
        except BadCell as error:
            reading.reject("value", line, str(error), delimiter.join(map(str, cells)))
        else:
            yield line, cells


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
