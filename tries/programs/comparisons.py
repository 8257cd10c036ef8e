"""``Comparisons``: which comparisons may filter a set, with a literal of the question or with another operand."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clew.tries.constraint import Bool, Int64
from clew.tries.programs.bounds import ProgramBounds
from clew.tries.programs.degrees import COMPARE
from clew.tries.programs.machine import Machine, Operand
from clew.tries.programs.outcome import Number
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import COMPARISONS, Op, ProgramTokens
from clew.tries.programs.values import Stated

NOT_AFTER = {Op.ENT, Op.AND, Op.NOT, Op.ARG, Op.DEGREE}
"""A filter stands directly after the set that it narrows, so not after these."""
_TOTALS = (Op.SUM, Op.AVG)


class Comparisons:
    """Comparisons within bounds. Each method yields the numbers of tokens in parts."""

    def __init__(self, machine: Machine, vocabulary: ProgramTokens, bounds: ProgramBounds) -> None:
        self.machine, self.vocabulary, self.bounds = machine, vocabulary, bounds
        self.algebra = machine.algebra
        self._of_operands = bounds.operand_values and Op.CMP in bounds.operators
        self._open = np.ones(vocabulary.num_relations, np.bool_)
        self._open[[a for a in bounds.forbidden if a < vocabulary.num_relations]] = False
        self._totals = self._of_operands and not bounds.operators.isdisjoint(_TOTALS)

    def with_value(self, some: NodeSet, stated: Stated) -> Iterator[list[int]]:
        """Comparisons of the values of attributes."""
        if Op.CMP not in self.bounds.operators:
            return
        fits = self._fits(counts := self.algebra.comparisons(some, stated), some)
        if self.bounds.empty and not some.cut:
            fits |= self.algebra.comparable(some, stated)[:, None] & (counts == 0)
        yield from self._tokens(Op.CMP, fits)

    def with_number(self, operand: Operand, number: int | None) -> Iterator[list[int]]:
        """Comparisons of numbers of neighbours. A set that was cut may be filtered so: the neighbours of each of its
        nodes are all there."""
        if number is None or Op.DEGREE_CMP not in self.bounds.operators:
            return
        some = operand.nodes
        counts = self.algebra.degree_comparisons(some, number)
        for directed, within in self.machine.counted_within(operand):
            counts = counts.copy()
            counts[directed] = [np.count_nonzero(COMPARE[how](within, number)) for how in COMPARISONS]
        fits = self._fits(counts, some)
        if self.bounds.empty and not some.cut:
            fits |= counts == 0
        if not self.bounds.absent:
            fits &= self.algebra.degrees(some)[1][:, None] > 0
        yield from self._tokens(Op.DEGREE_CMP, fits)

    # --- with another operand
    def may_follow(self, one: Operand) -> bool:
        """Return whether an operand that comes after a set may be what its values are compared with."""
        return self._of_operands and one.is_set and one.last.op not in NOT_AFTER

    def with_operand(self, one: Operand, other: Operand) -> Iterator[list[int]]:
        """Comparisons with the value of the operand that comes after a set."""
        if self.may_follow(one) and one.filtered < other.first:
            stated = self.machine.value(other)
            if stated is not None:
                yield from self.with_value(one.nodes, stated)

    def totals(self, one: Operand, other: Operand) -> Iterator[list[int]]:
        """The sums and averages of the operand that comes after a set with which its values compare."""
        if not (self._totals and self.may_follow(one) and one.filtered < other.first):
            return
        if other.last.op is Op.ENT or other.nodes.cut:
            return
        values = self.algebra.values
        numeric = (self.algebra.extremes(other.nodes)[1] > 0) & values.numeric
        if numeric.any():
            summed = np.flatnonzero(numeric & np.isin(values.group, self._groups(one.nodes)))
            for op in _TOTALS:
                yield self._block(op, summed)

    def leads_on(self, one: Operand, other: Operand, token: Op) -> bool:
        """Return whether ``totals`` lists what a comparison can follow for certain."""
        return token in _TOTALS and self.bounds.no_op and self.may_follow(one) and other.is_set

    def reachable(self, one: NodeSet, hops: int, tokens: int) -> Bool:
        """Return bool[num_nodes]: from which nodes so many hops and tokens before the comparison may come to a value
        that compares with some attribute of a set. A total takes no hop."""
        steps = min(hops + self._totals, tokens)
        return self.algebra.near_values(self._groups(one), max(steps, 0))

    def _groups(self, some: NodeSet) -> tuple[int, ...]:
        """Return the groups of values that the nodes of a set have that may be compared, ascending."""
        return tuple(np.unique(self.algebra.values.group[(self.algebra.extremes(some)[1] > 0) & self._open]).tolist())

    # --- tokens
    def _fits(self, counts: Int64, some: NodeSet) -> Bool:
        fits: Bool = counts > 0 if self.bounds.no_op else (counts > 0) & (counts < len(some))
        return fits

    def _tokens(self, op: Op, fits: Bool) -> Iterator[list[int]]:
        for column, how in enumerate(COMPARISONS):
            yield self._block(op, np.flatnonzero(fits[:, column]), how)

    def _block(self, op: Op, arguments: Int64, how: str = "") -> list[int]:
        if op not in self.bounds.operators:
            return []
        start = self.vocabulary.start(op, how)
        return [start + argument for argument in arguments.tolist() if argument not in self.bounds.forbidden]


def is_total(operand: Operand) -> bool:
    """Return whether an operand is a number."""
    return isinstance(operand.value, Number)
