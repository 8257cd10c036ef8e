"""Proposes the mapping of tables to a graph from their keys, their names and what is in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clew.kg.ingest.mapping.measures import FieldFacts, Measures
from clew.kg.ingest.mapping.plan import ColumnPlan, DatabasePlan, Kind, LinkPlan, ReferencePlan, TablePlan
from clew.kg.ingest.mapping.references import ReferenceFinder
from clew.kg.ingest.mapping.schema import Database, Field, TableSchema
from clew.kg.ingest.mapping.words import ID_WORDS, class_of, label_of, squash
from clew.kg.limits import MAX_KEY_CHARS
from clew.kg.terms.names import relation_name

_MOSTLY = 0.95  # share of a column's cells that make its type
_LONG = 80  # characters that cells of a description have on average
_NAMES = ("name", "title", "label", "fullname", "displayname", "caption", "subject")
_TWO_NAMES = (("firstname", "lastname"), ("fname", "lname"), ("givenname", "familyname"), ("forename", "surname"))
_RESERVED = {"type"}
"""Labels that other relations have in every graph."""
_LINK_DATES = 2  # further columns, all of them dates, that a table of edges may have
_SMALL = frozenset(
    (
        *("in", "of", "to", "has", "have", "is", "at", "on", "for", "by", "with", "and", "x", "map", "mapping", "link"),
        *("links", "rel", "xref", "join", "table", "lnk", "2", "content", "contents", "detail", "details", "item"),
        *("items", "entry", "entries"),
    )
)
"""Words in the name of a table of edges that say nothing of its relation."""
_NESTED = ("json", "xml", "[]", "array")
_TRUTHS = ("bool", "tinyint(1)")
_NUMERIC = ("int", "serial", "real", "float", "double", "numeric", "decimal", "money")
_BLOBS = ("blob", "bytea", "binary", "image")


def propose(database: Database) -> DatabasePlan:
    """The mapping of all tables of a database."""
    tables = database.tables()
    measures = Measures(database)
    schemas = {table.name: table for table in tables}
    classes = _distinct_classes([table.name for table in tables])
    keys = {table.name: _key(measures, table, classes[table.name]) for table in tables}
    labels = {table.name: _label(measures, table, classes[table.name], keys[table.name], set()) for table in tables}
    finder = ReferenceFinder(measures, schemas, classes, keys, labels)
    references = {table.name: finder.find(table) for table in tables}
    _drop_circles(references, schemas, keys)
    for table in tables:  # what names another row does not name this one
        others = {column for found in references[table.name] for column in found.columns}
        labels[table.name] = _label(measures, table, classes[table.name], keys[table.name], others)
    referred = {reference.to for found in references.values() for reference in found}
    plans = [
        _table(measures, table, classes[table.name], keys[table.name], labels[table.name], references[table.name])
        for table in tables
    ]
    linked = (_as_link(measures, schemas, plan, classes) if plan.name not in referred else plan for plan in plans)
    return DatabasePlan(schemas, {plan.name: plan for plan in linked})


def _drop_circles(
    references: dict[str, list[ReferencePlan]], schemas: dict[str, TableSchema], keys: dict[str, tuple[str, ...]]
) -> None:
    """Drop references that were found to lead to a column which is a reference itself: of two columns that name each
    other, one must be a name."""
    for name, found in references.items():
        declared = {foreign.columns for foreign in schemas[name].foreign_keys}
        references[name] = [
            reference
            for reference in found
            if reference.columns in declared
            or reference.by == keys[reference.to]
            or reference.by not in {other.columns for other in references[reference.to]}
        ]


def _distinct_classes(tables: Sequence[str]) -> dict[str, str]:
    """The class of each table, no two alike: a table called as its class has it before one in the plural."""
    found: dict[str, str] = {}
    for table in sorted(tables, key=lambda table: relation_name(table) != class_of(table)):
        plain = class_of(table)
        numbered = (f"{plain} {number}" for number in range(2, len(tables) + 2))
        wanted = (plain, relation_name(table), *numbered)
        found[table] = next(word for word in wanted if word not in found.values())
    return found


def _key(measures: Measures, table: TableSchema, kind: str) -> tuple[str, ...]:
    """The key of a table: the declared one, else a unique column that is declared so, named so or the first, else two
    columns that are named as references; none where nothing tells the rows apart."""
    named = [field.name for field in table.fields if _names_key(field.name, kind)]
    first = [field.name for field in table.fields[:1] if _can_be_key(measures, table, field)]
    declared = [columns for columns in (table.key, *sorted(table.uniques, key=len)) if columns]
    coded = tuple(field.name for field in table.fields if relation_name(field.name).split()[-1].lower() in ID_WORDS)
    single = [(name,) for name in (*named, *first)]
    pairs = [coded] if len(coded) == 2 else []
    for columns in (*declared, *single, *pairs):
        if measures.is_empty(table) or measures.is_key(table, columns):
            return columns
    return ()


def _names_key(column: str, kind: str) -> bool:
    """Whether a column is named as the key of a table: id, or as the table with id, code or key."""
    name, whole = squash(column), squash(kind)
    return name in ("id", "key", "code", "uuid", "guid") or any(name == whole + end for end in ID_WORDS)


def _can_be_key(measures: Measures, table: TableSchema, field: Field) -> bool:
    facts = measures.fields(table)[field.name]
    return facts.filled > 0 and facts.dates == 0 and facts.whole == facts.numbers and facts.longest <= MAX_KEY_CHARS


def _label(
    measures: Measures, table: TableSchema, kind: str, key: tuple[str, ...], others: set[str]
) -> tuple[str, ...]:
    """The columns that name a row, none of them among ``others``: one called name or title, first and last name, one
    called as the class; else a text that is in no two rows, first one whose name ends in name or title."""
    plain = [field for field in table.fields if not any(word in field.declared for word in _NESTED)]
    fields = [field for field in plain if field.name not in others]
    names = {squash(field.name): field.name for field in fields}
    facts = measures.fields(table)
    usual = [names[name] for name in (*_NAMES, squash(kind) + "name", squash(kind) + "title") if name in names]
    pairs = [(names[one], names[two]) for one, two in _TWO_NAMES if one in names and two in names]
    called = [names[name] for name in (squash(kind), squash(kind.split()[-1])) if name in names]
    ending = sorted(fields, key=lambda field: not squash(field.name).endswith(("name", "title", "label")))
    start = squash(kind.split()[0])
    called += [field.name for field in ending if squash(field.name).startswith(start) and len(start) > 3
               and squash(field.name).endswith(("name", "title"))]  # fmt: skip
    texts = [column for column in (*usual, *called) if _can_name(facts[column])]
    if usual and _can_name(facts[usual[0]]):
        return (usual[0],)
    if pairs and all(_can_name(facts[column]) for column in pairs[0]):
        return pairs[0]
    if texts:
        return (texts[0],)
    unique = (field.name for field in ending if _can_name(facts[field.name]) and len(key) == 1
              and (field.name,) != key and measures.is_key(table, (field.name,)))  # fmt: skip
    return next(((name,) for name in unique), ())


def _can_name(facts: FieldFacts) -> bool:
    """Whether a column's cells are short texts."""
    texts = facts.filled - facts.blobs - facts.numbers - facts.dates
    return facts.filled > 0 and texts > facts.filled / 2 and facts.longest <= MAX_KEY_CHARS and not facts.lines


