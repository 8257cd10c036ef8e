"""Converts the answers of programs to the data models."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from fractions import Fraction
from itertools import takewhile, zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np

from clew.api.schema.models import Node, OperatorStep, UntakenProgram
from clew.api.schema.nodes import node_of
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.kg.proof.program import ProgramProof, ProgramStep, Row

if TYPE_CHECKING:  # compiles kernels: a command that asks nothing must not wait for it
    from clew.decoding.programs.answering import ProgramAnswer
    from clew.tries.constraint import Int32
    from clew.tries.programs.sets import NodeSet

COLUMNS = ("PROJ", "PROJ #")
TOTALS = {"COUNT": "count", "SUM": "sum", "AVG": "average", "MIN": "least", "MAX": "greatest"}


@dataclass
class ProgramFields:
    """The fields of a result that a program gives. ``nodes``: its answers. ``size``: how many answers or rows there
    are, given or not."""

    fields: dict[str, Any] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    size: int = 0

    @property
    def cut(self) -> bool:
        """Whether not all answers or rows are given."""
        return self.given < self.size

    @property
    def given(self) -> int:
        """How many answers or rows are given."""
        return len(self.fields.get("rows", self.nodes))


def program_fields(graph: Graph, question: str, most: int, answer: ProgramAnswer) -> ProgramFields:
    """Return what a program that was proved gives; at most ``most`` answers or rows."""
    assert answer.proof is not None
    proof, steps = answer.proof, steps_of(graph, question, answer)
    fields: dict[str, Any] = {
        "program": answer.execution.program,
        "sparql": answer.execution.sparql,
        "steps": steps,
        "considered": [UntakenProgram(program=o.program, probability=o.probability) for o in answer.considered[1:]],
    }
    last, unit = proof.steps[-1], proof.steps[-1].reads.unit if proof.steps[-1].reads else ""
    if proof.truth is not None:
        return ProgramFields(fields | {"value": proof.truth})
    if proof.number:
        return ProgramFields(fields | {"value": number_value(Fraction(proof.number)), "unit": unit})
    if last.op in COLUMNS:
        rows, size = _projected(graph, proof, answer, most)
        return ProgramFields(fields | {"columns": _headers(graph, proof, answer.named_rows), "rows": rows}, size=size)
    if last.op in TOTALS:
        rows, size = _grouped(graph, proof.rows, most)
        columns = _total_headers(graph, proof)
        return ProgramFields(fields | {"columns": columns, "rows": rows, "unit": table_unit(proof)}, size=size)
    named = graph.named(answer.execution.value.nodes)  # type: ignore[union-attr]  # a set: nothing else is left
    return ProgramFields(fields, [node_of(graph, node) for node in _in_order(graph, answer, named)[:most]], len(named))


def _in_order(graph: Graph, answer: ProgramAnswer, nodes: Int32) -> list[int]:
    """Return nodes in the order that the question asks for, else in that of the graph."""
    return nodes.tolist() if answer.sorting is None else answer.sorting.of(graph, nodes)


def steps_of(graph: Graph, question: str, answer: ProgramAnswer) -> list[OperatorStep]:
    """Return the operators of a program, each with what it leaves and the part of the question that it stands for."""
    from clew.decoding.programs.wording import steps_in_words

    assert answer.proof is not None
    execution, program = answer.execution, answer.program
    words = steps_in_words(graph, program.anchors, program.tokens)
    parts = zip_longest(execution.tokens, words, answer.spans, answer.proof.steps, execution.left)
    return [
        OperatorStep(
            token=token,
            words=in_words,
            span=span if span and span[1] > span[0] else None,
            text=question[span[0] : span[1]] if span else "",
            operands=list(step.operands),
            count=None if left is None else step.count,
            left_out=step.left_out,
            members=_first(graph, left),
            value=number_value(Fraction(step.number)) if step.number else None,
            verified=True,
        )
        for token, in_words, span, step, left in parts
    ]


def number_value(number: Fraction) -> int | float:
    """Return a number as JSON has it: whole, or the nearest that a float holds; whole if no float is so great."""
    if number.denominator == 1:
        return number.numerator
    try:
        return float(number)
    except OverflowError:
        return round(number)


def number_text(number: Fraction) -> str:
    """Return a number as a text, rounded to 12 digits where it has more and is not whole."""
    if number.denominator == 1:
        return str(number.numerator)
    with localcontext(prec=12, Emax=MAX_EMAX, Emin=MIN_EMIN):
        return f"{(Decimal(number.numerator) / Decimal(number.denominator)).normalize():f}"


def _first(graph: Graph, some: NodeSet | None) -> list[Node]:
    if some is None:
        return []
    named = graph.named(some.nodes[: limits.MAX_STEP_MEMBERS_SEEN])
    return [node_of(graph, node) for node in named[: limits.MAX_STEP_MEMBERS].tolist()]


# --- tables
def checked_columns(graph: Graph, proof: ProgramProof, named_rows: bool) -> list[str]:
    """Return the header of a table that a program gives."""
    return _headers(graph, proof, named_rows) if proof.steps[-1].op in COLUMNS else _total_headers(graph, proof)


def table_unit(proof: ProgramProof) -> str:
    """Return the unit of a table of one total; of several, the headers have it."""
    (*_, last), totals = proof.steps, _totals(proof)
    return last.reads.unit if len(totals) == 1 and last.reads else ""


def checked_rows(graph: Graph, proof: ProgramProof, named_rows: bool) -> list[list[str]]:
    """Return all rows of a table that a program gives, in the order of the proof."""
    if proof.steps[-1].op in TOTALS:
        return _grouped(graph, proof.rows, len(proof.rows))[0]
    nameless = set(graph.nameless.tolist()) if named_rows else set()
    texts = _Texts(graph, sum(len(cell) for row in proof.rows for cell in row), _counted(proof))
    named = (row for row in proof.rows if graph.node(row[0][0]) not in nameless)
    return [texts.row(row, named_rows) for row in named]


def _projected(graph: Graph, proof: ProgramProof, answer: ProgramAnswer, most: int) -> tuple[list[list[str]], int]:
    """Return the rows of a projection, in the order asked for, else in that of the graph, and how many there are."""
    by_key = {row[0][0]: row for row in proof.rows}
    rows = answer.execution.value.rows.nodes  # type: ignore[union-attr]  # a table
    nodes = graph.named(rows) if answer.named_rows else rows
    texts = _Texts(graph, limits.MAX_TABLE_VALUES, _counted(proof))
    found: list[list[str]] = []
    for node in _in_order(graph, answer, nodes)[:most]:
        if found and texts.left <= 0:
            break
        found.append(texts.row(by_key[graph.key(node)], answer.named_rows))
    return found, len(nodes) + texts.cut


@dataclass
class _Texts:
    """Texts of cells, of ``left`` values in all. ``counted``: the places of the columns that are numbers. ``cut``:
    whether a cell lacks some."""

    graph: Graph
    left: int
    counted: frozenset[int]
    cut: bool = False

    def row(self, cells: Row, named: bool) -> list[str]:
        """Return the texts of a row, with its name or without."""
        shown = list(enumerate(cells))[not named :]
        return [number_text(Fraction(*cell)) if i in self.counted else self.cell(cell) for i, cell in shown]

    def cell(self, keys: tuple[str, ...]) -> str:
        """Return the labels of the nodes of a cell; those without a name have none."""
        shown = keys[: max(self.left, 0)]
        self.left -= len(keys)
        self.cut = self.cut or len(shown) < len(keys)
        nodes = np.array(sorted(self.graph.node(key) for key in shown), np.int32)
        return "; ".join(self.graph.label(node) for node in self.graph.named(nodes).tolist())


def _grouped(graph: Graph, rows: tuple[Row, ...], most: int) -> tuple[list[list[str]], int]:
    """Return groups and their totals, the greatest first; the totals of a set that is not grouped, without a name."""
    nameless, texts = set(graph.nameless.tolist()), dict[str, str]()
    every = [(graph.node(row[0][0]) if row[0] else -1, row[1:]) for row in rows]
    named = [pair for pair in every if pair[0] not in nameless]
    named.sort(key=lambda pair: (*map(_greatest_first, pair[1]), pair[0]))
    for cell in {cell for _, cells in named[:most] for cell in cells if cell}:
        texts[cell[0]] = number_text(Fraction(cell[0]))
    found = [
        [*([graph.label(node)] if node >= 0 else []), *(texts[cell[0]] if cell else "" for cell in cells)]
        for node, cells in named[:most]
    ]
    return found, len(named)


def _greatest_first(cell: tuple[str, ...]) -> Fraction | float:
    return -Fraction(cell[0]) if cell else math.inf


def _headers(graph: Graph, proof: ProgramProof, named_rows: bool) -> list[str]:
    columns = _columns(proof)
    noun = next(_nouns(graph, proof, columns[0].operands[0]), "") or _shared_class(graph, proof.rows)
    first = [noun] if named_rows else []
    return [*first, *(f"{'number of ' * (step.op != 'PROJ')}{_relation(graph, step)}" for step in columns)]


def _counted(proof: ProgramProof) -> frozenset[int]:
    """Return the places of the columns that are numbers, behind that of the names."""
    return frozenset(i for i, step in enumerate(_columns(proof), 1) if step.op != "PROJ")


def _columns(proof: ProgramProof) -> list[ProgramStep]:
    return [step for step in proof.steps if step.op in COLUMNS]


def _totals(proof: ProgramProof) -> list[ProgramStep]:
    """Return the totals that a program ends with."""
    found = list(takewhile(lambda step: step.op in TOTALS, reversed(proof.steps)))
    return found[::-1]


def _total_headers(graph: Graph, proof: ProgramProof) -> list[str]:
    totals = _totals(proof)
    by = proof.steps[-1 - len(totals)]
    groups = [_relation(graph, by)] if by.op == "GROUP" else []
    return [*groups, *(_total_header(graph, total, len(totals) > 1) for total in totals)]


def _total_header(graph: Graph, total: ProgramStep, with_unit: bool) -> str:
    of = f" of {_relation(graph, total)}" if total.relation else ""
    unit = f" ({total.reads.unit})" if with_unit and total.reads and total.reads.unit else ""
    return f"{TOTALS[total.op]}{of}{unit}"


def _nouns(graph: Graph, proof: ProgramProof, at: int) -> Iterator[str]:
    """Yield what a step calls its members: their class, or the relation that leads to them."""
    step = proof.steps[at]
    if step.op in ("CLS", "TYPE"):
        yield graph.label(graph.node(step.key))
    elif step.op in ("HOP", "CLOSE"):
        if not step.inverse:
            yield _relation(graph, step)
    else:
        for operand in step.operands[:1] if step.op == "CMP" else step.operands:
            yield from _nouns(graph, proof, operand)


def _shared_class(graph: Graph, rows: tuple[Row, ...]) -> str:
    """Return the smallest class that all rows have; empty: none, or too many rows to look at."""
    if not rows or len(rows) > limits.MAX_STEP_MEMBERS_SEEN or graph.type_relation is None:
        return ""
    nodes = [graph.node(name[0]) for name, *_ in rows]
    shared = set.intersection(*(set(graph.types(node).tolist()) for node in nodes))
    sizes = {cls: len(graph.neighbours(cls, graph.type_relation + graph.num_relations)) for cls in shared}
    return graph.label(min(sizes, key=lambda cls: (sizes[cls], cls))) if sizes else ""


def _relation(graph: Graph, step: ProgramStep) -> str:
    return graph.relation_label(graph.relation(step.relation) + step.inverse * graph.num_relations)
