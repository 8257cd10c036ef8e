"""``clew compact``."""

from __future__ import annotations

import time

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.store.catalogue import Catalogue


@common.command("compact")
@common.graph_argument
def command(console: Console, graph: str) -> None:
    """Build the complete snapshot of GRAPH after updates, so that the next command opens it without delay.

    An update stores only the changes; this command merges them. A version that is already complete stays as it is.
    """
    catalogue = Catalogue(console.settings.home)
    start = time.perf_counter()
    before = catalogue.folder(graph)
    built = catalogue.compact(graph) != before
    seconds = round(time.perf_counter() - start, 3)
    version = catalogue.current(graph)
    if console.json:
        console.print_json({"graph": graph, "version": version, "built": built, "seconds": seconds})
    else:
        console.print(f"{graph} {version}: {f'built in {seconds:.1f} s' if built else 'already complete'}")
