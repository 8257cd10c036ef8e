"""``clew rollback``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.store.catalogue import Catalogue


@common.command("rollback")
@click.argument("graph")
@click.argument("version", required=False)
def command(console: Console, graph: str, version: str | None) -> None:
    """Make an earlier version of GRAPH the current one: VERSION, or the one before the current one.

    Nothing is lost: `clew versions` still lists the later ones, and rolling back to one of them rolls forward.
    """
    catalogue = Catalogue(console.settings.home)
    before = catalogue.current(graph)
    now = catalogue.use(graph, version or catalogue.previous(graph))
    if console.json:
        console.print_json({"graph": graph, "version": now, "before": before})
    else:
        console.print(f"{graph} is at {now} (was {before})")
