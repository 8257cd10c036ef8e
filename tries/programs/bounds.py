"""How large programs may be, and where one stands that is begun."""

from __future__ import annotations

from dataclasses import dataclass

from clew.tries.programs.machine import Stack
from clew.tries.programs.tokens import Op

EVERY = frozenset(Op)


@dataclass(frozen=True)
class ProgramBounds:
    """How large programs may be, and what they may use.

    tokens, hops, anchors, depth: the most tokens (``STOP`` not counted), hops, anchors and operands on the stack.
    operators: those that may be used. forbidden: directed relations never taken. transitive: the directed relations
    that ``CLOSE`` may take. no_op: whether a filter or an intersection may leave a set as it was, where the question
    says it. empty: whether the last operator may leave nothing, which is an answer too. absent: whether neighbours may
    be counted by a relation that no node of the set has, so that each has 0. operand_values: whether ``CMP`` may
    compare with the value of an operand (``Machine.value``), and ``SUM`` and ``AVG`` make one.
    """

    tokens: int = 8
    hops: int = 3
    anchors: int = 3
    depth: int = 3
    operators: frozenset[Op] = EVERY
    forbidden: frozenset[int] = frozenset()
    transitive: frozenset[int] = frozenset()
    no_op: bool = True
    empty: bool = False
    absent: bool = False
    operand_values: bool = False


@dataclass(frozen=True, slots=True)
class ProgramState:
    """A program so far: its stack, the anchors that may not be used any more (as bits), and how many sets it named,
    how many tokens and hops it took."""

    stack: Stack = ()
    used: int = 0
    anchors: int = 0
    tokens: int = 0
    hops: int = 0
