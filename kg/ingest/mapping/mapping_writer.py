"""Writes a mapping as YAML, for people to read and correct."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from clew.kg.ingest.mapping.plan import ColumnPlan, DatabasePlan, TablePlan

_HEAD = """\
# How the tables of {name} become a graph. Change what is wrong, and load with --mapping FILE.
# What the file does not name stays as proposed.
# as: nodes (a node for each row), relation (an edge for each row), leave out
# columns: number, date, boolean, description (text that nobody asks about by name), text (a node for each
# different text), reference, leave out
"""


def render(plan: DatabasePlan, name: str) -> str:
    """The mapping as YAML."""
    tables = {table.name: _table_as_data(table, plan) for table in plan.tables.values()}
    body = yaml.dump({"tables": tables}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return _HEAD.format(name=" ".join(name.split())) + str(body)


class _Flow(dict[str, Any]):
    """A mapping written on one line."""


class _FlowList(list[str]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # the library has no types
    """Writes what is marked so on one line, and nothing by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        """Yes."""
        return True


_Dumper.add_representer(
    _Flow, lambda dumper, data: dumper.represent_mapping("tag:yaml.org,2002:map", data, flow_style=True)
)
_Dumper.add_representer(
    _FlowList, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def _table_as_data(table: TablePlan, plan: DatabasePlan) -> dict[str, Any]:
    data: dict[str, Any] = {"as": table.form}
    if table.form == "leave out":
        return data
    if table.link is not None:
        data |= {"from": _names(table.link.start), "to": _names(table.link.end), "relation": table.link.relation}
        data |= {"inverse": table.link.inverse} if table.link.inverse else {}
    else:
        data |= {"class": table.kind, "key": _names(table.key), "label": _names(table.label)}
    data["columns"] = {column.name: _column_as_data(column, table, plan) for column in table.columns}
    joint = [reference for reference in table.references if len(reference.columns) > 1]
    if joint:
        data["references"] = [
            _Flow(columns=_FlowList(found.columns), to=found.to, by=_FlowList(found.by), relation=found.relation)
            for found in joint
        ]
    return data


def _column_as_data(column: ColumnPlan, table: TablePlan, plan: DatabasePlan) -> _Flow:
    data = _Flow({"as": column.kind})
    if column.kind != "leave out":
        data["relation"] = column.relation
    reference = table.reference((column.name,))
    if column.kind == "reference" and reference is not None:
        data["to"] = reference.to
        if reference.by != plan.tables[reference.to].key:
            data["by"] = reference.by[0]
    return data


def _names(columns: Sequence[str]) -> str | _FlowList:
    """A column, or a list of none or several."""
    return columns[0] if len(columns) == 1 else _FlowList(columns)
