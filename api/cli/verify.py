"""``clew verify``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.integrity import verify_snapshot


@common.command("verify")
@click.argument("graph")
@click.argument("version", required=False)
@click.option("--all", "every", is_flag=True, help="Check all stored versions, not only the current one.")
def command(console: Console, graph: str, version: str | None, every: bool) -> None:
    """Check the files of GRAPH: hash every file, recompute the content hash, and check the order and range of ids."""
    catalogue = Catalogue(console.settings.home)
    versions = catalogue.versions(graph) if every else [version or catalogue.current(graph)]
    reports = [verify_snapshot(catalogue.version_folder(graph, one), graph) for one in versions]
    if console.json:
        console.print_json({"graph": graph, "versions": [report.to_dict() for report in reports]})
    for report in () if console.json else reports:
        size = f"{report.files} files, {report.bytes / 2**20:,.1f} MiB, {report.statements:,} statements"
        console.print(f"{graph} {report.version}: {size}: OK")
