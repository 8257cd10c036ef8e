"""Turns the rows of a table into statements, as its plan says."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from clew.kg.errors import BadLine
from clew.kg.ingest.mapping import cells
from clew.kg.ingest.mapping.graph_names import class_key, numbered_key, relation_key, row_key, value_key
from clew.kg.ingest.mapping.plan import ColumnPlan, DatabasePlan, ReferencePlan, TablePlan
from clew.kg.ingest.mapping.schema import BrokenText, Database, TableSchema
from clew.kg.ingest.readers.reading import EdgeBatch, FileReading
from clew.kg.terms.literal import NUL, Literal, to_term
from clew.kg.terms.names import relation_name
from clew.kg.terms.vocabulary import RDF_TYPE

_BATCH = 20_000
_REMEMBERED = 200_000  # texts known to be labelled
_LINES = 2**32  # numbers that provenance holds
_UNORDERED = ("json", "xml", "point", "polygon", "path", "box", "line", "circle", "geo")
_READERS = {"number": cells.number_of, "date": cells.date_of, "boolean": cells.truth_of}


class TargetRow:
    """The joined cells from which the key of a row referred to is made, None where there is no such row."""

    def __init__(self, schema: TableSchema, plan: TablePlan, alias: str) -> None:
        self.table, self.by_key = plan.name, bool(plan.key)
        names = [schema.field(column).sql for column in plan.key] or [schema.row or "NULL"]
        self.columns = [f"{alias}.{name}" for name in names]

    def key(self, found: Sequence[object]) -> str | None:
        """The key of the row."""
        if any(cell is None for cell in found):
            return None
        return row_key(self.table, found) if self.by_key else numbered_key(self.table, found[0])


class TableRows:
    """The rows of a table as a query gives them: each with its number, its own cells, and what its references lead to.

    The query is one pass over the table; references are joins, so that nothing is held in memory.
    """

    def __init__(self, database: Database, plan: DatabasePlan, name: str) -> None:
        self.database, self.schema, self.plan = database, plan.schemas[name], plan.tables[name]
        used = {*self.plan.key, *self.plan.label}
        wanted = [column.name for column in self.plan.columns if column.kind != "leave out" or column.name in used]
        self.columns = wanted
        self.targets = [
            TargetRow(plan.schemas[reference.to], plan.tables[reference.to], f"r{at}")
            for at, reference in enumerate(self.plan.references)
        ]
        self.query = self._query(plan)

    def __iter__(self) -> Iterator[tuple[int, dict[str, object], list[str | None]]]:
        """Each row: its number, its cells by column, the key of the row that each reference leads to."""
        first, width = 1, len(self.columns)
        for count, row in enumerate(self.database.rows(self.query), 1):
            number = count if self.schema.row is None else row[0]
            found = dict(zip(self.columns, row[first : first + width], strict=True))
            rest = iter(row[first + width :])
            keys = [target.key(list(itertools.islice(rest, len(target.columns)))) for target in self.targets]
            yield number if isinstance(number, int) else count, found, keys

    def _query(self, plan: DatabasePlan) -> str:
        own = [f"t.{self.schema.field(column).sql}" for column in self.columns]
        number = f"t.{self.schema.row}" if self.schema.row else "1"
        joined = [column for target in self.targets for column in target.columns]
        joins = [self._join(plan, reference, f"r{at}") for at, reference in enumerate(self.plan.references)]
        return (
            f"SELECT {', '.join((number, *own, *joined))} FROM {self.schema.sql} AS t {' '.join(joins)} "
            f"ORDER BY {', '.join(self._order())}"
        )

    def _order(self) -> list[str]:
        """By the row's number, else by the key, else by all columns that have an order, so that every load counts rows
        alike."""
        if self.schema.row:
            return [f"t.{self.schema.row}"]
        ordered = [field for field in self.schema.fields if not any(word in field.declared for word in _UNORDERED)]
        names = self.plan.key or self.schema.key or [field.name for field in ordered] or self.schema.names[:1]
        return [f"t.{self.schema.field(name).sql}" for name in names]

    def _join(self, plan: DatabasePlan, reference: ReferencePlan, alias: str) -> str:
        target = plan.schemas[reference.to]
        pairs = zip(reference.columns, reference.by, strict=True)
        same = " AND ".join(
            f"{alias}.{target.field(by).sql} = t.{self.schema.field(column).sql}" for column, by in pairs
        )
        return f"LEFT JOIN {target.sql} AS {alias} ON {same}"


class TableEmitter:
    """Adds the rows of one table to the graph. Each edge has the table for its source and the row for its line."""

    def __init__(self, reading: FileReading, database: Database, plan: DatabasePlan, name: str) -> None:
        self.reading, self.plan = reading, plan.tables[name]
        self.rows = TableRows(database, plan, name)
        self.batch = EdgeBatch()
        self.seen: set[str] = set()
        self.named: set[str] = set()
        self.relations = {
            label: relation_key(label)
            for label in (
                *(column.relation for column in self.plan.columns if column.kind != "leave out"),
                *(reference.relation for reference in self.plan.references),
            )
        }
        named = len(self.plan.label) == 1 and self.plan.column(self.plan.label[0]).kind == "text"
        self.name_only = self.plan.column(self.plan.label[0]) if named else None
        self.columns = [
            column
            for column in self.plan.columns
            if column.kind not in ("leave out", "reference") and column != self.name_only
        ]

    def emit(self) -> None:
        """Add all rows."""
        is_link = self.plan.form == "relation"
        for number, found, targets in self.rows:
            line = number if 0 <= number < _LINES else 0
            for column, cell in found.items():
                if isinstance(cell, str) and NUL in cell:
                    self._note("encoding", line, f"{column}: a NUL character, replaced by U+FFFD")
            if is_link:
                self._link(line, found, targets)
            else:
                self._node(line, number, found, targets)
            if len(self.batch.heads) >= _BATCH:
                self._flush()
        self._flush()
        self._name_relations()

    def _node(self, line: int, number: int, found: dict[str, object], targets: list[str | None]) -> None:
        """A row as a node, with its class, its name and an edge for each of its other cells."""
        parts = [found[column] for column in self.plan.key]
        if any(part is None or part == "" or isinstance(part, BrokenText) for part in parts):
            columns = ", ".join(self.plan.key)
            self.reading.reject("empty cell", line, f"the row has no value for its key ({columns})")
            return
        key = row_key(self.plan.name, parts) if parts else numbered_key(self.plan.name, number)
        self.batch.add(key, RDF_TYPE, class_key(self.plan.kind), line)
        name = " ".join(filter(None, (cells.text_of(found[column]) for column in self.plan.label)))
        if self.name_only is not None:
            self._note_bytes(self.name_only, found[self.name_only.name], line)
        if not name:
            told = ", ".join(filter(None, map(cells.text_of, parts))) if parts else str(number)
            name = f"{self.plan.kind} {told}" if told else key
        self.reading.builder.label(key, name)
        for column in self.columns:
            self._cell(key, column, found[column.name], line)
        for reference, target in zip(self.plan.references, targets, strict=True):
            self._reference(key, reference, target, found, line)

    def _cell(self, key: str, column: ColumnPlan, cell: object, line: int) -> None:
        """The edge of a cell, one for each element of an array."""
        if isinstance(cell, list):
            for element in cell:
                self._cell(key, column, element, line)
            return
        tail = self._tail(column, cell, line)
        if tail:
            self.batch.add(key, self.relations[column.relation], tail, line)

    def _tail(self, column: ColumnPlan, cell: object, line: int) -> str:
        """The node or literal that a cell is, as a term; empty where there is none."""
        text = cells.text_of(cell)
        if not text:
            self._note_bytes(column, cell, line)
            return ""
        if column.kind == "text":
            self._name_value(text)
            return value_key(text)
        return to_term(self._literal(column, cell, text, line))

    def _name_value(self, text: str) -> None:
        """Label the node of a text, mostly once."""
        if text not in self.named:
            if len(self.named) >= _REMEMBERED:
                self.named.clear()
            self.named.add(text)
            self.reading.builder.label(value_key(text), text)

    def _literal(self, column: ColumnPlan, cell: object, text: str, line: int) -> Literal:
        read = _READERS.get(column.kind)
        literal = read(cell) if read else Literal(text)
        if literal is None:
            self._note("type", line, f"{column.name}: no {column.kind}, taken as text: {text[:40]!r}")
        return literal or Literal(text)

    def _reference(
        self, key: str, reference: ReferencePlan, target: str | None, found: dict[str, object], line: int
    ) -> None:
        """The edge to the row that a row refers to; where there is no such row, the value as text."""
        given = [found[column] for column in reference.columns]
        if any(cell is None or cell == "" for cell in given):
            return
        relation = self.relations[reference.relation]
        if target is not None:
            self.batch.add(key, relation, target, line)
            return
        text = ", ".join(map(cells.text_of, given))
        self._note("dangling", line, f"{', '.join(reference.columns)}: there is no row {text} in {reference.to}")
        if len(given) == 1 and text:
            self.batch.add(key, relation, to_term(Literal(text)), line)

    def _link(self, line: int, found: dict[str, object], targets: list[str | None]) -> None:
        """A row as an edge between the two rows that it refers to, and one back. Where one of them is not there, the
        edge of the other leads to the value as text."""
        link = self.plan.link
        assert link is not None
        ends = dict(zip((reference.columns for reference in self.plan.references), targets, strict=True))
        start, end = ends[link.start], ends[link.end]
        texts = [", ".join(cells.text_of(found[column]) for column in columns) for columns in (link.start, link.end)]
        for at, key in enumerate((start, end)):
            if key is None:
                columns = ", ".join((link.start, link.end)[at])
                self._note("dangling", line, f"{columns}: the row that it refers to ({texts[at]}) is not there")
        for head, relation, tail, text in ((start, link.relation, end, texts[1]), (end, link.inverse, start, texts[0])):
            if head is not None and relation and (tail or text):
                self.batch.add(head, relation_key(relation), tail or to_term(Literal(text)), line)
                self._attributes(found, line)

    def _attributes(self, found: dict[str, object], line: int) -> None:
        for column in self.plan.attributes():
            text = cells.text_of(found[column.name])
            if text:
                literal = self._literal(column, found[column.name], text, line)
                self.batch.attribute(len(self.batch.heads) - 1, column.relation, literal)
            else:
                self._note_bytes(column, found[column.name], line)

    def _note_bytes(self, column: ColumnPlan, cell: object, line: int) -> None:
        """Count a cell of bytes, which is left out."""
        if isinstance(cell, BrokenText):
            self._note("encoding", line, f"{column.name}: not UTF-8, left out")
        elif isinstance(cell, bytes | memoryview):
            self._note("blob", line, f"{column.name}: {len(cell)} bytes, left out")

    def _note(self, kind: str, line: int, reason: str) -> None:
        self.reading.rejections.note(kind, BadLine(self.reading.file, line, reason))

    def _name_relations(self) -> None:
        """Label the class, and the relations whose keys do not read as their labels."""
        builder, link = self.reading.builder, self.plan.link
        labels = dict(self.relations)
        if link is not None:
            labels |= {label: relation_key(label) for label in (link.relation, link.inverse) if label}
        if RDF_TYPE in self.seen:
            builder.label(class_key(self.plan.kind), self.plan.kind)
        for label, key in labels.items():
            if key in self.seen and relation_name(key) != label:
                builder.label(key, label)

    def _flush(self) -> None:
        batch, self.batch = self.batch, EdgeBatch()
        self.seen.update(batch.relations)
        self.reading.add_edges(batch)
        self.reading.tick()
