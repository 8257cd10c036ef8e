"""Running a program that is written out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clew.decoding.programs.notation import Program, written
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.errors import BadInput
from clew.kg.limits import MAX_PROGRAM_TOKENS
from clew.kg.time_limit import OutOfTime
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import Grammar, ProgramBounds, ProgramState
from clew.tries.programs.machine import Machine, Operand
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import Op, ProgramTokens

Value = NodeSet | Number | Truth | Table


@dataclass(frozen=True)
class Execution:
    """What a program gives: its value, how its tokens are written, the same as SPARQL (empty, with the reason in
    ``no_sparql``, where SPARQL has no words for it), and of each token the set that it leaves (None: none)."""

    value: Value
    tokens: tuple[str, ...]
    sparql: str
    no_sparql: str
    left: tuple[NodeSet | None, ...]

    @property
    def program(self) -> str:
        """The program as it is written."""
        return " ".join(self.tokens)


def execute(algebra: Algebra, names: UniqueNames, program: Program) -> Execution:
    """Run a program; its last operator may leave nothing.

    Raises:
        BadInput: a token that cannot be run where it stands, or changes nothing there; a program that is not whole.
    """
    vocabulary = ProgramTokens(algebra.graph.num_relations, program.anchors)
    size = len(program.tokens)
    if size > MAX_PROGRAM_TOKENS:
        raise BadInput(f"the program has {size} tokens; {MAX_PROGRAM_TOKENS} are the most")
    every = frozenset(range(2 * vocabulary.num_relations))
    bounds = ProgramBounds(size, size, size, size, transitive=every, empty=True, absent=True, operand_values=True)
    grammar = Grammar(Machine(algebra, vocabulary.anchors), vocabulary, bounds)
    progress, left = ProgramState(), list[NodeSet | None]()
    for at, token in enumerate(program.tokens):
        if at or token.op not in (Op.ENT, Op.CLS):
            _check(grammar, progress, program, at, names)
        progress = grammar.after(progress, token)
        left.append(_set_of(progress.stack[-1]))
    if not grammar.may_stop(progress):
        raise BadInput("the program is not whole: it ends with more than one operand, or with names only")
    try:
        sparql, reason = sparql_of(algebra.graph, algebra.values, program.anchors, program.tokens), ""
    except BadInput as error:
        sparql, reason = "", str(error)
    except OutOfTime:
        sparql, reason = "", "the time limit came before it was written"
    tokens = tuple(written(names, program.anchors, [token]) for token in program.tokens)
    return Execution(_value(progress.stack[0]), tokens, sparql, reason, tuple(left))


def next_tokens(algebra: Algebra, names: UniqueNames, program: Program) -> list[str]:
    """Return, in the notation, what may come next in a program that is begun so that it leads to a whole one, within
    the size of a question's program. ``STOP`` is among them where it is whole. Literals and names that the program does
    not have are not among them.

    Raises:
        BadInput: a token of the program cannot be run where it stands.
    """
    automaton = ProgramAutomaton(algebra, program.anchors, ProgramBounds(operand_values=True))
    first = program.tokens[0]
    if first.op not in (Op.ENT, Op.CLS):
        raise BadInput(f"a program starts with ENT or CLS, not with {first.op.value}")
    states = automaton.start([first.argument])
    for token in program.tokens[1:]:
        states = automaton.advance(states, np.array([automaton.vocabulary.number(token)], np.int32))
        if states.prefix[0] < 0:
            raise BadInput(f"{written(names, program.anchors, [token])} cannot be run there, or leaves nothing")
    allowed = (automaton.vocabulary[number] for number in automaton.allowed(states).token_ids.tolist())
    return [written(names, program.anchors, [token]) for token in allowed]


def _check(grammar: Grammar, progress: ProgramState, program: Program, at: int, names: UniqueNames) -> None:
    token, room = program.tokens[at], replace(progress, tokens=0)
    allowed = set(grammar.tokens(room)) if progress.stack else set()
    if grammar.vocabulary.number(token) in allowed:
        return
    here = written(names, program.anchors, [token])
    operators = sorted({grammar.vocabulary[number].op.value for number in allowed} - {Op.STOP.value})
    hint = f"; what can come here: {', '.join(operators)}" if operators else ""
    raise BadInput(f"token {at + 1} of the program, {here}, cannot be run here, or leaves nothing{hint}")


def _set_of(top: Operand) -> NodeSet | None:
    return top.value if isinstance(top.value, NodeSet) else None


def _value(top: Operand) -> Value:
    assert not isinstance(top.value, int)
    return top.value
