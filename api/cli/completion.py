"""``clew completion``."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.errors import BadInput


@common.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(console: Console, shell: str) -> None:
    """Print the script that lets SHELL complete commands, options and names of graphs.

    For bash, put this line into ~/.bashrc: eval "$(clew completion bash)"
    """
    made = get_completion_class(shell)
    if made is None:
        raise BadInput(f"there is no completion for {shell}")
    root = click.get_current_context().find_root()
    script = made(root.command, {}, "clew", "_CLEW_COMPLETE").source()
    if console.json:
        console.print_json({"shell": shell, "script": script})
    else:
        click.echo(script)