def _table(
    measures: Measures,
    table: TableSchema,
    kind: str,
    key: tuple[str, ...],
    label: tuple[str, ...],
    references: list[ReferencePlan],
) -> TablePlan:
    """The plan of a table whose rows are nodes, no two of its relations labelled alike."""
    single = {reference.columns[0]: reference for reference in references if len(reference.columns) == 1}
    facts = measures.fields(table)
    taken: set[str] = set()
    columns: list[ColumnPlan] = []
    chosen: list[ReferencePlan] = []
    for field in sorted(table.fields, key=lambda field: field.name not in single):
        found = single.get(field.name)
        plain = label_of(field.name)
        relation = _fresh((found.relation if found else plain, plain, field.name), kind, taken)
        columns.append(ColumnPlan(field.name, "reference" if found else _kind(field, facts[field.name]), relation))
        if found:
            chosen.append(replace(found, relation=relation))
    for reference in (found for found in references if len(found.columns) > 1):
        choices = (reference.relation, " ".join((reference.relation, *map(label_of, reference.columns))))
        chosen.append(replace(reference, relation=_fresh(choices, kind, taken)))
    order = {field.name: at for at, field in enumerate(table.fields)}
    columns.sort(key=lambda column: order[column.name])
    chosen.sort(key=lambda reference: order[reference.columns[0]])
    return TablePlan(table.name, "nodes", kind, key, label, tuple(columns), tuple(chosen))


