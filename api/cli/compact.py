"""``clew compact``."""

from __future__ import annotations

import time

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.options.indexing import build_indices, no_index_option
from clew.api.startup import last_task
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.mapped_file import checking_once


@common.command("compact")
@common.graph_argument
@no_index_option
def command(console: Console, graph: str, no_index: bool) -> None:
    """Build the complete snapshot of GRAPH and its indices, so that the next question is answered without delay.

    An update with --no-index stores only the changes; this command merges them. What is already there stays as it is,
    unless it is damaged.
    """
    catalogue = Catalogue(console.settings.home)
    start = time.perf_counter()
    with last_task(), checking_once():
        built = catalogue.compact(graph)
        seconds = round(time.perf_counter() - start, 3)
        version = catalogue.current(graph)
        indexed = None if no_index else build_indices(console, catalogue, graph)
    if console.json:
        told = {"graph": graph, "version": version, "built": built, "seconds": seconds, "index_seconds": indexed}
        console.print_json(told)
    else:
        console.print(f"{graph} {version}: {f'built in {seconds:.1f} s' if built else 'already complete'}")
