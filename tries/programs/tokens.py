"""Tokens of programs, and their numbers.

A program is a string of tokens in post-order over a stack of operands. ``S`` is a set of nodes, ``V`` a literal of the
question:

| token | stack before | stack after | meaning |
|---|---|---|---|
| ``ENT i`` | | S | the entity that anchor ``i`` names |
| ``CLS i`` | | S | the members of the class that anchor ``i`` names |
| ``LIT i`` | S | S V | the number or the time that anchor ``i`` states |
| ``HOP d`` | S | S | what directed relation ``d`` reaches |
| ``CLOSE d`` | S | S | what one or more steps of ``d`` reach |
| ``TYPE i`` | S | S | those of the class of anchor ``i`` |
| ``CMP a op`` | S V | S | those with a value of attribute ``a`` that compares so |
| ``CMP a op`` | S S, S number | S | the same, with the one value that a hop reached, with a sum or an average |
| ``CMP #d op`` | S V | S | those whose number of neighbours by directed relation ``d`` compares so; none is 0 |
| ``AT`` | S V | S | those that the last hop reaches by edges that hold at a time |
| ``ARG a max/min`` | S, S V | S | those with the greatest (least) value of ``a``; with V: the V greatest |
| ``ARG #d max/min`` | S, S V | S | those with the most (fewest) neighbours by directed relation ``d`` |
| ``CMP #d``, ``ARG #d`` | | | after a hop the other way, but from entities: of the neighbours, those it came from |
| ``ARG`` | S | S | after an ``ARG`` with V, of the same and the other end: the last of the V |
| ``AND``, ``OR``, ``NOT`` | S S | S | intersection, union, difference |
| ``COUNT`` | S | number | how many they are |
| ``SUM a``, ``AVG a`` | S | number | over the values of ``a``; with an operand below: for ``CMP`` |
| ``MIN a``, ``MAX a`` | S | number | the least and the greatest value of ``a``, beside other totals only |
| a total | number, table | table | after a total or ``GROUP``: one more of the same set, in a column of its own |
| ``ASK`` | S, S S | truth value | whether there are any; whether the second holds the first |
| ``ASK a op`` | S S | truth value | whether the value of the first compares so with that of the second |
| ``PROJ d`` | S, table | table | a column more: what ``d`` reaches from each |
| ``PROJ #d`` | S, table | table | a column more: the number of neighbours by ``d``, counted as ``ARG #d`` counts |
| ``GROUP d`` | S | groups | by what ``d`` reaches; then totals make a table |
| ``STOP`` | any | | the end |
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

from clew.kg.terms.literal import Literal


class Op(StrEnum):
    """What a token does."""

    ENT = "ENT"
    CLS = "CLS"
    LIT = "LIT"
    HOP = "HOP"
    CLOSE = "CLOSE"
    TYPE = "TYPE"
    CMP = "CMP"
    DEGREE_CMP = "CMP #"
    AT = "AT"
    ARG = "ARG"
    DEGREE = "ARG #"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    COUNT = "COUNT"
    SUM = "SUM"
    AVG = "AVG"
    MIN = "MIN"
    MAX = "MAX"
    ASK = "ASK"
    ASK_CMP = "ASK CMP"
    PROJ = "PROJ"
    DEGREE_PROJ = "PROJ #"
    GROUP = "GROUP"
    STOP = "STOP"


COMPARISONS = ("<", "<=", "=", ">=", ">")
EXTREMES = ("min", "max")
COLUMNS = (Op.PROJ, Op.DEGREE_PROJ)
"""What makes a column."""
SUMMED = (Op.SUM, Op.AVG, Op.MIN, Op.MAX)
"""Totals of the values of an attribute."""
TOTALS = (Op.COUNT, *SUMMED)
"""What makes a number of a set, or of each group of it."""
RELATIONAL = frozenset(
    [Op.HOP, Op.CLOSE, Op.PROJ, Op.DEGREE_PROJ, Op.GROUP, *SUMMED, Op.ARG, Op.DEGREE, Op.CMP, Op.DEGREE_CMP, Op.ASK_CMP]
)
"""What takes a relation as its argument."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """What a span of the question stands for: the operand of ``ENT``, ``CLS`` and ``TYPE`` (``node``), or of ``LIT``
    (``literal``). ``span``: its first character and the one after its last; anchors whose spans overlap exclude each
    other, since each word of a question is read once."""

    op: Op
    span: tuple[int, int]
    node: int = -1
    literal: Literal | None = None

    def meets(self, other: Anchor) -> bool:
        """Return whether the spans of two anchors overlap."""
        return self.span[0] < other.span[1] and other.span[0] < self.span[1]


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``argument``: an anchor's number, a directed relation, or an attribute (a forward relation);
    ``how``: a comparison, or ``max`` or ``min``."""

    op: Op
    argument: int = -1
    how: str = ""


