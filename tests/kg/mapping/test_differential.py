"""Random databases: the graph holds what a slow and obvious reading finds in the cells and references, and no more."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import event, given, settings
from hypothesis import strategies as st

from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import edge_attributes
from clew.kg.ingest.mapping import graph_names
from clew.kg.ingest.mapping.plan import DatabasePlan, TablePlan
from clew.kg.ingest.mapping.proposer import propose
from clew.kg.ingest.mapping.sqlite import SqliteDatabase
from tests.kg.mapping.databases import Fact, facts, loaded, sources

TABLES = ["order", "Straße", "a b", "x/y", 'quo"te', "semi;colon", "Person", "select", "t.u"]
COLUMNS = ["group", "from", "weiß", "a.b", "Name", "fullName", "rowid", "type", "a/b", "per%cent", "x:y"]
DECLARED = {"number": ["INTEGER", "REAL", "NUMERIC", ""], "text": ["TEXT", "VARCHAR(20)", ""], "date": ["TEXT", "DATE"]}
CELLS = {
    "number": st.one_of(st.integers(-5, 99), st.sampled_from([0.5, 2.25, 1e30])),
    "text": st.sampled_from(["red", "blue", "Ann Lee", "a/b", "#1", "ä ö", "x%y", " padded ", "it's", "1st"]),
    "date": st.sampled_from(["2001-02-03", "1999-12-31", "2020-02-29 10:30:00"]),
}
KEYS = {"int": st.integers(0, 30), "text": st.sampled_from(["k1", "k/2", "k#3", "K1", "k%4", "k 5"])}


@dataclass
class Made:
    """A table as it was made: its key's and other columns, its references, its rows as dictionaries."""

    name: str
    key: list[str]
    columns: list[tuple[str, str, str]]  # name, kind, declared
    references: list[tuple[list[str], str]] = field(default_factory=list)  # columns, table
    rows: list[dict[str, object]] = field(default_factory=list)
    rowid: bool = True


@st.composite
def databases(draw: st.DrawFn) -> list[Made]:
    made: list[Made] = []
    for name in draw(st.lists(st.sampled_from(TABLES), min_size=1, max_size=3, unique=True)):
        made.append(draw(tables(name, made)))
    return made


@st.composite
def tables(draw: st.DrawFn, name: str, earlier: list[Made]) -> Made:
    form = draw(st.sampled_from(["int", "text", "pair", "none"]))
    key = {"int": ["id"], "text": ["id"], "pair": ["one", "two"], "none": []}[form]
    kinds = {column: form if form in KEYS else draw(st.sampled_from(["int", "text"])) for column in key}
    names = draw(st.lists(st.sampled_from(COLUMNS), min_size=not key, max_size=3, unique_by=str.casefold))
    columns = [(column, kind, "INTEGER" if kind == "int" else "TEXT") for column, kind in kinds.items()]
    for column in names:
        kind = draw(st.sampled_from(sorted(CELLS)))
        columns.append((column, kind, draw(st.sampled_from(DECLARED[kind]))))
    table = Made(name, key, columns, rowid=not key or draw(st.booleans()))
    targets = [other for other in [*earlier, table] if other.key]
    for number, target in enumerate(draw(st.lists(st.sampled_from(targets), max_size=2) if targets else st.just([]))):
        own = [f"ref{number}{letter}" for letter, _ in zip("abc", target.key, strict=False)]
        table.references.append((own, target.name))
        of = {column: (kind, declared) for column, kind, declared in target.columns}
        columns += [(column, *of[other]) for column, other in zip(own, target.key, strict=True)]
    seen = set()
    for _ in range(draw(st.integers(0, 5))):
        row = {column: draw(cell(kind, column in key)) for column, kind, _ in columns}
        for own, to in table.references:
            target = next(other for other in [*earlier, table] if other.name == to)
            if target.rows and draw(st.booleans()):
                row |= dict(zip(own, (draw(st.sampled_from(target.rows))[part] for part in target.key), strict=True))
        told = tuple(row[column] for column in key) if key else len(seen)
        if told not in seen:
            seen.add(told)
            table.rows.append(row)
    return table


def cell(kind: str, is_key: bool) -> st.SearchStrategy[object]:
    plain: st.SearchStrategy[object] = KEYS[kind] if kind in KEYS else CELLS[kind]
    return plain if is_key else st.one_of(st.none(), plain)


def write(made: list[Made], file: Path) -> None:
    quote = graph_quote
    with closing(sqlite3.connect(file)) as connection:
        for table in made:
            parts = [f"{quote(column)} {declared}" for column, _, declared in table.columns]
            parts += [f"PRIMARY KEY ({', '.join(map(quote, table.key))})"] if table.key else []
            parts += [f"FOREIGN KEY ({', '.join(map(quote, own))}) REFERENCES {quote(to)}"
                      for own, to in table.references]  # fmt: skip
            end = "" if table.rowid else " WITHOUT ROWID"
            connection.execute(f"CREATE TABLE {quote(table.name)} ({', '.join(parts)}){end}")
            for row in table.rows:
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {quote(table.name)} VALUES ({marks})", list(row.values()))
        connection.commit()


