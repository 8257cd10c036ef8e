"""``clew index``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.progress import counter
from clew.kg.errors import BadInput


@common.command("index")
@common.default_graph_option
@click.option("--tokenizer", help="Hub id or folder: build a token index for this tokenizer instead.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="With --tokenizer: output folder. Default: next to the graph."
)
@click.option(
    "--forward-only", is_flag=True, help="With --tokenizer: leave out inverse relations, as GCR checkpoints do."
)
def command(console: Console, graph: str, tokenizer: str | None, out: Path | None, forward_only: bool) -> None:
    """Embed the entity labels of a graph, so that entities can also be found by meaning.

    Uses a GPU if there is one; a CPU embeds a few hundred labels per second. Relation labels are embedded
    automatically. With --tokenizer, builds the token index instead. A causal LM that generates entities and relations
    then starts without delay.
    """
    if tokenizer is not None:
        _index_tokens(console, graph, tokenizer, out, inverse=not forward_only)
    elif out is not None or forward_only:
        raise BadInput("--out and --forward-only need --tokenizer")
    else:
        _index_labels(console, graph)


def _index_tokens(console: Console, graph: str, name: str, out: Path | None, inverse: bool) -> None:
    from clew.api.service.token_indices import TokenIndices
    from clew.decoding.causal.loading import load_tokenizer
    from clew.kg.store.catalogue import Catalogue
    from clew.tries.tokens.token_index import TokenIndex

    catalogue = Catalogue(console.settings.home)
    opened, tokenizer = catalogue.open(graph), load_tokenizer(name)
    folder = out or TokenIndices(catalogue).folder(opened, tokenizer, inverse)
    begin = time.monotonic()
    index = TokenIndex.build(opened, tokenizer, inverse=inverse)
    index.save(folder)
    seconds, size = round(time.monotonic() - begin, 3), index.edge_bytes + index.label_bytes
    if console.json:
        told = {"graph": graph, "version": opened.version, "folder": str(folder), "bytes": size, "seconds": seconds}
        console.print_json(told)
    else:
        console.print(f"{graph} {opened.version}: token index of {size / 1e6:,.1f} MB in {seconds:.1f} s: {folder}")


def _index_labels(console: Console, graph: str) -> None:
    from clew.api.service.components import DefaultParts
    from clew.kg.store.catalogue import Catalogue

    catalogue = Catalogue(console.settings.home)
    opened = catalogue.open(graph)
    parts = DefaultParts(catalogue, console.settings)
    labels = parts.labels(opened)
    watched = not console.json and sys.stderr.isatty()
    begin, show = time.monotonic(), counter(console, "labels")
    observed = (lambda done, total: show(done, total, "")) if watched else None
    count = labels.build_entities(observed, embedder=parts.label_embedder()).index.size
    seconds = round(time.monotonic() - begin, 3)
    if console.json:
        console.print_json({"graph": graph, "version": opened.version, "labels": count, "seconds": seconds})
    else:
        console.print(f"{graph} {opened.version}: {count:,} entity labels embedded in {seconds:.1f} s")
