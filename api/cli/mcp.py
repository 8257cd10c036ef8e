"""``clew mcp``."""

from __future__ import annotations

from importlib.util import find_spec

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.cli.serve import leave
from clew.api.model_settings import ModelChoice
from clew.api.threads import set_threads
from clew.kg.errors import BadInput


@common.command("mcp")
@click.option("--graph", "-g", help="Name of the graph that is meant where a tool is called without one.")
@common.history_option
@common.model_options
def command(console: Console, graph: str | None, keep_history: bool, choice: ModelChoice) -> None:
    """Serve the graphs as tools of an agent: the Model Context Protocol over standard input and output.

    `clew serve` serves the same tools over HTTP, at /mcp.
    """
    if find_spec("mcp") is None:
        raise BadInput("the tools need the package mcp; install it with: pip install 'clew[mcp]'")
    settings = console.settings.of(choice).recording(keep_history)
    set_threads(settings.model)
    import anyio

    from clew.api.mcp.server import run_stdio
    from clew.api.service.service import Service

    service = Service(settings)
    if graph is not None:
        service.version(graph)  # an unknown one is told now, not at the first call
    if service.num_graphs():
        service.warm_up.begin()
    anyio.run(run_stdio, service, graph)
    leave(service)