def graph_quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def read(file: Path) -> tuple[DatabasePlan, dict[str, list[dict[str, object]]]]:
    """The mapping, and the rows that the database gives, with the number of each."""
    database = SqliteDatabase(str(file))
    with closing(database):
        plan = propose(database)
    rows: dict[str, list[dict[str, object]]] = {}
    with closing(sqlite3.connect(file)) as connection:
        for name, schema in plan.schemas.items():
            order = schema.row or ", ".join(map(graph_quote, schema.key))
            number = schema.row or "0"
            query = f"SELECT {number}, * FROM {graph_quote(name)} ORDER BY {order}"
            rows[name] = [
                {"#": row[0] if schema.row else at, **dict(zip(schema.names, row[1:], strict=True))}
                for at, row in enumerate(connection.execute(query), 1)
            ]
    return plan, rows


def text(cell: object) -> str:
    if isinstance(cell, float):
        return repr(cell).removesuffix(".0")
    return str(cell).strip()


def same(one: object, other: object) -> bool:
    return one is not None and other is not None and one == other


def key_of(plan: TablePlan, row: dict[str, object]) -> str:
    if plan.key:
        return graph_names.row_key(plan.name, [row[column] for column in plan.key])
    return graph_names.numbered_key(plan.name, row["#"])


def literal(kind: str, cell: object) -> str:
    if kind == "number" and not isinstance(cell, str):
        kind = "integer" if isinstance(cell, int) else "double" if "e" in text(cell) else "decimal"
        return f'"{text(cell)}"^^{kind}'
    if kind == "number":  # a text of digits
        return f'"{text(cell)}"^^integer'
    if kind == "date":
        return f'"{text(cell).replace(" ", "T")}"^^' + ("dateTime" if " " in text(cell) else "date")
    return f'"{text(cell)}"'


def expected(plan: DatabasePlan, rows: dict[str, list[dict[str, object]]]) -> Iterator[Fact]:
    """Each statement as the plan says it, one cell after another. Labels of relations are left out."""
    for table in plan.tables.values():
        for row in rows[table.name]:
            key = key_of(table, row)
            ends = {}
            for reference in table.references:
                own = [row[column] for column in reference.columns]
                to = plan.tables[reference.to]
                found = [other for other in rows[reference.to]
                         if all(same(a, other[b]) for a, b in zip(own, reference.by, strict=True))]  # fmt: skip
                told = ", ".join(map(text, own))
                if None not in own and (found or len(own) == 1):
                    ends[reference.columns] = key_of(to, found[0]) if found else f'"{told}"'
                    if table.form == "nodes":
                        yield key, graph_names.relation_key(reference.relation), ends[reference.columns]
            if table.link is not None:
                start, end = ends[table.link.start], ends[table.link.end]
                if not start.startswith('"'):
                    yield start, graph_names.relation_key(table.link.relation), end
                if not end.startswith('"'):
                    yield end, graph_names.relation_key(table.link.inverse or ""), start
                continue
            yield key, "type", graph_names.class_key(table.kind)
            yield graph_names.class_key(table.kind), "label", f'"{table.kind}"'
            named = " ".join(text(row[column]) for column in table.label if row[column] is not None)
            told = ", ".join(text(row[column]) for column in table.key) if table.key else str(row["#"])
            yield key, "label", f'"{named or table.kind + " " + told}"'
            for column in table.columns:
                given = row[column.name]
                if column.kind in ("reference", "leave out") or given is None or (column.name,) == table.label:
                    continue
                tail = graph_names.value_key(text(given)) if column.kind == "text" else literal(column.kind, given)
                if column.kind == "text":
                    yield tail, "label", f'"{text(given)}"'
                yield key, graph_names.relation_key(column.relation), tail


@given(databases())
@settings(max_examples=40)
def test_every_cell_and_nothing_else(made: list[Made]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "made.db"
        write(made, file)
        plan, rows = read(file)
        assert {name: len(found) for name, found in rows.items()} == {table.name: len(table.rows) for table in made}
        wanted = set(expected(plan, rows))
        event(f"{len(wanted) > 0}")
        if not wanted:
            return
        graph = loaded(str(file)).graph
        relations = {graph_names.relation_key(c.relation) for t in plan.tables.values() for c in t.columns}
        relations |= {graph_names.relation_key(r.relation) for t in plan.tables.values() for r in t.references}
        found = {fact for fact in facts(graph) if not (fact[1] == "label" and fact[0] in relations)}
        assert found == wanted
        for (_, _, _), (place, line) in sources(graph).items():
            assert place.startswith("made.db:")
            numbers = {row["#"] for row in rows[place.removeprefix("made.db:")]}
            assert line in numbers
        check_each_cell(made, facts(graph) | attributes(graph))


def attributes(graph: Graph) -> set[Fact]:
    found = [pair for edge in range(graph.num_edges) for pair in edge_attributes(graph, edge)]
    return {("", name, f'"{value.lexical}"') for name, value in found}


def check_each_cell(made: list[Made], found: set[Fact]) -> None:
    """Each cell is somewhere in the graph as a key, a label, a tail or an attribute, whatever the plan says."""
    told = {part for fact in found for part in (fact[0], fact[2])}
    ends = {end.split('"')[1] if end.startswith('"') else end.partition(":")[2] or end for end in told}
    pieces = {piece for end in told for piece in end.split("/")} | {piece for end in ends for piece in end.split()}
    for table in made:
        for row in table.rows:
            for column, value in row.items():
                if value is not None:
                    shown = text(value)
                    written = {shown, shown.replace(" ", "T"), graph_names.key_part(value)}
                    assert written & (ends | pieces), (table.name, column, value)
