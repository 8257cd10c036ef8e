"""``clew query``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import MAX_EMAX, MIN_EMIN, Decimal, localcontext
from fractions import Fraction

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.schema.query import QueryResult, QueryRow
from clew.kg.limits import MAX_ANSWERS
from clew.kg.store.catalogue import Catalogue


@common.command("query")
@common.graph_argument
@click.argument("program")
@click.option("--sparql", is_flag=True, help="Print the same question as a SPARQL query, too.")
@click.option("--next", "begun", is_flag=True, help="Run nothing; list what may come next in a program that is begun.")
@click.option(
    "--timeout", type=click.FloatRange(min=0.001), default=30.0, show_default=True, help="Time limit in seconds."
)
def command(console: Console, graph: str, program: str, sparql: bool, begun: bool, timeout: float) -> None:
    """Run PROGRAM over GRAPH: operators in post-order, each followed by its arguments, for example
    'CLS film LIT 1970 CMP "release date" > COUNT'. The explanation of programs lists the operators."""
    from clew.api.service.querying import continuations, query

    catalogue = Catalogue(console.settings.home)
    if begun:
        tokens = continuations(catalogue, graph, program, timeout)
        if console.json:
            console.print_json({"next": tokens})
        else:
            for token in tokens:
                console.print(token)
        return
    found = query(catalogue, graph, program, timeout, MAX_ANSWERS)
    if console.json:
        console.print_json(found)
        return
    for line in _lines(found):
        console.print(line)
    if sparql:
        console.print("")
        console.print(found.sparql or f"No SPARQL: {found.no_sparql}")


def _lines(found: QueryResult) -> Iterator[str]:
    yield from _value(found)
    shown = max(len(found.answers), len(found.rows))
    if found.kind in ("set", "table") and found.size > shown:
        yield f"... and {found.size - shown:,} more"
    if found.nameless:
        yield f"... and {found.nameless:,} without a name"
    yield ""
    yield f"Program: {found.program}"
    where = f"{found.graph} {found.version}"
    if found.verified:
        yield f"Every operator was done again over {where}: verified"
    else:
        yield f"Not verified: {found.unproved}"


def _value(found: QueryResult) -> Iterator[str]:
    match found.kind:
        case "set":
            nothing = "Nothing with a name." if found.nameless else "Nothing in this graph."
            yield from [node.label for node in found.answers] or [nothing]
        case "number":
            yield f"{_decimal(found.number)} {found.unit}".rstrip()
        case "truth":
            yield "yes" if found.truth else "no, by what this graph states"
        case "table":
            named = any(row.node is not None for row in found.rows) or not found.rows
            yield " | ".join([*([""] if named else []), *found.columns]).strip()
            yield from map(_row, found.rows)


def _row(row: QueryRow) -> str:
    cells = [f"{c:,}" if isinstance(c, int) else ", ".join(node.label for node in c) for c in row.cells]
    names = [] if row.node is None else [row.node.label]
    numbers = row.numbers or ([row.number] if row.number else [])
    return " | ".join([*names, *cells, *(_decimal(number) if number else "" for number in numbers)])


def _decimal(number: str) -> str:
    """A fraction as a decimal, rounded to 12 digits where it has more."""
    value = Fraction(number)
    if value.denominator == 1:
        return f"{value.numerator:,}"
    with localcontext(prec=12, Emax=MAX_EMAX, Emin=MIN_EMIN):
        return f"{(Decimal(value.numerator) / Decimal(value.denominator)).normalize():,}"
