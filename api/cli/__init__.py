"""The command line: ``clew``. One file per command; each is imported only when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from clew.api.startup import leave, loading, own_process

COMMANDS = {
    "ask": "asking",
    "collect": "collect",
    "compact": "compact",
    "demo": "demo",
    "diff": "diff",
    "eval": "evaluate",
    "graphs": "graphs",
    "history": "history",
    "index": "index",
    "ingest": "ingest",
    "inspect": "inspect",
    "keys": "keys",
    "mapping": "mapping",
    "mcp": "mcp",
    "migrate": "migrate",
    "query": "query",
    "remove": "remove",
    "rollback": "rollback",
    "serve": "serve",
    "stats": "stats",
    "train": "train",
    "update": "update",
    "verify": "verify",
    "versions": "versions",
}
"""Each command and the module of this package that holds it, under the name ``command``."""


class LazyGroup(click.Group):
    """A group whose commands are imported when called, so that the quick ones start quickly."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run a command; without ``args`` it is that of the process."""
        if args is not None:
            return super().main(args, *rest, **options)
        own_process()
        try:
            return super().main(args, *rest, **options)
        except SystemExit as end:
            leave(end.code)
            raise

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by name."""
        if cmd_name not in COMMANDS:
            return None
        with loading():
            module = importlib.import_module(f"clew.api.cli.{COMMANDS[cmd_name]}")
        command: click.Command = module.command
        return command


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
