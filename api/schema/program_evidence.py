"""The triples behind the operators of a program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from clew.api.schema.models import Triple
from clew.api.schema.nodes import triple_of
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.tries.programs.tokens import Op, Token

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.decoding.programs.answering import ProgramAnswer

Edge = tuple[int, int, int]
"""A node, a directed relation, and the node that it leads to."""


def evidence_of(graph: Graph, answer: ProgramAnswer) -> list[list[Triple]]:
    """Return, of each token of a program that was proved, triples of the first of those that it leaves."""
    return [[triple_of(graph, *edge) for edge in _edges(graph, answer, at)] for at in range(len(answer.program.tokens))]


def _edges(graph: Graph, answer: ProgramAnswer, at: int) -> Iterator[Edge]:
    token, left = answer.program.tokens[at], answer.execution.left[at]
    if left is None:
        return
    for node in graph.named(left.nodes[: limits.MAX_STEP_MEMBERS_SEEN])[: limits.MAX_STEP_MEMBERS].tolist():
        yield from _edges_of(graph, answer, at, token, node)


def _edges_of(graph: Graph, answer: ProgramAnswer, at: int, token: Token, node: int) -> Iterator[Edge]:
    match token.op:
        case Op.HOP:
            yield from _step_to(graph, answer, at, token.argument, node)
        case Op.CLS | Op.TYPE:
            if graph.type_relation is not None:
                yield node, graph.type_relation, answer.program.anchors[token.argument].node
        case Op.CMP | Op.ARG:
            for value in graph.neighbours(node, token.argument)[: limits.MAX_STEP_MEMBERS].tolist():
                yield node, token.argument, value


def _step_to(graph: Graph, answer: ProgramAnswer, at: int, directed: int, node: int) -> Iterator[Edge]:
    """Yield the first edge by which a hop comes to a node from its operand."""
    assert answer.proof is not None
    start = answer.execution.left[answer.proof.steps[at].operands[0]]
    assert start is not None
    size = graph.num_relations
    back = directed - size if directed >= size else directed + size
    from_here = np.intersect1d(graph.neighbours(node, back), start.nodes)
    for other in from_here[:1].tolist():
        yield other, directed, node
