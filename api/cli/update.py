"""``clew update``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console, ListsOfFiles
from clew.api.cli.ingest import report_on
from clew.api.cli.options.indexing import build_indices, no_index_option
from clew.api.cli.options.reading import reading_options
from clew.api.cli.progress import observer
from clew.api.startup import last_task
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.update import update
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.mapped_file import checking_once


@common.command("update", cls=ListsOfFiles)
@common.graph_argument
@click.option("--add", multiple=True, metavar="FILES...", help="Files with statements to add, in any format.")
@click.option("--delete", multiple=True, metavar="FILES...", help="Files with statements to delete, in any format.")
@click.option(
    "--patch", multiple=True, metavar="FILES...", help="RDF patch files: N-Quads with A or D before each line."
)
@no_index_option
@reading_options
def command(
    console: Console,
    graph: str,
    add: tuple[str, ...],
    delete: tuple[str, ...],
    patch: tuple[str, ...],
    no_index: bool,
    options: IngestOptions,
) -> None:
    """Add statements to GRAPH and delete statements from it, as a new version.

    A statement that is both deleted and added stays. The new version has the same content hash as if it were loaded
    from scratch. On any error, the graph stays unchanged. The snapshot and the indices that questions need are built
    too.
    """
    catalogue = Catalogue(console.settings.home)
    earlier = catalogue.current(graph)
    with last_task(), checking_once():
        report = update(catalogue, graph, add, delete, options, observer(console), patch)
        indexed = None if no_index else build_indices(console, catalogue, graph, earlier)
    report_on(console, report, indexed)
