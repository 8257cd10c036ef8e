"""The mapping of tables to a graph: what each table, column and reference becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal as Choice
from typing import get_args

from clew.kg.ingest.mapping.schema import TableSchema

Kind = Choice["number", "date", "boolean", "text", "description", "reference", "leave out"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Form = Choice["nodes", "relation", "leave out"]
FORMS: tuple[Form, ...] = get_args(Form)


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What a column becomes, and the label of its relation: edges to literals (number, date, boolean, description: any
    text), to nodes that stand for a text, to rows, or nothing."""

    name: str
    kind: Kind
    relation: str


@dataclass(frozen=True, slots=True)
class ReferencePlan:
    """Columns that refer to the row of table ``to`` whose columns ``by`` have the same values."""

    columns: tuple[str, ...]
    to: str
    by: tuple[str, ...]
    relation: str


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """The two references of a table whose rows are edges from the one's row to the other's, and the labels of the edge
    and of the edge back (None: there is none)."""

    start: tuple[str, ...]
    end: tuple[str, ...]
    relation: str
    inverse: str | None


@dataclass(frozen=True, slots=True)
class TablePlan:
    """What a table becomes. ``key``: the columns that make a row's key (none: the row's number does); ``label``: the
    columns that together name a row (none: its class and key do). ``link`` is there for the form ``relation``, whose
    columns outside the two references are attributes of the edge."""

    name: str
    form: Form
    kind: str
    key: tuple[str, ...]
    label: tuple[str, ...]
    columns: tuple[ColumnPlan, ...]
    references: tuple[ReferencePlan, ...] = ()
    link: LinkPlan | None = None

    def column(self, name: str) -> ColumnPlan:
        """The plan of a column, which must be there."""
        return next(column for column in self.columns if column.name == name)

    def reference(self, columns: tuple[str, ...]) -> ReferencePlan | None:
        """The reference that these columns are, if they are one."""
        return next((found for found in self.references if found.columns == columns), None)

    def attributes(self) -> Iterator[ColumnPlan]:
        """The columns that are attributes of the edges, where rows are edges."""
        taken = {*self.link.start, *self.link.end} if self.link else set()
        yield from (column for column in self.columns if column.name not in taken and column.kind != "leave out")


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """The mapping of all tables, by the table's name, with their schemas."""

    schemas: Mapping[str, TableSchema]
    tables: Mapping[str, TablePlan]
