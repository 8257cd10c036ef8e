"""Which tokens may come next in a program: those that can be run, and change what is on the stack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from clew.kg.columnar.kernels import ALL_LIVE
from clew.tries.constraint import Bool, Int32
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.bounds import EVERY, ProgramBounds, ProgramState
from clew.tries.programs.comparisons import NOT_AFTER, Comparisons, is_total
from clew.tries.programs.machine import Machine, Operand, Stack
from clew.tries.programs.outcome import Table
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import (
    COLUMNS,
    COMPARISONS,
    EXTREMES,
    RELATIONAL,
    SUMMED,
    TOTALS,
    Op,
    ProgramTokens,
    Token,
)

__all__ = ["EVERY", "Grammar", "ProgramBounds", "ProgramState"]

_VALUES = (*TOTALS, Op.ASK, Op.ASK_CMP)
_BESIDE = (Op.MIN, Op.MAX)
"""Totals that stand beside others only: alone, those with the greatest value have it."""
_COMPARED = (Op.CMP, Op.DEGREE_CMP)
_JOINS = (Op.AND, Op.OR, Op.NOT, Op.ASK, Op.ASK_CMP)


def _joins_of(one: Operand) -> tuple[Op, ...]:
    """Return what may join an operand with one that comes after it."""
    if one.is_named:
        return (Op.OR, Op.ASK, Op.ASK_CMP) if one.core is Op.ENT else (Op.AND, Op.OR, Op.ASK, Op.ASK_CMP)
    return (Op.OR, Op.NOT, Op.ASK_CMP) if one.core in (Op.ENT, Op.CLS) else _JOINS


class Grammar:
    """The normal form, and what can be run: ``tokens`` lists what may come next.

    Each meaning has one spelling: the operands of ``AND`` and ``OR`` stand in the order of the question; both associate
    to the left; a filter stands directly after the set that it narrows, of an intersection after its first operand, and
    ``TYPE`` before ``CMP`` before ``ARG``; filters of a kind stand in the order of the question.

    No set that was cut is counted, summed, ranked, subtracted, grouped or denied: what is missing could change the
    result.
    """

    def __init__(self, machine: Machine, vocabulary: ProgramTokens, bounds: ProgramBounds) -> None:
        self.machine, self.vocabulary, self.bounds = machine, vocabulary, bounds
        self.algebra: Algebra = machine.algebra
        self.comparisons = Comparisons(machine, vocabulary, bounds)
        self._clashes = [
            sum(1 << j for j, other in enumerate(vocabulary.anchors) if anchor.meets(other))
            for anchor in vocabulary.anchors
        ]

    def after(self, progress: ProgramState, token: Token) -> ProgramState:
        """Return the progress after a token that ``tokens`` lists (any but ``STOP``)."""
        anchored = token.op in (Op.ENT, Op.CLS, Op.LIT, Op.TYPE)
        return ProgramState(
            self.machine.step(progress.stack, token),
            progress.used | (self._clashes[token.argument] if anchored else 0),
            progress.anchors + (token.op in (Op.ENT, Op.CLS)),
            progress.tokens + 1,
            progress.hops + (token.op in (Op.HOP, Op.CLOSE)),
        )

    def tokens(self, progress: ProgramState) -> list[int]:
        """Return the numbers of the tokens that can be run next, in no order. Some may lead to no end."""
        return [number for part in self.parts(progress) for number in part]

    def may_stop(self, progress: ProgramState) -> bool:
        """Return whether this is a whole program."""
        if len(progress.stack) != 1:
            return False
        top = progress.stack[0]
        if top.is_set:
            return not top.is_named and not (top.last.op is Op.CLS and not len(top.nodes))
        if isinstance(top.value, Table):
            return top.value.grouped < 0 or bool(top.value.totals)
        return top.last.op not in _BESIDE

    def _answers(self, top: Operand) -> bool:
        """Return whether what a program ends with can be shown: nodes without a name are no answers."""
        value = top.value.rows if isinstance(top.value, Table) and top.value.grouped < 0 else top.value
        if not isinstance(value, NodeSet):
            return True
        return not len(value) or len(self.algebra.graph.named(value.nodes)) > 0

    def completes(self, progress: ProgramState, token: Token) -> bool:
        """Return whether a token that ``tokens`` lists makes a whole program for certain, told without running it."""
        if token.op in (Op.ENT, Op.CLS, Op.LIT, Op.OR, Op.GROUP):
            return False
        if token.op in _BESIDE and progress.stack[-1].is_set:
            return False
        if token.op not in _VALUES and len(self.algebra.graph.nameless):  # it may leave no answer
            return False
        top, joins = progress.stack[-1], (Op.AND, Op.NOT, Op.ASK_CMP, Op.CMP)
        left = len(progress.stack) - (token.op in joins or top.is_literal)
        if left == 2 and self.comparisons.leads_on(progress.stack[-2], top, token.op):
            return not len(self.algebra.graph.nameless)
        return left == 1 or token.op is Op.ASK

    # --- by what lies on top
    def parts(self, progress: ProgramState) -> Iterator[list[int]]:
        """Yield what ``tokens`` returns part by part, what ends a program or joins operands first."""
        if self.may_stop(progress) and self._answers(progress.stack[0]):
            yield self._plain(Op.STOP)
        left = self.bounds.tokens - progress.tokens
        if left < 1 or not progress.stack:
            return
        top = progress.stack[-1]
        if isinstance(top.value, Table):
            yield from self._of_table(top, top.value)
        elif top.is_literal:
            yield from self._of_literal(progress.stack[-2], top)
        elif is_total(top) and len(progress.stack) > 1:
            yield from self.comparisons.with_operand(progress.stack[-2], top)
        elif is_total(top) and top.source is not None:
            yield from self._more_totals(top.source, (top.last,))
        elif top.is_set and len(top.nodes):
            yield from self._of_set(progress, top, left)
        elif top.is_set and self.may_stop(progress) and not top.nodes.cut:  # nothing: it can be said to be so
            yield self._plain(Op.COUNT)
            yield self._plain(Op.ASK)

    def _of_set(self, progress: ProgramState, top: Operand, left: int) -> Iterator[list[int]]:
        below = len(progress.stack) - 1
        if below:
            yield from self._joins(progress.stack[-2], top, below)
        else:
            yield from self._ends(top)
        if below and left > below:
            yield from self.comparisons.totals(progress.stack[-2], top)
        if left > below:  # as many operands are still to be joined
            yield from self._hops(progress, top, left - below)
            yield from self._types(progress, top)
            yield from self._superlatives(top)
        if left > 1 + below:
            yield from self._literals(progress, top)
            yield from self._second_operands(progress, top, left - below - 2)

    # --- one operand
    def _hops(self, progress: ProgramState, top: Operand, left: int) -> Iterator[list[int]]:
        if progress.hops >= self.bounds.hops:
            return
        relations = self._relations(progress, top, left)
        yield self._block(Op.HOP, relations)
        if top.last.op is not Op.CLOSE:
            again = top.last.argument if top.last.op is Op.HOP else -1
            known = set(self.algebra.relations(top.nodes).tolist()) & self.bounds.transitive - {again}
            yield self._block(Op.CLOSE, sorted(known))

    def _relations(self, progress: ProgramState, top: Operand, left: int) -> Int32:
        """Return the relations that lead on; where the set must meet the one below, those that lead towards it."""
        live = ALL_LIVE
        if self._must_meet(progress.stack):
            live = self._goals(progress.stack[-2], self.bounds.hops - progress.hops - 1, left - 1)
        return self.algebra.relations(top.nodes, live)

    def _types(self, progress: ProgramState, top: Operand) -> Iterator[list[int]]:
        if not self._uses(Op.TYPE) or top.last.op in NOT_AFTER or top.last.op in (*_COMPARED, Op.AT):
            return
        least = top.last.argument if top.last.op in (Op.CLS, Op.TYPE) else -1
        classes = [i for i in self._unused(progress, Op.CLS) if self._follows(i, least) and self._leaves(top, i)]
        yield self._block(Op.TYPE, classes)

    def _leaves(self, top: Operand, anchor: int) -> bool:
        """Return whether a class may filter a set."""
        return self._changes(top.nodes, self.algebra.typed(top.nodes, self.vocabulary.anchors[anchor].node))

    def _follows(self, anchor: int, before: int) -> bool:
        """Return whether an anchor stands after another in the question (-1: there is none)."""
        anchors = self.vocabulary.anchors
        return before < 0 or anchors[before].span < anchors[anchor].span

    def _changes(self, before: NodeSet, after: NodeSet) -> bool:
        """Return whether a filter may leave this of a set."""
        if not len(after):
            return self.bounds.empty and not before.cut
        return self.bounds.no_op or len(after) < len(before)

    def _superlatives(self, top: Operand, size: int = 1) -> Iterator[list[int]]:
        """The ``size`` best: of more that have a value, and not all of them by ties. Of the so many best, only the last
        of them: the third greatest."""
        ranked = top.last.op in (Op.ARG, Op.DEGREE)
        if ranked and top.several and size == 1:
            yield from self._last_of(top)
        if ranked or top.last.op is Op.ENT or top.nodes.cut or len(top.nodes) <= size:
            return
        if self._uses(Op.ARG):
            differ, count = self.algebra.extremes(top.nodes)
            yield from self._ranked(top, Op.ARG, differ & (count > size)[:, None], size)
        if self._uses(Op.DEGREE):
            fewest, most = self.algebra.degrees(top.nodes)
            differ = fewest < most
            for directed, counts in self.machine.counted_within(top):
                differ[directed] = counts.min() < counts.max()
            yield from self._ranked(top, Op.DEGREE, np.stack([differ] * 2, 1), size)

    def _last_of(self, top: Operand) -> Iterator[list[int]]:
        """The last of the best of a set."""
        how = EXTREMES[1 - EXTREMES.index(top.last.how)]
        last = Token(top.last.op, top.last.argument, how)
        if len(self.machine.best(top, last, 1)) < len(top.nodes):
            yield self._block(last.op, [last.argument], how)

    def _ranked(self, some: Operand, op: Op, fits: Bool, size: int) -> Iterator[list[int]]:
        """The superlatives of a kind, by relation and by ``EXTREMES``."""
        for column, how in enumerate(EXTREMES):
            tokens = [Token(op, a, how) for a in np.flatnonzero(fits[:, column]).tolist()]
            yield self._block(op, [t.argument for t in tokens if size == 1 or self._ranks(some, t, size)], how)

    def _ranks(self, some: Operand, token: Token, size: int) -> bool:
        best = self.machine.best
        return len(best(some, token, size)) < len(best(some, token, len(some.nodes)))

    def _ends(self, top: Operand) -> Iterator[list[int]]:
        """What ends a program with a number, a truth value or a table."""
        if top.last.op is not Op.ENT and not top.nodes.cut:
            yield from self._summed(top.nodes)
        columns = self.algebra.relations(top.nodes)
        yield self._block(Op.PROJ, columns)
        if not top.is_named and not top.nodes.cut:
            yield self._block(Op.DEGREE_PROJ, columns)
        if not top.is_named:
            yield self._plain(Op.ASK)
            if not top.nodes.cut:
                yield self._plain(Op.COUNT)
                yield self._block(Op.GROUP, columns)

    def _of_table(self, top: Operand, table: Table) -> Iterator[list[int]]:
        if table.totals or table.grouped >= 0:
            yield from self._more_totals(table.rows, table.totals)
        else:
            relations = self.algebra.relations(table.rows)
            for op in COLUMNS if not table.rows.cut else (Op.PROJ,):
                known = {column.directed for column in table.columns if column.counted == (op is Op.DEGREE_PROJ)}
                yield self._block(op, [d for d in relations if d not in known])

    def _more_totals(self, some: NodeSet, known: Sequence[Token]) -> Iterator[list[int]]:
        """The totals of a set, but for those that are known."""
        if Token(Op.COUNT) not in known:
            yield self._plain(Op.COUNT)
        yield from self._summed(some, known)

    def _summed(self, some: NodeSet, known: Sequence[Token] = ()) -> Iterator[list[int]]:
        """The totals of its values."""
        if not self._uses(*SUMMED):
            return
        summed = np.flatnonzero((self.algebra.extremes(some)[1] > 0) & self.algebra.values.numeric).tolist()
        for op in SUMMED:
            yield self._block(op, [attribute for attribute in summed if Token(op, attribute) not in known])

    # --- a literal
    def _literals(self, progress: ProgramState, top: Operand) -> Iterator[list[int]]:
        for i in self._unused(progress, Op.LIT):
            begins = self.vocabulary.anchors[i].span[0]
            if top.filtered < begins and any(self._of_literal(top, self.machine.step((), Token(Op.LIT, i))[0])):
                yield self._block(Op.LIT, [i])

    def _of_literal(self, some: Operand, literal: Operand) -> Iterator[list[int]]:
        stated = self.machine.literal(literal)
        if some.last.op not in NOT_AFTER:
            yield from self.comparisons.with_value(some.nodes, stated)
            yield from self.comparisons.with_number(some, self.machine.whole(literal))
        if (
            self._uses(Op.AT)
            and some.last.op is Op.HOP
            and self.algebra.is_time(stated)
            and self._holds_then(some, literal)
        ):
            yield self._plain(Op.AT)
        if (size := self.machine.size(literal)) > 1:
            yield from self._superlatives(some, size)

    def _holds_then(self, some: Operand, time: Operand) -> bool:
        """Return whether ``AT`` may filter a set that a hop made."""
        assert some.source is not None
        left = self.machine.during(some, time)
        dated = len(left) > 0 or self.algebra.is_dated(some.source, some.last.argument)
        return dated and self._changes(some.nodes, left)

    # --- two operands
    def _joins(self, one: Operand, top: Operand, below: int) -> Iterator[list[int]]:
        last = below == 1
        if self._uses(Op.AND) and self._may_intersect(one, top, last):
            yield self._plain(Op.AND)
        if self._uses(Op.OR) and self._may_unite(one, top):
            yield self._plain(Op.OR)
        if self._uses(Op.NOT) and self._may_subtract(one, top, last):
            yield self._plain(Op.NOT)
        yield from self.comparisons.with_operand(one, top)
        if last and self._may_ask(one, top):
            yield self._plain(Op.ASK)
        if last and self._uses(Op.ASK_CMP) and one.first < top.first:
            yield from self._compared_values(one.nodes, top.nodes)

    def _may_intersect(self, one: Operand, top: Operand, last: bool) -> bool:
        named = (Op.ENT, Op.CLS)
        if one.core in named or top.core in named or top.is_named or one.first > top.first:
            return False
        if top.last.op in (Op.TYPE, *_COMPARED, Op.AND):
            return False
        size = len(self.algebra.both(one.nodes, top.nodes))
        if not size:
            return self.bounds.empty and last and not (one.nodes.cut or top.nodes.cut)
        return self.bounds.no_op or size < min(len(one.nodes), len(top.nodes))

    def _may_unite(self, one: Operand, top: Operand) -> bool:
        if one.first > top.first or top.last.op is Op.OR:
            return False
        return len(self.algebra.either(one.nodes, top.nodes)) > max(len(one.nodes), len(top.nodes))

    def _may_subtract(self, one: Operand, top: Operand, last: bool) -> bool:
        if one.is_named or one.nodes.cut or top.nodes.cut:
            return False
        left = len(self.algebra.without(one.nodes, top.nodes))
        return left < len(one.nodes) and (left > 0 or (self.bounds.empty and last))

    def _may_ask(self, one: Operand, top: Operand) -> bool:
        """Return whether it can be told if the second set holds what the first names."""
        if top.is_named or not one.is_named:
            return False
        return not top.nodes.cut or self.machine.holds(one.nodes, top.nodes)

    def _compared_values(self, one: NodeSet, other: NodeSet) -> Iterator[list[int]]:
        if len(one) != 1 or len(other) != 1:
            return
        shared = np.flatnonzero((self.algebra.extremes(one)[1] > 0) & (self.algebra.extremes(other)[1] > 0))
        clear = [a for a in shared.tolist() if self.algebra.ordered(one, other, a, "=") is not None]
        for how in COMPARISONS:
            yield self._block(Op.ASK_CMP, clear, how)

    def _second_operands(self, progress: ProgramState, top: Operand, left: int) -> Iterator[list[int]]:
        if len(progress.stack) >= self.bounds.depth or progress.anchors >= self.bounds.anchors:
            return
        if self.bounds.operators.isdisjoint(_joins_of(top)) and not self.comparisons.may_follow(top):
            return
        anchors = [*self._unused(progress, Op.ENT), *self._unused(progress, Op.CLS)]
        for i in anchors:
            pushed = self.machine.step(progress.stack, Token(self.vocabulary.anchors[i].op, i))
            nodes = pushed[-1].nodes.nodes
            if len(nodes) and (
                not self._must_meet(pushed) or self._goals(top, self.bounds.hops - progress.hops, left)[nodes].any()
            ):
                yield self._block(self.vocabulary.anchors[i].op, [i])

    def _must_meet(self, stack: Stack) -> bool:
        """Return whether the top of the stack can only be joined with the set below if the two meet, or if it comes to
        a value."""
        if len(stack) < 2:
            return False
        if self.bounds.operators.isdisjoint(_joins_of(stack[-2])):
            return True
        if self.bounds.empty or Op.OR in self.bounds.operators:
            return False
        asked = {Op.ASK_CMP, Op.ASK} if stack[0].is_named else {Op.ASK_CMP}
        return len(stack) > 2 or self.bounds.operators.isdisjoint(asked)

    def _goals(self, one: Operand, hops: int, left: int) -> Bool:
        """Return from which nodes so many hops, and tokens before what joins them with a set, may come to a node of
        that set, or to a value that its values are compared with."""
        goals = self.algebra.near(one.nodes, max(min(hops, left), 0))
        if self.comparisons.may_follow(one):
            goals = goals | self.comparisons.reachable(one.nodes, hops, left)
        return goals

    # --- tokens
    def _uses(self, *operators: Op) -> bool:
        """Return whether any of some operators may be used: of others it need not be told what they would leave."""
        return not self.bounds.operators.isdisjoint(operators)

    def _unused(self, progress: ProgramState, op: Op) -> list[int]:
        return [i for i, anchor in enumerate(self.vocabulary.anchors) if anchor.op is op and not progress.used >> i & 1]

    def _plain(self, op: Op) -> list[int]:
        return self._block(op, [0])

    def _block(self, op: Op, arguments: Iterable[int], how: str = "") -> list[int]:
        if op not in self.bounds.operators:
            return []
        start = self.vocabulary.start(op, how)
        barred = self.bounds.forbidden if op in RELATIONAL else ()
        return [start + int(argument) for argument in arguments if argument not in barred]
