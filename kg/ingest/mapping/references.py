"""Finds the references of a table: foreign keys, else columns named like another table that hold its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from clew.kg.ingest.mapping.measures import Measures
from clew.kg.ingest.mapping.plan import ReferencePlan
from clew.kg.ingest.mapping.schema import Field, LeftOut, TableSchema
from clew.kg.ingest.mapping.words import class_of, label_of_reference, squash, stems
from clew.kg.limits import MAX_DATABASE_REFERENCES

_CONTAINED = 0.9  # share of a column's values that must be in the other table, where the names match
_NAMELESS = 5  # different texts, all in the other table, by which a column is a reference whatever its name
_TAIL = 4  # letters that the ends of two names must share to match
_PLAIN = {"id", "code", "key", "name", "title", "no", "nr", "number"}
"""Names of columns that say nothing of their table."""


class ReferenceFinder:
    """Finds references between tables whose classes, keys and names of rows (``labels``) are known."""

    def __init__(
        self,
        measures: Measures,
        schemas: Mapping[str, TableSchema],
        classes: Mapping[str, str],
        keys: Mapping[str, tuple[str, ...]],
        labels: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.measures, self.schemas, self.classes, self.keys, self.labels = measures, schemas, classes, keys, labels

    def find(self, table: TableSchema) -> list[ReferencePlan]:
        """The references of a table: the declared ones, then those found by names and values."""
        found = list(self._declared(table))
        taken = {column for reference in found for column in reference.columns}
        for field in table.fields:
            if field.name not in taken and (reference := self._guessed(table, field)) is not None:
                found.append(reference)
        for reference in found[MAX_DATABASE_REFERENCES:]:
            place = f"{table.place}.{reference.columns[0]}"
            reason = f"references beyond {MAX_DATABASE_REFERENCES} of one table are not followed"
            self.measures.database.left_out.append(LeftOut(place, "reference", reason))
        return found[:MAX_DATABASE_REFERENCES]

    def _declared(self, table: TableSchema) -> Iterator[ReferencePlan]:
        """The foreign keys whose targets tell rows apart; a column that is a foreign key by itself is so once only."""
        seen: set[tuple[str, ...]] = set()
        for foreign in table.foreign_keys:
            target = self.schemas[foreign.to]
            by = foreign.targets or target.key
            if len(by) != len(foreign.columns) or foreign.columns in seen:
                continue
            if not self.measures.is_empty(target) and not self.measures.is_key(target, by) and by != target.key:
                continue
            seen.add(foreign.columns)
            kind = self.classes[foreign.to]
            label = label_of_reference(foreign.columns[0], kind) if len(foreign.columns) == 1 else kind
            yield ReferencePlan(foreign.columns, foreign.to, by, label)

    def _guessed(self, table: TableSchema, field: Field) -> ReferencePlan | None:
        """The reference that a column is by its name and values; the table with the closest name comes first."""
        facts = self.measures.fields(table)[field.name]
        if not facts.filled or facts.blobs or (facts.numbers and facts.whole < facts.numbers):
            return None
        candidates = [
            (self._closeness(table, field, target, by), target, by)
            for target in self.schemas.values()
            for by in self._targets(target)
            if (target.name, by) != (table.name, field.name)
        ]
        candidates.sort(key=lambda candidate: -candidate[0])
        for closeness, target, by in candidates:
            if self._holds(table, field, target, by, closeness):
                label = label_of_reference(field.name, self.classes[target.name])
                return ReferencePlan((field.name,), target.name, (by,), label)
        return None

    def _targets(self, target: TableSchema) -> list[str]:
        """The single columns by which a row of ``target`` can be named: its key, its label."""
        named = [self.keys[target.name], self.labels[target.name]]
        return list(dict.fromkeys(columns[0] for columns in named if len(columns) == 1))

    def _closeness(self, table: TableSchema, field: Field, target: TableSchema, by: str) -> int:
        """How closely a column's name stands for a row of ``target``: 0 not at all, 3 it is the table's name."""
        if field.name in self.keys[table.name] and len(self.keys[table.name]) == 1 and target.name == table.name:
            return 0
        name = squash(field.name)
        whole = {squash(self.classes[target.name]), squash(class_of(target.name)), squash(target.name)}
        if name in _PLAIN or (target.name == table.name and name in whole):
            return 0
        if stems(name) & whole:
            return 3
        if name == squash(by):
            return 2
        ends = (stem.endswith(end) or end.endswith(stem) for stem in stems(name) for end in whole
                if min(len(stem), len(end)) >= _TAIL)  # fmt: skip
        return int(any(ends))

    def _holds(self, table: TableSchema, field: Field, target: TableSchema, by: str, closeness: int) -> bool:
        """Whether the values bear out that a column refers to a column of ``target``."""
        facts = self.measures.fields(table)[field.name]
        other = self.measures.fields(target)[by]
        texts = facts.numbers == 0 and facts.dates == 0
        if not closeness and not (texts and facts.distinct >= _NAMELESS and by in self.keys[target.name]):
            return False
        if (other.numbers == 0) is not texts and (other.numbers == 0 or facts.numbers == 0):
            return False
        if not self.measures.database.loose and not _comparable(field, target.field(by)):
            return False
        if field.name == by and table.name == target.name:
            return False
        if not self.measures.is_key(target, (by,)):
            return False
        values, found = self.measures.contained(table, field.name, target, by)
        if not closeness:
            return values == found and target.name != table.name and field.name not in self.keys[table.name]
        return found > 0 and found >= _CONTAINED * values


def _comparable(one: Field, other: Field) -> bool:
    """Whether a strict database compares two columns: both whole numbers, both texts, or of one type."""
    families = ("int", "serial"), ("char", "text")
    return one.declared == other.declared or any(
        any(word in one.declared for word in family) and any(word in other.declared for word in family)
        for family in families
    )
