"""``clew mapping``."""

from __future__ import annotations

from pathlib import Path

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.options.reading import reading_options
from clew.kg.ingest.mapping.describing import describe
from clew.kg.ingest.options import IngestOptions
from clew.kg.store.snapshot import storing


@common.command("mapping")
@click.argument("files", nargs=-1, required=True)
@click.option("--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="File to write the mapping to.")
@reading_options
def command(console: Console, files: tuple[str, ...], output: Path | None, options: IngestOptions) -> None:
    """Show how a database, or tables with --rows, would become a graph, as YAML to correct and give to --mapping.

    FILES is an SQLite file, the address of a database, or tables."""
    text = describe(files, options)
    if output is not None:
        with storing(output):
            output.write_text(text, encoding="utf-8")
    if console.json:
        console.print_json({"mapping": text, "file": None if output is None else str(output)})
    elif output is None:
        for line in text.rstrip("\n").split("\n"):
            console.print(line)
