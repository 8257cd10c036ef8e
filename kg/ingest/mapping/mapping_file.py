"""Reads a mapping from a YAML file, with errors that name the line and the field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import yaml

from clew.kg.errors import BadFile, BadLine
from clew.kg.ingest.mapping.plan import (
    FORMS,
    KINDS,
    ColumnPlan,
    DatabasePlan,
    LinkPlan,
    ReferencePlan,
    TablePlan,
)
from clew.kg.ingest.mapping.schema import TableSchema, match_name
from clew.kg.limits import MAX_MAPPING_BYTES


def read_mapping(file: str, plan: DatabasePlan) -> DatabasePlan:
    """The proposed mapping with what a file says instead. Raises ``BadLine`` with the line and the field that is wrong,
    ``BadFile`` where there is no such file."""
    return _MappingReader(file, plan).read()


class _MappingReader:
    """Reads one file, checking every field against the tables."""

    def __init__(self, file: str, plan: DatabasePlan) -> None:
        self.file, self.plan = file, plan
        self.given: dict[tuple[str, tuple[str, ...]], yaml.Node] = {}

    def read(self) -> DatabasePlan:
        """The mapping."""
        root = self._compose()
        tables = dict(self.plan.tables)
        for field, node in self._members(root, "the file", ("tables",)):
            for name, key, value in self._pairs(node, field):
                found = match_name(name, list(tables))
                if found is None:
                    self._fail(key, f"tables.{name}", f"no such table; tables: {', '.join(tables)}")
                tables[found] = self._table(value, f"tables.{name}", self.plan.schemas[found], tables[found])
        return DatabasePlan(self.plan.schemas, self._checked(root, tables))

    def _compose(self) -> yaml.Node:
        try:
            data = Path(self.file).read_bytes()
        except (OSError, ValueError) as error:
            raise BadFile(f"{self.file}: {getattr(error, 'strerror', None) or error}") from error
        if len(data) > MAX_MAPPING_BYTES:
            raise BadFile(f"{self.file}: larger than {MAX_MAPPING_BYTES:,} bytes, the limit for a mapping")
        try:
            root = yaml.compose(data, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or str(error).split("\n")[0]
            raise BadLine(self.file, mark.line + 1 if mark else 0, f"not YAML: {reason}") from error
        except RecursionError as error:
            raise BadFile(f"{self.file}: nested too deeply") from error
        if root is None:
            raise BadFile(f"{self.file}: the file is empty")
        return root

    def _table(self, node: yaml.Node, where: str, schema: TableSchema, plan: TablePlan) -> TablePlan:
        """A table's plan with the fields of a node."""
        if isinstance(node, yaml.ScalarNode):
            return replace(plan, form=self._choice(node, where, FORMS), link=None)
        names = ("as", "class", "key", "label", "from", "to", "relation", "inverse", "columns", "references")
        fields = {field.rpartition(".")[2]: value for field, value in self._members(node, where, names)}
        readers: dict[str, Callable[[yaml.Node, str], dict[str, Any]]] = {
            "as": lambda value, at: {"form": self._choice(value, at, FORMS)},
            "class": lambda value, at: {"kind": self._text(value, at)},
            "key": lambda value, at: {"key": self._columns(value, at, schema)},
            "label": lambda value, at: {"label": self._columns(value, at, schema)},
        }
        for name, read in readers.items():
            if name in fields:
                plan = replace(plan, **read(fields[name], f"{where}.{name}"))
        if "columns" in fields:
            for name, key, value in self._pairs(fields["columns"], f"{where}.columns"):
                plan = self._column(key, value, f"{where}.columns.{name}", schema, plan, name)
        if "references" in fields:
            plan = self._references(fields["references"], f"{where}.references", schema, plan)
        return self._link(node, fields, where, schema, plan)

    def _column(
        self, key: yaml.Node, node: yaml.Node, where: str, schema: TableSchema, plan: TablePlan, name: str
    ) -> TablePlan:
        found = match_name(name, schema.names)
        if found is None:
            self._fail(key, where, f"no such column; columns: {', '.join(schema.names)}")
        column, reference = plan.column(found), plan.reference((found,))
        if isinstance(node, yaml.ScalarNode):
            fields: dict[str, yaml.Node] = {"as": node}
        else:
            names = ("as", "relation", "to", "by")
            fields = {field.rpartition(".")[2]: value for field, value in self._members(node, where, names)}
        kind = self._choice(fields["as"], f"{where}.as", KINDS) if "as" in fields else column.kind
        kind = "reference" if "to" in fields and "as" not in fields else kind
        relation = self._text(fields["relation"], f"{where}.relation") if "relation" in fields else column.relation
        others = tuple(other for other in plan.references if other.columns != (found,))
        if kind == "reference":
            to, by = self._target(node, fields, where, reference, 1)
            self.given[schema.name, (found,)] = key
            others = (*others, ReferencePlan((found,), to, by, relation))
        columns = tuple(ColumnPlan(found, kind, relation) if each.name == found else each for each in plan.columns)
        return replace(plan, columns=columns, references=others)

    def _references(self, node: yaml.Node, where: str, schema: TableSchema, plan: TablePlan) -> TablePlan:
        """The references of several columns, in place of those proposed."""
        found = []
        for at, item in enumerate(self._items(node, where)):
            place = f"{where}[{at + 1}]"
            names = ("columns", "to", "by", "relation")
            fields = {field.rpartition(".")[2]: value for field, value in self._members(item, place, names)}
            for name in ("columns", "to", "relation"):
                if name not in fields:
                    self._fail(item, f"{place}.{name}", "is missing")
            columns = self._columns(fields["columns"], f"{place}.columns", schema)
            to, by = self._target(item, fields, place, None, len(columns))
            self.given[schema.name, columns] = item
            found.append(ReferencePlan(columns, to, by, self._text(fields["relation"], f"{place}.relation")))
        single = tuple(reference for reference in plan.references if len(reference.columns) == 1)
        return replace(plan, references=(*single, *found))

    def _target(
        self, node: yaml.Node, fields: dict[str, yaml.Node], where: str, known: ReferencePlan | None, width: int
    ) -> tuple[str, tuple[str, ...]]:
        """The table that a reference leads to, and the columns by which it names a row."""
        if "to" not in fields:
            if known is None:
                self._fail(node, f"{where}.to", "is missing: the table that the column refers to")
            return known.to, known.by
        name = self._text(fields["to"], f"{where}.to")
        to = match_name(name, list(self.plan.tables))
        if to is None:
            self._fail(fields["to"], f"{where}.to", f"no table {name}; tables: {', '.join(self.plan.tables)}")
        schema = self.plan.schemas[to]
        by = self._columns(fields["by"], f"{where}.by", schema) if "by" in fields else self.plan.tables[to].key
        if len(by) != width:
            self._fail(fields["to"], f"{where}.by", f"{width} of the columns of {to} needed, not {len(by)}")
        return to, by

    def _link(
        self, node: yaml.Node, fields: dict[str, yaml.Node], where: str, schema: TableSchema, plan: TablePlan
    ) -> TablePlan:
        """The two ends of a table of edges."""
        if plan.form != "relation":
            for name in ("from", "to", "relation", "inverse"):
                if name in fields:
                    self._fail(fields[name], f"{where}.{name}", "only a table with as: relation has it")
            return replace(plan, link=None)
        ends = [self._columns(fields[name], f"{where}.{name}", schema) if name in fields else None
                for name in ("from", "to")]  # fmt: skip
        start, end = ends[0] or (plan.link and plan.link.start), ends[1] or (plan.link and plan.link.end)
        for name, columns in (("from", start), ("to", end)):
            if not columns:
                self._fail(node, f"{where}.{name}", "is missing: the column of that end of the edge")
            elif plan.reference(columns) is None:
                self._fail(fields.get(name, node), f"{where}.{name}", f"{', '.join(columns)}: no reference to a table")
        assert start
        assert end
        named = plan.reference(end)
        assert named is not None
        relation = self._text(fields["relation"], f"{where}.relation") if "relation" in fields else (
            plan.link.relation if plan.link else named.relation)  # fmt: skip
        inverse = self._text(fields["inverse"], f"{where}.inverse") if "inverse" in fields else (
            plan.link.inverse if plan.link and "relation" not in fields else None)  # fmt: skip
        return replace(plan, link=LinkPlan(start, end, relation, inverse))

    def _checked(self, root: yaml.Node, tables: dict[str, TablePlan]) -> dict[str, TablePlan]:
        """The tables, checked together: references lead to tables whose rows are nodes, labels differ in a table. What
        was proposed to refer to a table that is now left out is text."""
        for name, table in tables.items():
            lost = [found for found in table.references if tables[found.to].form != "nodes"]
            given = next(filter(None, (self.given.get((name, found.columns)) for found in lost)), None)
            if given is not None and table.form != "leave out":
                self._fail(given, f"tables.{name}", f"refers to {lost[0].to}, whose rows are no nodes")
            if lost and table.link is not None:
                self._fail(root, f"tables.{name}", f"links rows of {lost[0].to}, which are no nodes; leave it out, too")
            tables[name] = _without(table, lost)
            taken = [column.relation for column in table.columns if column.kind != "leave out"]
            taken += [reference.relation for reference in table.references if len(reference.columns) > 1]
            double = next((label for label in taken if taken.count(label) > 1), None)
            if double is not None and table.form != "leave out":
                self._fail(root, f"tables.{name}", f"two relations are called {double!r}")
        return tables

    # --- nodes of the document

    def _members(self, node: yaml.Node, where: str, names: Sequence[str]) -> Iterator[tuple[str, yaml.Node]]:
        """Each member of a mapping, by its full name; its own name must be one of ``names``."""
        for name, key, value in self._pairs(node, where):
            full = name if where == "the file" else f"{where}.{name}"
            if name not in names:
                self._fail(key, full, f"unknown field; fields: {', '.join(names)}")
            yield full, value

    def _pairs(self, node: yaml.Node, where: str) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            self._fail(node, where, "must be fields with values (name: value)")
        seen: set[str] = set()
        for key, value in node.value:
            name = self._text(key, where)
            if name in seen:
                self._fail(key, f"{where}.{name}", "is given twice")
            seen.add(name)
            yield name, key, value

    def _items(self, node: yaml.Node, where: str) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode):
            self._fail(node, where, "must be a list")
        return list(node.value)

    def _columns(self, node: yaml.Node, where: str, schema: TableSchema) -> tuple[str, ...]:
        """One column, or a list of columns."""
        listed = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found = []
        for item in listed:
            name = self._text(item, where)
            column = match_name(name, schema.names)
            if column is None:
                self._fail(item, where, f"no column {name} in {schema.name}; columns: {', '.join(schema.names)}")
            found.append(column)
        return tuple(found)

    def _choice(self, node: yaml.Node, where: str, names: Sequence[Any]) -> Any:
        text = self._text(node, where)
        if text not in names:
            self._fail(node, where, f"{text!r} is none of: {', '.join(names)}")
        return text

    def _text(self, node: yaml.Node, where: str) -> str:
        if not isinstance(node, yaml.ScalarNode) or not str(node.value).strip():
            self._fail(node, where, "must be a text")
        return " ".join(str(node.value).split()) if where.endswith((".relation", ".class")) else str(node.value)

    def _fail(self, node: yaml.Node, where: str, reason: str) -> NoReturn:
        raise BadLine(self.file, node.start_mark.line + 1, f"{where}: {reason}")


def _without(table: TablePlan, lost: Sequence[ReferencePlan]) -> TablePlan:
    """A table's plan without some of its references, whose columns become text."""
    single = {found.columns[0] for found in lost if len(found.columns) == 1}
    columns = tuple(replace(column, kind="text") if column.name in single else column for column in table.columns)
    return replace(table, columns=columns, references=tuple(found for found in table.references if found not in lost))
