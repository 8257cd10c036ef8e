"""Writes the certificate of a program: what each of its operators leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clew.kg.errors import BadInput
from clew.kg.proof.program import ProgramProof, ProgramStep, Row, digest_of
from clew.kg.time_limit import looking
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Machine, Operand, Stack
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import COLUMNS, SUMMED, Anchor, Op, Token

_VALUED = (Op.CMP, Op.ARG, *SUMMED, Op.ASK_CMP)
_DIRECTED = (Op.HOP, Op.CLOSE, Op.DEGREE, Op.DEGREE_CMP, *COLUMNS, Op.GROUP)
_NAMED = (Op.ENT, Op.CLS, Op.TYPE)


def certificate(algebra: Algebra, anchors: Sequence[Anchor], program: Sequence[Token]) -> ProgramProof:
    """Return the certificate of a whole program (``STOP`` left out), for ``kg.proof.program_checker``.

    Raises:
        BadInput: the program uses a set that was cut.
    """
    return _Writer(algebra, tuple(anchors)).write(program)


class _Writer:
    def __init__(self, algebra: Algebra, anchors: tuple[Anchor, ...]) -> None:
        self.algebra, self.graph, self.anchors = algebra, algebra.graph, anchors
        self.machine = Machine(algebra, anchors)
        self.steps: list[ProgramStep] = []

    def write(self, program: Sequence[Token]) -> ProgramProof:
        stack: Stack = ()
        numbers: tuple[int, ...] = ()
        for token in program:
            after = self.machine.step(stack, token)
            taken = len(stack) + 1 - len(after)
            operands = numbers[len(numbers) - taken :]
            if token.op is Op.CMP:
                self._value_step(operands[1], stack[-1])
            self.steps.append(self._step(token, stack, after, operands))
            numbers = (*numbers[: len(numbers) - taken], len(self.steps) - 1)
            stack = after
        return self._proof(stack)

    def _value_step(self, at: int, operand: Operand) -> None:
        """Say in the step that makes what ``CMP`` compares with how that is read, or what number it is."""
        if isinstance(operand.value, Number):
            self.steps[at] = replace(self.steps[at], number=str(operand.value.value))
        elif operand.is_set:
            self.steps[at] = replace(self.steps[at], reads=self.algebra.values.reads(operand.last.argument))

    def _step(self, token: Token, before: Stack, after: Stack, operands: tuple[int, ...]) -> ProgramStep:
        step = ProgramStep(token.op.value, operands, key=self._key(token), how=token.how)
        if token.op in _DIRECTED or token.op in _VALUED:
            back, relation = divmod(token.argument, self.graph.num_relations)
            step = replace(step, relation=self.graph.relation_key(relation), inverse=bool(back))
        if token.op in _VALUED:
            step = replace(step, reads=self.algebra.values.reads(token.argument))
        if token.op in (Op.CMP, Op.AT, Op.ARG, Op.DEGREE):
            step = replace(step, left_out=self._left_out(token, before))
        if token.op in (Op.DEGREE, Op.DEGREE_CMP, Op.DEGREE_PROJ):
            some = before[-2] if before[-1].is_literal else before[-1]
            step = replace(step, within=self.machine.within(some, token.argument) is not None)
        if token.op in (Op.ARG, Op.DEGREE) and before[-1].is_literal:
            step = replace(step, size=self.machine.size(before[-1]))
        top = after[-1]
        return self._with_set(step, top.nodes) if top.is_set else step

    def _key(self, token: Token) -> str:
        if token.op in _NAMED:
            return self.graph.key(self.anchors[token.argument].node)
        literal = self.anchors[token.argument].literal if token.op is Op.LIT else None
        return "" if literal is None else literal.key

    def _left_out(self, token: Token, before: Stack) -> int:
        top = before[-2] if before[-1].is_literal or token.op is Op.CMP else before[-1]
        some = top.nodes
        if token.op is Op.AT:
            return len(some) - len(self.machine.dated(top))
        ranked = Token(Op.DEGREE if token.op is Op.DEGREE else Op.ARG, token.argument, "max")
        scored = self.machine.best(top, ranked, len(some)) if len(some) else some
        return len(some) - len(scored)

    def _with_set(self, step: ProgramStep, some: NodeSet) -> ProgramStep:
        if some.cut:
            raise BadInput("a set of the program was cut: what is missing cannot be proved to be")
        return replace(step, count=len(some), digest=digest_of(self._keys(some)))

    def _keys(self, some: NodeSet) -> list[str]:
        return sorted(map(self.graph.key, looking(some.nodes.tolist())))

    def _proof(self, stack: Stack) -> ProgramProof:
        proof, value = ProgramProof(self.graph.version, tuple(self.steps)), stack[-1].value
        match value:
            case NodeSet():
                return replace(proof, keys=tuple(self._keys(value)))
            case Number():
                return replace(proof, number=str(value.value))
            case Truth():
                return replace(proof, truth=value.value)
            case Table():
                return replace(proof, rows=tuple(sorted(self._rows(value))))
        raise ValueError("the program is not whole")

    def _rows(self, table: Table) -> list[Row]:
        key = self.graph.key
        if table.grouped >= 0:
            return [((key(node),), *map(_cell, numbers)) for node, numbers in looking(self.algebra.groups(table))]
        if table.totals:
            return [((), *map(_cell, self.algebra.totals(table)))]
        return [
            ((key(node),), *((str(c),) if isinstance(c, int) else tuple(sorted(map(key, c))) for c in reached))
            for node, reached in looking(self.algebra.columns(table))
        ]


def _cell(number: Number | None) -> tuple[str, ...]:
    return () if number is None else (str(number.value),)