def _fresh(choices: Sequence[str], kind: str, taken: set[str]) -> str:
    """The first of the labels that is not taken (numbered, if all are), which is then."""
    wanted = [f"{kind} {choice}" if choice.lower() in _RESERVED else choice for choice in choices]
    numbered = (f"{wanted[0]} {number}" for number in range(2, len(taken) + 3))
    found = next(label for label in (*wanted, *numbered) if label not in taken)
    taken.add(found)
    return found


def _kind(field: Field, facts: FieldFacts) -> Kind:
    """What a column holds, by its declared type and its cells."""
    if any(word in field.declared for word in _BLOBS) or (facts.filled and facts.blobs == facts.filled):
        return "leave out"
    if facts.filled and (
        facts.words == facts.filled
        or (any(word in field.declared for word in _TRUTHS) and facts.truths >= _MOSTLY * facts.filled)
    ):
        return "boolean"
    numeric = any(word in field.declared for word in _NUMERIC)
    if facts.filled and facts.numbers >= (0.5 if numeric else _MOSTLY) * facts.filled:
        return "number"
    if facts.filled and facts.dates >= _MOSTLY * facts.filled:
        return "date"
    if (
        "json" in field.declared
        or facts.longest > MAX_KEY_CHARS
        or facts.lines
        or facts.chars > _LONG * max(facts.filled, 1)
    ):
        return "description"
    return "text"


def _as_link(
    measures: Measures, schemas: dict[str, TableSchema], plan: TablePlan, classes: dict[str, str]
) -> TablePlan:
    """A table with two references, and besides only a number of its own, or up to two dates, as edges.

    Each row must link two rows that are there, and no other row the same two.
    """
    table = schemas[plan.name]
    if len(plan.references) != 2 or measures.is_empty(table):
        return plan
    start, end = plan.references
    joint = (*start.columns, *end.columns)
    others = [column for column in plan.columns if column.name not in joint]
    own = [column for column in others if (column.name,) == plan.key and column.kind == "number"]
    dates = [column for column in others if column.kind == "date"]
    if len(own) + len(dates) < len(others) or len(set(joint)) < len(joint):
        return plan
    if len(dates) > (0 if own else _LINK_DATES):
        return plan
    if not measures.is_key(table, joint):
        return plan
    if not all(measures.resolved(table, found.columns, schemas[found.to], found.by) for found in plan.references):
        return plan
    return replace(plan, form="relation", label=(), link=_link(table.name, start, end, classes))


def _link(name: str, start: ReferencePlan, end: ReferencePlan, classes: dict[str, str]) -> LinkPlan:
    """Labels in both directions: the other end, after what the table's name says beyond its two ends."""
    said = {word.lower() for text in (start.relation, end.relation, classes[start.to], classes[end.to])
            for word in text.split()} | _SMALL  # fmt: skip
    rest = [word for word in class_of(name).split() if class_of(word).lower() not in said and word.lower() not in said]
    if named := _says(class_of(name), end.relation):
        return LinkPlan(start.columns, end.columns, named, start.relation)
    rest = [] if squash("".join(rest)) in {squash(one + other) for one in said for other in said} else rest
    return LinkPlan(
        start.columns, end.columns, " ".join((*rest, end.relation)), " ".join((*rest, start.relation))
    )  # fmt: skip


def _says(table: str, end: str) -> str:
    """The name of a table of edges where it says by itself what leads to the other end: has pet."""
    first, *_, last = (*table.lower().split(), "")[:1] + tuple(table.split()[-1:])
    return table if first in ("has", "have") and last == end else ""
