"""What a program may end with, besides a set of nodes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Token

PLAIN = -1
"""The group of counts: none."""


@dataclass(frozen=True, slots=True)
class Number:
    """The value of a total; ``group``: that of the values summed (``tries.columns``)."""

    value: Fraction
    group: int = PLAIN


@dataclass(frozen=True, slots=True)
class Truth:
    """The value of ``ASK``."""

    value: bool


@dataclass(frozen=True, slots=True)
class TableColumn:
    """What a directed relation reaches from each row, or how many that are (``counted``); ``within``: counted are those
    of this set only."""

    directed: int
    counted: bool = False
    within: NodeSet | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each node of ``rows``, with ``columns``; or ``totals``, a column
    each, of the whole set, or of each of the groups by a directed relation (``grouped``; -1: it is not)."""

    rows: NodeSet
    columns: tuple[TableColumn, ...] = ()
    grouped: int = -1
    totals: tuple[Token, ...] = ()

    @property
    def has_numbers(self) -> bool:
        """Whether some column is of numbers that were counted or summed up."""
        return bool(self.totals) or any(column.counted for column in self.columns)
