"""``Made``: what a step of a program leaves, as the checker makes it again."""

from __future__ import annotations

from dataclasses import dataclass

from clew.kg.proof.program import ProgramStep
from clew.kg.terms.typed.value import TypedValue

Members = frozenset[int]


@dataclass(frozen=True)
class MadeColumn:
    """A column: what a relation reaches from each row, or how many that are; counted are those ``among`` some only
    (None: all)."""

    relation: str
    inverse: bool
    counted: bool = False
    among: Members | None = None


@dataclass(frozen=True)
class Made:
    """What a step leaves: a set with the topics that its hops leave out, or the key of a literal; of a table its
    columns, or what it is grouped by (relations, and whether inverse), and its totals so far. walked: of a hop, what it
    started from, and the relation. origin: the same of the last hop, also where its ends were filtered since, unless it
    started from named entities. value: what ``CMP`` compares with, where that is no literal of the question."""

    nodes: Members = frozenset()
    topics: Members = frozenset()
    bare: bool = False
    literal: str = ""
    columns: tuple[MadeColumn, ...] = ()
    grouped: tuple[str, bool] | None = None
    totals: tuple[ProgramStep, ...] = ()
    walked: tuple[Members, str, bool] | None = None
    origin: tuple[Members, str, bool] | None = None
    value: TypedValue | None = None
