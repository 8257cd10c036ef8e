"""What a program gives, in evaluation's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

from clew.decoding.programs.answering import ProgramAnswer
from clew.evaluation.outcome import Outcome, Predicted, RanProgram
from clew.kg.errors import BadInput
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_EVALUATED_ROWS
from clew.kg.proof.program import ProgramProof
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Op

_UNCOUNTED = (Op.ENT, Op.LIT, Op.HOP, Op.STOP)
"""What every program consists of: no operators that make a question hard."""

TableRow = tuple[str | Fraction, ...]


def with_program(graph: Graph, found: ProgramAnswer, outcome: Outcome) -> Outcome:
    """Return an outcome with what a program gives. Raises ``BadInput`` for a table of too many rows to compare."""
    value, proof = found.execution.value, found.proof
    operators = dict.fromkeys(token.op.value for token in found.program.tokens if token.op not in _UNCOUNTED)
    empty = isinstance(value, NodeSet) and not len(value)
    certificate = None if proof is None else _as_shown(graph, proof, found)
    outcome = replace(outcome, program=RanProgram(found.execution.program, tuple(operators), certificate, empty))
    match value:
        case NodeSet():
            return replace(outcome, answers=tuple(_answers(graph, value)))
        case Number() | Truth():
            return replace(outcome, value=value.value)
    rows = () if proof is None else _table(graph, proof, found, value)
    return replace(outcome, rows=rows)


def _answers(graph: Graph, some: NodeSet) -> Iterator[Predicted]:
    """Yield the members that have a name; all are as good."""
    for node in graph.named(some.nodes).tolist():
        yield Predicted(graph.key(node), graph.label(node), 1.0)


def _as_shown(graph: Graph, proof: ProgramProof, found: ProgramAnswer) -> ProgramProof:
    """Return the certificate of what a user gets: the steps that were proved, with the value that was found by itself.
    A value that does not follow from its steps then fails the check."""
    value = found.execution.value
    match value:
        case NodeSet():
            keys = tuple(sorted(map(graph.key, value.nodes.tolist())))
            return ProgramProof(proof.version, proof.steps, keys)
        case Number():
            return ProgramProof(proof.version, proof.steps, number=str(value.value))
        case Truth():
            return ProgramProof(proof.version, proof.steps, truth=value.value)
    return ProgramProof(proof.version, proof.steps, rows=proof.rows)


def _table(graph: Graph, proof: ProgramProof, found: ProgramAnswer, table: Table) -> tuple[TableRow, ...]:
    nameless = {graph.key(node) for node in graph.nameless.tolist()}
    rows = islice(_rows(graph, proof, found, table, nameless), MAX_EVALUATED_ROWS + 1)
    some = tuple(dict.fromkeys(rows))
    if len(some) > MAX_EVALUATED_ROWS:
        raise BadInput(f"the table has more than {MAX_EVALUATED_ROWS:,} rows, the most that are compared")
    return some


def _rows(
    graph: Graph, proof: ProgramProof, found: ProgramAnswer, table: Table, nameless: set[str]
) -> Iterator[TableRow]:
    """Yield the rows of a table: the label of its row, where rows are asked for by name, and one of each column, blank
    where there is none; or the totals, behind the label of a group."""
    for name, *columns in proof.rows:
        if not nameless.isdisjoint(name):
            continue
        if table.totals:
            yield *(_label(graph, key) for key in name), *(Fraction(cell[0]) if cell else "" for cell in columns)
            continue
        (key,) = name
        cells: list[Sequence[str | Fraction]] = [
            [Fraction(*ends)] if column.counted else [_label(graph, end) for end in ends if end not in nameless]
            for column, ends in zip(table.columns, columns, strict=True)
        ]
        named: list[Sequence[str | Fraction]] = [[_label(graph, key)]] if found.named_rows else []
        yield from product(*named, *(ends or [""] for ends in cells))


def _label(graph: Graph, key: str) -> str:
    return graph.label(graph.node(key))
