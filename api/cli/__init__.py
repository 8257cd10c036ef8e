"""The command line: ``clew``. One file per command; each is imported only when it is called."""

from __future__ import annotations

from pathlib import Path

import click

from clew.api.cli.root.commands import COMMANDS as COMMANDS
from clew.api.cli.root.group import LazyGroup


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--home", type=click.Path(path_type=Path, file_okay=False), help="Folder that holds graphs and stored answers."
)
@click.version_option(package_name="clew", prog_name="clew")
@click.pass_context
def main(ctx: click.Context, home: Path | None) -> None:
    """Ask questions of your knowledge graph. Every answer comes with the path that proves it.

    Exit codes: 0 success (also when the graph has no answer), 1 Clew failed, 2 invalid input.
    """
    ctx.obj = home
