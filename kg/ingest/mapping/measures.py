"""What the data of tables tells of them: what columns hold, which are unique, which hold the values of others."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from clew.kg.ingest.mapping import cells
from clew.kg.ingest.mapping.schema import Database, Field, TableSchema
from clew.kg.limits import MAX_KEY_CHARS, MAX_SAMPLED_ROWS


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """Cells of a column among the rows looked at, by what they read as; ``distinct``: different texts among them;
    characters of the longest and of all."""

    rows: int
    filled: int
    numbers: int
    whole: int
    dates: int
    truths: int
    words: int
    blobs: int
    distinct: int
    lines: int
    longest: int
    chars: int


class Measures:
    """Measures a database's tables; each figure is computed once.

    Types are judged by the first ``MAX_SAMPLED_ROWS`` rows, keys and references by all rows.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self._fields: dict[str, dict[str, FieldFacts]] = {}
        self._unique: dict[tuple[str, tuple[str, ...]], bool] = {}

    def fields(self, table: TableSchema) -> dict[str, FieldFacts]:
        """The facts of each column."""
        if table.name not in self._fields:
            selected = ", ".join(field.sql for field in table.fields)
            rows = list(self.database.rows(f"SELECT {selected} FROM {table.sql} LIMIT {MAX_SAMPLED_ROWS}"))
            columns = list(zip(*rows, strict=True)) or [()] * len(table.fields)
            self._fields[table.name] = {
                field.name: _facts(column) for field, column in zip(table.fields, columns, strict=True)
            }
        return self._fields[table.name]

    def is_key(self, table: TableSchema, columns: tuple[str, ...]) -> bool:
        """Whether all rows have values in ``columns`` that together name no other row, as texts too."""
        if (table.name, columns) not in self._unique:
            self._unique[table.name, columns] = self._may_be_key(table, columns) and self._count_keys(table, columns)
        return self._unique[table.name, columns]

    def is_empty(self, table: TableSchema) -> bool:
        """Whether a table has no rows."""
        return all(facts.rows == 0 for facts in self.fields(table).values())

    def contained(self, table: TableSchema, column: str, target: TableSchema, by: str) -> tuple[int, int]:
        """How many different values a column has, and how many of them are in the column ``by`` of ``target``."""
        mine, other = table.field(column).sql, target.field(by).sql
        values = f"(SELECT DISTINCT {mine} AS v FROM {table.sql} WHERE {mine} IS NOT NULL)"
        query = f"SELECT COUNT(*), COUNT(r.{other}) FROM {values} AS d LEFT JOIN {target.sql} AS r ON r.{other} = d.v"
        ((values_, found),) = self.database.rows(query)
        return values_, found

    def resolved(self, table: TableSchema, columns: tuple[str, ...], target: TableSchema, by: tuple[str, ...]) -> bool:
        """Whether every row refers to a row of ``target``."""
        pairs = [(table.field(column).sql, target.field(other).sql) for column, other in zip(columns, by, strict=True)]
        same = " AND ".join(f"r.{other} = t.{column}" for column, other in pairs)
        query = f"SELECT 1 FROM {table.sql} AS t LEFT JOIN {target.sql} AS r ON {same} WHERE r.{pairs[0][1]} IS NULL"
        return not list(self.database.rows(f"{query} LIMIT 1"))

    def filled(self, table: TableSchema, columns: tuple[str, ...]) -> bool:
        """Whether all rows have values in all of ``columns``."""
        empty = " OR ".join(f"{table.field(column).sql} IS NULL" for column in columns)
        return not list(self.database.rows(f"SELECT 1 FROM {table.sql} WHERE {empty} LIMIT 1"))

    def _may_be_key(self, table: TableSchema, columns: tuple[str, ...]) -> bool:
        """Whether the rows looked at leave it open, so that all rows need be counted."""
        facts = [self.fields(table)[column] for column in columns]
        if any(fact.filled < fact.rows or fact.longest > MAX_KEY_CHARS for fact in facts):
            return False
        return len(columns) > 1 or facts[0].distinct == facts[0].rows

    def _count_keys(self, table: TableSchema, columns: tuple[str, ...]) -> bool:
        fields = [table.field(column) for column in columns]
        if not self.filled(table, columns):
            return False
        texts = ", ".join(f"{self._plain(field)} AS c{at}" for at, field in enumerate(fields))
        query = (
            f"SELECT (SELECT COUNT(*) FROM {table.sql}), "
            f"(SELECT COUNT(*) FROM (SELECT DISTINCT {texts} FROM {table.sql}) AS d)"
        )
        ((rows, different),) = self.database.rows(query)
        return bool(rows == different)

    def _plain(self, field: Field) -> str:
        """A column as text where its values may be of several types, so that 1 and '1' count as one."""
        whole = any(word in field.declared for word in ("int", "serial"))
        return field.sql if whole else self.database.as_text(field.sql)


def _facts(column: tuple[object, ...]) -> FieldFacts:
    filled = [cell for cell in column if cell is not None and cell != ""]
    texts = [cells.text_of(cell) for cell in filled]
    counts: Counter[str] = Counter()
    for cell, text in zip(filled, texts, strict=True):
        number = cells.number_of(cell)
        counts["number"] += number is not None
        counts["whole"] += number is not None and number.datatype.endswith("integer")
        counts["date"] += cells.date_of(cell) is not None
        counts["truth"] += cells.truth_of(cell) is not None
        counts["word"] += cells.is_truth_word(cell)
        counts["blob"] += isinstance(cell, bytes | memoryview)
        counts["line"] += "\n" in text
    return FieldFacts(
        len(column), len(filled), counts["number"], counts["whole"], counts["date"], counts["truth"], counts["word"],
        counts["blob"], len({cells.key_part(cell) for cell in filled}), counts["line"],
        max(map(len, texts), default=0), sum(map(len, texts)),
    )  # fmt: skip
