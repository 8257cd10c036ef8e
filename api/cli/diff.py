"""``clew diff``."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.errors import BadInput
from clew.kg.graph.export import statement_line
from clew.kg.graph.statements import Statement
from clew.kg.limits import MAX_PRINTED_STATEMENTS
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.diff import Diff, diff


@common.command("diff")
@click.argument("graph")
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=MAX_PRINTED_STATEMENTS,
    show_default=True,
    help="Statements to show, added and removed each.",
)
@click.option("--patch", is_flag=True, help="Print the whole difference as a patch for `clew update --patch`.")
def command(console: Console, graph: str, old: str | None, new: str | None, limit: int, patch: bool) -> None:
    """Show the statements added and removed between versions OLD and NEW of GRAPH.

    By default, NEW is the current version and OLD the version before it.
    """
    if patch and console.json:
        raise BadInput("use either --patch or --json, not both")
    catalogue = Catalogue(console.settings.home)
    found = diff(catalogue.open(graph, old or catalogue.previous(graph)), catalogue.open(graph, new))
    if patch:
        for mark, side in (("D", found.removed()), ("A", found.added())):
            for statement in side:
                click.echo(f"{mark} {statement_line(statement)}")
    elif console.json:
        console.print_json(_as_dict(graph, found, limit))
    else:
        console.print(f"{graph} {found.old.version} to {found.new.version}: "
                      f"{found.num_added:,} added, {found.num_removed:,} removed")  # fmt: skip
        for mark, side, count in (("+", found.added(), found.num_added), ("-", found.removed(), found.num_removed)):
            for statement in islice(side, limit):
                console.print(f"{mark} {statement_line(statement)}")
            if count > limit:
                console.print(f"{mark} ... {count - limit:,} more")


def _as_dict(graph: str, found: Diff, limit: int) -> dict[str, object]:
    return {
        "graph": graph,
        "old": found.old.version,
        "new": found.new.version,
        "num_added": found.num_added,
        "num_removed": found.num_removed,
        "added": _lines(found.added(), limit),
        "removed": _lines(found.removed(), limit),
    }


def _lines(statements: Iterable[Statement], limit: int) -> list[str]:
    return [statement_line(statement) for statement in islice(statements, limit)]
