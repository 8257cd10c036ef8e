"""The stack machine that runs programs: its operands, and one step of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from clew.kg.terms.literal import Literal
from clew.tries.constraint import Int64
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Table, TableColumn, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import TOTALS, Anchor, Op, Token
from clew.tries.programs.values import Stated


@dataclass(frozen=True, slots=True)
class Operand:
    """What lies on the stack, and how it was made.

    value: a set, a literal (the number of its anchor), or what a program ends with. first: where in the question the
    first of its named sets stands (filters do not count). last: the token that made it. core: the operator that made
    it, before filters. source: the set that the last hop started from, or that was
    totalled. filtered: where in the question what stands
    that it was last compared with (-1: it was not). several: whether it is made of the so many best of a set. origin:
    the set that a hop started from which came to these, and its directed relation, also where they were filtered since.
    """

    value: NodeSet | int | Number | Truth | Table
    first: int
    last: Token
    core: Op
    source: NodeSet | None = None
    filtered: int = -1
    several: bool = False
    origin: tuple[NodeSet, int] | None = None

    @property
    def nodes(self) -> NodeSet:
        """The set; TypeError where this is none."""
        if not isinstance(self.value, NodeSet):
            raise TypeError(f"{self.value!r} is no set")
        return self.value

    @property
    def is_set(self) -> bool:
        """Whether this is a set."""
        return isinstance(self.value, NodeSet)

    @property
    def is_literal(self) -> bool:
        """Whether this is a literal of the question."""
        return isinstance(self.value, int)

    @property
    def is_named(self) -> bool:
        """Whether this is a set of entities that the question names, and nothing more."""
        if self.core is Op.ENT:
            return True
        return self.last.op is Op.OR and self.nodes.bare and len(self.nodes) == len(self.nodes.topics)


Stack = tuple[Operand, ...]
_DIGITS = 18
"""Of a whole number that is read as one: more do not fit 64 bits, and nothing has so many neighbours."""


class Machine:
    """Runs tokens over one graph. It trusts its caller: which tokens make sense is the grammar's to say."""

    def __init__(self, algebra: Algebra, anchors: tuple[Anchor, ...]) -> None:
        self.algebra, self.anchors = algebra, anchors

    def step(self, stack: Stack, token: Token) -> Stack:
        """Return the stack after a token."""
        match token.op:
            case Op.ENT | Op.CLS | Op.LIT:
                return (*stack, self._pushed(token))
            case Op.AND | Op.OR | Op.NOT:
                return (*stack[:-2], self._joined(stack[-2], stack[-1], token))
            case Op.CMP | Op.DEGREE_CMP | Op.AT:
                return (*stack[:-2], self._filtered(stack[-2], token, stack[-1]))
            case Op.ARG | Op.DEGREE:
                size, below = (self.size(stack[-1]), stack[:-1]) if stack[-1].is_literal else (1, stack)
                return (*below[:-1], self._best(below[-1], token, size))
            case Op.ASK | Op.ASK_CMP:
                return (self._asked(stack, token),)
            case Op.HOP | Op.CLOSE:
                return (*stack[:-1], self._hopped(stack[-1], token))
            case Op.TYPE:
                return (*stack[:-1], self._filtered(stack[-1], token))
            case op if op in TOTALS:
                return (*stack[:-1], self._totalled(stack[-1], token))
            case Op.PROJ | Op.DEGREE_PROJ | Op.GROUP:
                return (*stack[:-1], self._tabled(stack[-1], token))
        raise ValueError(f"{token} is no step")

    def literal(self, operand: Operand) -> Literal:
        """Return the literal of the question that an operand is."""
        assert isinstance(operand.value, int)
        stated = self.anchors[operand.value].literal
        assert stated is not None
        return stated

    def value(self, operand: Operand) -> Stated | None:
        """Return what ``CMP`` compares with where it takes an operand: a literal of the question, the one literal that
        a hop reached, if it is a value of that relation, or a sum or an average; None: the operand is none of these."""
        if operand.is_literal:
            return self.literal(operand)
        if isinstance(operand.value, Number):
            return self.algebra.values.measure_of(operand.value)
        if operand.is_set and operand.last.op is Op.HOP:
            return self.algebra.reached_value(operand.nodes, operand.last.argument)
        return None

    def whole(self, operand: Operand) -> int | None:
        """Return the whole number that a literal states in digits; None if it states none."""
        stated = self.literal(operand).lexical
        return int(stated) if stated.isascii() and stated.isdigit() and len(stated) <= _DIGITS else None

    def size(self, operand: Operand) -> int:
        """Return how many a literal asks for; 0 if it states no whole number."""
        return self.whole(operand) or 0

    def compared(self, some: Operand, literal: Operand, token: Token) -> NodeSet:
        """Return what ``CMP``, of values or of numbers of neighbours, leaves of a set."""
        if token.op is Op.CMP:
            stated = self.value(literal)
            if stated is None:
                raise ValueError("the operand that is compared with is no single value")
            return self.algebra.compared(some.nodes, token.argument, token.how, stated)
        number = self.whole(literal)
        if number is None:
            raise ValueError(f"{self.literal(literal)} is no whole number")
        within = self.within(some, token.argument)
        return self.algebra.degree_compared(some.nodes, token.argument, token.how, number, within)

    def within(self, some: Operand, directed: int) -> NodeSet | None:
        """Return the set among which the neighbours of a set are counted: that from which a hop came to it, where they
        are counted by the way back, unless it is of entities that the question names; None: all are.

        The composers of operas with the most works are those with the most of these operas.
        """
        if some.origin is None:
            return None
        source, hop = some.origin
        return source if abs(hop - directed) == self.algebra.graph.num_relations else None

    def during(self, some: Operand, literal: Operand) -> NodeSet:
        """Return what ``AT`` leaves of a set that a hop made."""
        assert some.source is not None
        return self.algebra.during(some.source, some.last.argument, some.nodes, self.literal(literal))

    def dated(self, some: Operand) -> NodeSet:
        """Return those of a set that a hop made to which edges lead that say when they hold."""
        assert some.source is not None
        return self.algebra.dated(some.source, some.last.argument, some.nodes)

    def counted_within(self, some: Operand) -> Iterator[tuple[int, Int64]]:
        """Yield the directed relation by which the neighbours of a set are counted among others (``within``), if there
        is one and the set is not empty, and their numbers."""
        if some.origin is not None and len(some.nodes):
            source, hop = some.origin
            size = self.algebra.graph.num_relations
            back = hop - size if hop >= size else hop + size
            yield back, self.algebra.counts(some.nodes, back, source)

    def best(self, some: Operand, token: Token, size: int) -> NodeSet:
        """Return what ``ARG`` leaves of a set."""
        if token.op is Op.ARG:
            return self.algebra.extreme(some.nodes, token.argument, token.how, size)
        within = self.within(some, token.argument)
        return self.algebra.busiest(some.nodes, token.argument, token.how, size, within)

    def holds(self, one: NodeSet, other: NodeSet) -> bool:
        """Return whether the second set holds all of the first."""
        return len(self.algebra.both(one, other)) == len(one)

    def _pushed(self, token: Token) -> Operand:
        anchor = self.anchors[token.argument]
        first = anchor.span[0]
        if anchor.op is Op.LIT:
            return Operand(token.argument, first, token, Op.LIT)
        named = self.algebra.entity if anchor.op is Op.ENT else self.algebra.members
        return Operand(named(anchor.node), first, token, anchor.op)

    def _joined(self, one: Operand, other: Operand, token: Token) -> Operand:
        join = {Op.AND: self.algebra.both, Op.OR: self.algebra.either, Op.NOT: self.algebra.without}[token.op]
        return Operand(join(one.nodes, other.nodes), min(one.first, other.first), token, token.op)

    def _filtered(self, some: Operand, token: Token, literal: Operand | None = None) -> Operand:
        if literal is None:
            left = self.algebra.typed(some.nodes, self.anchors[token.argument].node)
            return replace(some, value=left, last=token, source=None)
        at = token.op is Op.AT
        left = self.during(some, literal) if at else self.compared(some, literal, token)
        origin = None if at else some.origin  # not every edge holds then
        return replace(some, value=left, last=token, source=None, filtered=literal.first, origin=origin)

    def _best(self, some: Operand, token: Token, size: int) -> Operand:
        best, origin = self.best(some, token, size), some.origin if size > 1 else None
        return Operand(best, some.first, token, token.op, several=size > 1, origin=origin)

    def _hopped(self, some: Operand, token: Token) -> Operand:
        hop = self.algebra.hop if token.op is Op.HOP else self.algebra.closure
        named = some.nodes.bare and some.nodes.topics  # all that leads on from one entity comes from this one
        origin = (some.nodes, token.argument) if token.op is Op.HOP and not named else None
        return Operand(hop(some.nodes, token.argument), some.first, token, token.op, some.nodes, origin=origin)

    def _asked(self, stack: Stack, token: Token) -> Operand:
        top = stack[-1]
        if token.op is Op.ASK_CMP:
            truth = bool(self.algebra.ordered(stack[-2].nodes, top.nodes, token.argument, token.how))
        else:
            truth = self.holds(stack[-2].nodes, top.nodes) if len(stack) > 1 else len(top.nodes) > 0
        return Operand(Truth(truth), min(item.first for item in stack), token, token.op)

    def _totalled(self, some: Operand, token: Token) -> Operand:
        if isinstance(some.value, Table):
            table = replace(some.value, totals=(*some.value.totals, token))
            return replace(some, value=table, last=token, core=token.op)
        if isinstance(some.value, Number):
            assert some.source is not None
            return replace(some, value=Table(some.source, totals=(some.last, token)), last=token, core=token.op)
        return Operand(self.algebra.total(some.nodes, token), some.first, token, token.op, some.nodes)

    def _tabled(self, some: Operand, token: Token) -> Operand:
        if token.op is Op.GROUP:
            return Operand(Table(some.nodes, (), token.argument), some.first, token, token.op)
        table = some.value if isinstance(some.value, Table) else Table(some.nodes)
        counted = token.op is Op.DEGREE_PROJ
        column = TableColumn(token.argument, counted, self.within(some, token.argument) if counted else None)
        table = replace(table, columns=(*table.columns, column))
        return Operand(table, some.first, token, token.op, origin=some.origin)
