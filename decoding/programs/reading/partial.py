"""``Partial``: a program that the search has begun, and the hops that it may go back."""

from __future__ import annotations

from dataclasses import dataclass

from clew.decoding.programs.reading.question import union
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.grammar import ProgramState
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op, Token

_NARROWING = (Op.CMP, Op.DEGREE_CMP, Op.AT, Op.ARG, Op.DEGREE, Op.TYPE, Op.AND, Op.NOT)
"""Tokens that leave a part of the set that a hop made."""


@dataclass(frozen=True, slots=True)
class Way:
    """A hop: the directed relation that leads back, the set that it started from, and the words for that set."""

    back: int
    source: NodeSet
    shape: int


@dataclass(frozen=True, slots=True)
class Partial:
    """A program begun: its cost, tokens and state, the words that it reads, those that its last token reads, and of
    each operand the words that say what its elements are (``shapes``), all that its tokens read (``parts``), and the
    hops that may be gone back (``ways``)."""

    cost: float
    tokens: tuple[Token, ...]
    state: ProgramState
    read: int
    last: int
    shapes: tuple[int, ...]
    parts: tuple[int, ...]
    claims: tuple[int, ...] = ()
    spent: tuple[float, ...] = ()
    ways: tuple[tuple[Way, ...], ...] = ()

    @property
    def reading(self) -> Reading:
        """All that what comes after may cost depends on."""
        return self.tokens, self.read, self.last, self.shapes, self.parts


Reading = tuple[tuple[Token, ...], int, int, tuple[int, ...], tuple[int, ...]]


def ways_after(parent: Partial, token: Token, num_relations: int) -> tuple[tuple[Way, ...], ...]:
    """Return the hops of each operand that may be gone back after a token."""
    ways = parent.ways
    match token.op:
        case Op.ENT | Op.CLS | Op.LIT:
            return (*ways, ())
        case Op.HOP:
            back = token.argument + num_relations * (1 if token.argument < num_relations else -1)
            return (*ways[:-1], (*ways[-1], Way(back, parent.state.stack[-1].nodes, parent.shapes[-1])))
        case Op.AND | Op.NOT | Op.CMP | Op.DEGREE_CMP | Op.AT:
            return ways[:-1]
        case Op.ARG | Op.DEGREE:
            return ways[:-1] if parent.state.stack[-1].is_literal else ways
        case Op.TYPE:
            return ways
    return (*ways[: -2 if token.op is Op.OR else -1], ())


def way_back(algebra: Algebra, partial: Partial) -> Way | None:
    """Return the hop whose ends were narrowed since, "whose captain is older than 40": going it back leaves those of
    its source that lead there."""
    ways, top = partial.ways[-1], partial.state.stack[-1]
    if not ways or not top.is_set or partial.tokens[-1].op not in _NARROWING:
        return None
    left = algebra.hop(top.nodes, ways[-1].back)
    within = 0 < len(algebra.both(left, ways[-1].source)) == len(left)
    return ways[-1] if within and not left.cut else None


def parts_after(parts: tuple[int, ...], token: Token, bits: int, size: int) -> tuple[int, ...]:
    """Return all that the tokens of each operand read, after one more; ``size``: how many operands there are then."""
    if size > len(parts):
        return (*parts, bits)
    return (*parts[: size - 1], union(parts[size - 1 :]) | bits)
