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
    """Make an earlier version of GRAPH the current one. Default: the version before the current one.

    No version is deleted: `clew versions` still lists the newer ones, and you can make one of them current again.
    """
    catalogue = Catalogue(console.settings.home)
    before = catalogue.current(graph)
    now = catalogue.use(graph, version or catalogue.previous(graph))
    if console.json:
        console.print_json({"graph": graph, "version": now, "before": before})
    else:
        console.print(f"{graph} is at {now} (was {before})")
