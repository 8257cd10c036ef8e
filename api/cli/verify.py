"""``clew verify``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.integrity import Verified
from clew.tries.storage import verify_indices


@common.command("verify")
@click.argument("graph")
@click.argument("version", required=False)
@click.option("--all", "every", is_flag=True, help="Check all stored versions, not only the current one.")
def command(console: Console, graph: str, version: str | None, every: bool) -> None:
    """Check the files of GRAPH: the checksums of every file, the indices made from it included, the content hash of
    the statements, and the order and range of ids."""
    catalogue = Catalogue(console.settings.home)
    versions = catalogue.versions(graph) if every else [version or catalogue.current(graph)]
    reports = [_verify(catalogue, graph, one) for one in versions]
    if console.json:
        console.print_json({"graph": graph, "versions": [report.to_dict() | made for report, made in reports]})
    for report, made in () if console.json else reports:
        files, size = (getattr(report, what) + made["indices"][what] for what in ("files", "bytes"))
        said = f"{files} files, {size / 2**20:,.1f} MiB, {report.statements:,} statements"
        console.print(f"{graph} {report.version}: {said}: OK")


def _verify(catalogue: Catalogue, graph: str, version: str) -> tuple[Verified, dict[str, dict[str, int]]]:
    """Check a version, and the indices made from it."""
    report = catalogue.verify(graph, version)
    made = [verify_indices(folder) for folder in catalogue.derived_folders(report.version)]
    files, size = (sum(one[i] for one in made) for i in range(2))
    return report, {"indices": {"files": files, "bytes": size}}
