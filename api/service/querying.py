"""Runs programs that are written out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any

from clew.api.schema.nodes import node_of
from clew.api.schema.query import QueryResult, QueryRow
from clew.api.service.indices import Indices
from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.execution import Execution, Value, execute, next_tokens
from clew.decoding.programs.notation import Program, read_program
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.errors import BadInput, LimitReached
from clew.kg.graph.graph import Graph
from clew.kg.proof.program_checker import verify_program
from clew.kg.store.catalogue import Catalogue
from clew.kg.time_limit import OutOfTime, limited, passed
from clew.tries.columns.stored import columns_of
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.values import AttributeValues


def query(catalogue: Catalogue, name: str, text: str, seconds: float, most: int) -> QueryResult:
    """Run a program over the current version of a graph; at most ``most`` answers or rows are in the result.

    A result that is there in time is returned, also if the limit comes before it is checked.

    Raises:
        UnknownGraph, CorruptSnapshot: as the catalogue.
        BadInput, UnknownNode, UnknownRelation: see ``read_program`` and ``execute``.
        LimitReached: it takes longer than ``seconds`` to run.
    """
    with _opened(catalogue, name, text, seconds) as (algebra, names, program):
        done = execute(algebra, names, program)
        return _verified(_result(algebra.graph, algebra, done, most), algebra, program)


def continuations(catalogue: Catalogue, name: str, text: str, seconds: float) -> list[str]:
    """Return what may come next in a program that is begun; see ``next_tokens``. Raises as ``query``."""
    with _opened(catalogue, name, text, seconds) as opened:
        return next_tokens(*opened)


@contextmanager
def _opened(
    catalogue: Catalogue, name: str, text: str, seconds: float
) -> Iterator[tuple[Algebra, UniqueNames, Program]]:
    """The program of a text, and what runs it, within a time limit."""
    graph, deadline = catalogue.open(name), monotonic() + seconds
    try:
        with limited(lambda: passed(deadline)):
            names = UniqueNames(graph, Indices(catalogue).linker(graph))
            yield Algebra(graph, AttributeValues(columns_of(graph))), names, read_program(names, text)
    except OutOfTime:
        raise LimitReached(f"the program takes longer than {seconds:g} seconds") from None


def _verified(result: QueryResult, algebra: Algebra, program: Program) -> QueryResult:
    try:
        verify_program(algebra.graph, certificate(algebra, program.anchors, program.tokens))
    except BadInput as error:
        return result.model_copy(update={"unproved": str(error)})
    except OutOfTime:
        return result.model_copy(update={"unproved": "the time limit came before every operator was done again"})
    return result.model_copy(update={"verified": True})


def _result(graph: Graph, algebra: Algebra, done: Execution, most: int) -> QueryResult:
    return QueryResult(
        graph=graph.name,
        version=graph.version,
        program=done.program,
        sparql=done.sparql,
        no_sparql=done.no_sparql,
        **_value(graph, algebra, done.value, most),
    )


def _value(graph: Graph, algebra: Algebra, value: Value, most: int) -> dict[str, Any]:
    """The fields of a result that say what was found."""
    match value:
        case NodeSet():
            named = graph.named(value.nodes)
            answers = [node_of(graph, node) for node in named[:most].tolist()]
            return {"kind": "set", "size": len(named), "nameless": len(value) - len(named), "answers": answers}
        case Number():
            unit = "" if value.group < 0 else algebra.values.columns.groups[value.group].unit
            return {"kind": "number", "size": 1, "number": str(value.value), "unit": unit}
        case Truth():
            return {"kind": "truth", "size": 1, "truth": value.value}
        case Table():
            return {"kind": "table", **_table(graph, algebra, value, most)}


def _table(graph: Graph, algebra: Algebra, table: Table, most: int) -> dict[str, Any]:
    nameless = set(graph.nameless.tolist())
    totals = [total.op.value for total in table.totals]
    if table.grouped >= 0:
        every = algebra.groups(table)
        groups = [(node, numbers) for node, numbers in every if node not in nameless]
        rows = [QueryRow(node=node_of(graph, node), **_numbers(numbers)) for node, numbers in groups[:most]]
        return {"size": len(groups), "nameless": len(every) - len(groups), "columns": totals, "rows": rows}
    if totals:
        return {"size": 1, "columns": totals, "rows": [QueryRow(**_numbers(algebra.totals(table)))]}
    named = [(node, cells) for node, cells in algebra.columns(table) if node not in nameless]
    rows = [
        QueryRow(
            node=node_of(graph, node),
            cells=[
                cell if isinstance(cell, int) else [node_of(graph, end) for end in cell if end not in nameless]
                for cell in cells
            ],
        )
        for node, cells in named[:most]
    ]
    columns = [f"{'number of ' * one.counted}{graph.relation_label(one.directed)}" for one in table.columns]
    return {"size": len(named), "nameless": len(table.rows) - len(named), "columns": columns, "rows": rows}


def _numbers(found: Sequence[Number | None]) -> dict[str, Any]:
    """The fields of a row for its totals."""
    texts = ["" if number is None else str(number.value) for number in found]
    return {"number": texts[0]} if len(texts) == 1 else {"numbers": texts}
