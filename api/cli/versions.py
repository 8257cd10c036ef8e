"""``clew versions``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.store.catalogue import Catalogue


@common.command("versions")
@common.graph_argument
@click.option("--use", help="Make this version current.")
def command(console: Console, graph: str, use: str | None) -> None:
    """List the stored versions of GRAPH, oldest first. The current version is marked."""
    catalogue = Catalogue(console.settings.home)
    if use is not None:
        catalogue.use(graph, use)
    current, versions = catalogue.current(graph), catalogue.versions(graph)
    if console.json:
        console.print_json({"graph": graph, "current": current, "versions": versions})
        return
    for version in versions:
        console.print(f"{version}  current" if version == current else version)
