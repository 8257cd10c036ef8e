"""Which programs training may show: those that a constrained search could find, and that no shorter one equals."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clew.decoding.programs.notation import Program
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.grammar import Grammar, ProgramBounds, ProgramState
from clew.tries.programs.machine import Machine
from clew.tries.programs.outcome import Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op, ProgramTokens

_STRICT = ProgramBounds(no_op=False)
"""No filter and no intersection that leaves a set as it was."""
_ASKED = replace(_STRICT, empty=True)
"""Whether there are any may be asked of nothing."""


def is_legal(algebra: Algebra, program: Program) -> bool:
    """Return whether the grammar allows every token of a program where it stands, whether it is whole and leaves
    something, whether it names nothing twice, and whether no single hop from one of its entities gives the same."""
    named = [anchor.node for anchor in program.anchors if anchor.op is not Op.LIT]
    if len(set(named)) < len(named):
        return False
    vocabulary = ProgramTokens(algebra.graph.num_relations, program.anchors)
    grammar = Grammar(
        Machine(algebra, vocabulary.anchors), vocabulary, _ASKED if program.tokens[-1].op is Op.ASK else _STRICT
    )
    progress = ProgramState()
    for at, token in enumerate(program.tokens):
        number = vocabulary.number(token)
        if at and not any(number in part for part in grammar.parts(progress)):
            return False
        progress = grammar.after(progress, token)
    if not grammar.may_stop(progress):
        return False
    value = progress.stack[0].value
    if not isinstance(value, NodeSet):
        return isinstance(value, Truth) or not isinstance(value, int)
    return len(value) > 0 and (_is_hop(program) or not _is_one_hop_away(algebra, program, value))


def _is_hop(program: Program) -> bool:
    return len(program.tokens) <= 2


def _is_one_hop_away(algebra: Algebra, program: Program, value: NodeSet) -> bool:
    for anchor in program.anchors:
        if anchor.op is Op.ENT:
            start = algebra.entity(anchor.node)
            for directed in algebra.relations(start).tolist():
                if np.array_equal(algebra.hop(start, directed).nodes, value.nodes):
                    return True
    return False
