"""The relation paths of a synthetic schema as a ``Constraint``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from clew.training.synthetic.examples import Absent, Path, allowed
from clew.training.synthetic.schema import Schema
from clew.tries.constraint import Allowed, Bool, Constraint, Int32, Int64, SpelledPath


@dataclass(frozen=True, slots=True)
class SchemaStates:
    """Rows: the relations taken so far (None: dead) and whether the end token was."""

    prefixes: tuple[Path | None, ...]
    ended: Bool

    def __len__(self) -> int:
        return len(self.prefixes)

    def take(self, rows: Int64) -> Self:
        """Return the rows at these indices, in this order."""
        return type(self)(tuple(self.prefixes[i] for i in rows.tolist()), self.ended[rows])

    def append(self, other: Self) -> Self:
        """Return the rows of both."""
        return type(self)(self.prefixes + other.prefixes, np.concatenate([self.ended, other.ended]))


class SchemaConstraint(Constraint[SchemaStates]):
    """Relation paths of up to ``max_hops`` hops from an entity of type ``start``, none by an ``absent`` step."""

    def __init__(self, schema: Schema, start: str, max_hops: int, absent: Absent = frozenset()) -> None:
        self._schema, self._start, self._max_hops, self._absent = schema, start, max_hops, absent
        self.end_token = schema.stop

    def start(self, entities: Sequence[int]) -> SchemaStates:
        """Return one row per entity; all are of the start type."""
        return SchemaStates(((),) * len(entities), np.zeros(len(entities), np.bool_))

    def allowed(self, states: SchemaStates) -> Allowed:
        """Return what may follow each row."""
        rows = [self._row(prefix, bool(end)) for prefix, end in zip(states.prefixes, states.ended, strict=True)]
        row_ptr = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
        return Allowed(row_ptr, np.array([token for row in rows for token in row], np.int32))

    def advance(self, states: SchemaStates, tokens: Int32) -> SchemaStates:
        """Return each row after its token; a token not allowed kills the row."""
        prefixes: list[Path | None] = []
        ended = np.zeros(len(states), np.bool_)
        for i, (prefix, token) in enumerate(zip(states.prefixes, tokens.tolist(), strict=True)):
            if prefix is None or token not in self._row(prefix, bool(states.ended[i])):
                prefixes.append(None)
                continue
            ended[i] = token == self.end_token
            prefixes.append(prefix if ended[i] else (*prefix, token))
        return SchemaStates(tuple(prefixes), ended)

    def is_complete(self, states: SchemaStates) -> Bool:
        """Return which rows took the end token."""
        return states.ended.copy()

    def paths(self, states: SchemaStates) -> list[list[SpelledPath]]:
        """Return each complete row's path; a schema has no nodes, so none are named."""
        return [
            [SpelledPath((), prefix)] if end and prefix is not None else []
            for prefix, end in zip(states.prefixes, states.ended.tolist(), strict=True)
        ]

    def _row(self, prefix: Path | None, ended: bool) -> tuple[int, ...]:
        return (
            () if prefix is None or ended else allowed(self._schema, self._start, prefix, self._max_hops, self._absent)
        )