_WITHOUT_ARGUMENT = (Op.STOP, Op.AND, Op.OR, Op.NOT, Op.AT, Op.COUNT, Op.ASK)
_PUSHED = (Op.ENT, Op.CLS, Op.LIT)


class ProgramTokens:
    """The tokens of the programs over a graph of R relations with A anchors, numbered from 0: a block of numbers for
    each operator and way of comparing, so that nothing is listed.

    ``HOP d`` is number ``d`` in ``[0, 2R)`` and ``STOP`` is ``2R``, as in ``RelationAutomaton``.
    """

    def __init__(self, num_relations: int, anchors: Sequence[Anchor]) -> None:
        self.num_relations, self.anchors = num_relations, tuple(anchors)
        attributes, directed, named = num_relations, 2 * num_relations, len(self.anchors)
        sizes = {(Op.HOP, ""): directed} | {(op, ""): 1 for op in _WITHOUT_ARGUMENT}
        sizes |= {(Op.ENT, ""): named, (Op.TYPE, ""): named}
        sizes |= {(Op.ARG, how): attributes for how in EXTREMES} | {(Op.DEGREE, how): directed for how in EXTREMES}
        sizes |= {(op, how): attributes for op in (Op.CMP, Op.ASK_CMP) for how in COMPARISONS}
        sizes |= {(Op.DEGREE_CMP, how): directed for how in COMPARISONS}
        sizes |= {(op, ""): attributes for op in SUMMED}
        sizes |= {(op, ""): directed for op in (Op.PROJ, Op.DEGREE_PROJ, Op.GROUP, Op.CLOSE)}
        self._blocks = tuple(sizes)
        self._starts = [0, *accumulate(sizes.values())]
        self._known: dict[int, Token] = {}
        self._start_of = dict(zip(self._blocks, self._starts, strict=False))

    def __len__(self) -> int:
        return self._starts[-1]

    def __getitem__(self, number: int) -> Token:
        if number not in self._known:
            self._known[number] = self._token(number)
        return self._known[number]

    def _token(self, number: int) -> Token:
        if not 0 <= number < len(self):
            raise IndexError(f"no token {number} in a vocabulary of {len(self)}")
        block = bisect_right(self._starts, number) - 1
        (op, how), argument = self._blocks[block], number - self._starts[block]
        if op in _WITHOUT_ARGUMENT:
            return Token(op)
        return Token(self.anchors[argument].op if op is Op.ENT else op, argument, how)

    def number(self, token: Token) -> int:
        """Return the number of a token of this vocabulary."""
        return self.start(token.op, token.how) + max(token.argument, 0)

    def start(self, op: Op, how: str = "") -> int:
        """Return the number of an operator's first token: that of argument ``i`` is ``i`` more. ``ENT``, ``CLS`` and
        ``LIT`` are numbered together, by anchor."""
        return self._start_of[Op.ENT if op in _PUSHED else op, how]
