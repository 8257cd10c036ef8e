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
    """The value of ``COUNT``, ``SUM`` or ``AVG``; ``group``: that of the values summed (``tries.columns``)."""

    value: Fraction
    group: int = PLAIN


@dataclass(frozen=True, slots=True)
class Truth:
    """The value of ``ASK``."""

    value: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each node of ``keys``; a column for each directed relation of ``columns``, or the one that ``total``
    makes of each group of ``groups`` (a set, and the directed relation that its nodes are grouped by)."""

    rows: NodeSet
    columns: tuple[int, ...] = ()
    grouped: int = -1
    total: Token | None = None
