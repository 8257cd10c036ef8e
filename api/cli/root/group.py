"""The group of all commands: imports each when it is called, lists them by group, guesses what a wrong name meant."""

from __future__ import annotations

import importlib
import os
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from clew.api.cli.root.commands import COMMANDS, GROUPS
from clew.api.startup import leave, loading, own_process


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

    def make_context(self, *given: Any, **extra: Any) -> click.Context:
        """Return the context, without colours where ``NO_COLOR`` is set (https://no-color.org). click leaves them out
        where the output is no terminal."""
        if os.environ.get("NO_COLOR"):
            extra.setdefault("color", False)
        return super().make_context(*given, **extra)

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

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that is called; for a name that none has, an error that offers the likeliest ones."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-") and not ctx.resilient_parsing:
            similar = get_close_matches(name.lower(), COMMANDS, n=3)
            offered = f" Did you mean {' or '.join(similar)}?" if similar else ""
            ctx.fail(f"There is no command {name!r}.{offered}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group, each with one line."""
        for title, group in GROUPS.items():
            with formatter.section(title):
                width = max(map(len, COMMANDS))
                formatter.write_dl([(f"{name:<{width}}", summary) for name, (_, summary) in group.items()])
