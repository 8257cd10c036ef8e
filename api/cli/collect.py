"""``clew collect``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.limits import KEEP_VERSIONS
from clew.kg.store.catalogue import Catalogue


@common.command("collect")
@click.option(
    "--keep", type=click.IntRange(min=1), default=KEEP_VERSIONS, show_default=True, help="Number of versions to keep."
)
@common.graph_argument
def command(console: Console, graph: str, keep: int) -> None:
    """Delete the oldest versions of GRAPH and their indices. The current version is never deleted."""
    catalogue = Catalogue(console.settings.home)
    removed = catalogue.collect(graph, keep)
    versions = catalogue.versions(graph)
    if console.json:
        console.print_json({"graph": graph, "removed": removed, "versions": versions})
    else:
        console.print(f"{graph}: removed {len(removed)} versions, kept {len(versions)}")
