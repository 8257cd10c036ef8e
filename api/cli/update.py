"""``clew update``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console, ListsOfFiles
from clew.api.cli.ingest import report_on
from clew.api.cli.options.reading import reading_options
from clew.api.cli.progress import observer
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue


@common.command("update", cls=ListsOfFiles)
@common.graph_argument
@click.option("--add", multiple=True, metavar="FILES...", help="Files whose statements are added; any format.")
@click.option("--delete", multiple=True, metavar="FILES...", help="Files whose statements are deleted; any format.")
@click.option("--patch", multiple=True, metavar="FILES...", help="RDF patches: N-Quads with A or D before each.")
@reading_options
def command(
    console: Console,
    graph: str,
    add: tuple[str, ...],
    delete: tuple[str, ...],
    patch: tuple[str, ...],
    options: IngestOptions,
) -> None:
    """Publish GRAPH with statements deleted and others added, as a new version.

    What is both deleted and added stays. Its content hash is that of loading the result from scratch. All or nothing:
    on any error the graph stays as it was.
    """
    catalogue = Catalogue(console.settings.home)
    report_on(console, update(catalogue, graph, add, delete, options, observer(console), patch))
