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
class Table:
    """A row for each node of ``rows``, with a column for each directed relation of ``columns``; or ``totals``, a column
    each, of the whole set, or of each of the groups by a directed relation (``grouped``; -1: it is not)."""

    rows: NodeSet
    columns: tuple[int, ...] = ()
    grouped: int = -1
    totals: tuple[Token, ...] = ()
