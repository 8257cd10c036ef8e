"""``clew index``."""

from __future__ import annotations

import sys
import time

from api.cli import common
from api.cli.common import Console


@common.command("index")
@common.graph_option
def command(console: Console, graph: str) -> None:
    """Embed a graph's entity labels, so that questions can name entities by meaning.

    A GPU is used where there is one; a CPU embeds some hundreds of labels a second. Relation labels are always
    embedded; this needs no command.
    """
    from api.parts import DefaultParts
    from kg.catalogue import Catalogue

    catalogue = Catalogue(console.settings.home)
    opened = catalogue.open(graph)
    parts = DefaultParts(catalogue, console.settings)
    labels = parts.labels(opened)
    watched = not console.json and sys.stderr.isatty()
    begin = time.monotonic()

    def show(done: int, total: int) -> None:
        console.overwrite(f"{done:,} of {total:,} labels, {done / (time.monotonic() - begin):,.0f} a second")

    count = labels.build_entities(show if watched else None, embedder=parts.label_embedder()).index.size
    seconds = round(time.monotonic() - begin, 3)
    if console.json:
        console.print_json({"graph": graph, "version": opened.version, "labels": count, "seconds": seconds})
    else:
        console.print(f"{graph} {opened.version}: {count:,} entity labels embedded in {seconds:.1f} s")
