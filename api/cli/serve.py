"""``clew serve``."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.model_settings import ModelChoice
from clew.api.schema.text import inert
from clew.api.threads import set_threads
from clew.kg.errors import ClewError
from clew.kg.limits import MAX_PREPARED_GRAPHS

if TYPE_CHECKING:
    from clew.api.service.service import Service

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@common.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen on; 0 selects a free port.",
)
@click.option("--allow-host", multiple=True, help="Additional Host header to accept; repeatable.")
@common.model_options
def command(console: Console, host: str, port: int, allow_host: tuple[str, ...], choice: ModelChoice) -> None:
    """Serve the REST interface and the web page.

    There is no authentication. Listen on another address than the loopback address only behind a reverse proxy that
    authenticates users.
    """
    settings = console.settings.of(choice)
    set_threads(settings.model)
    import uvicorn

    from clew.api.rest.app import create_app
    from clew.api.service.service import Service

    hosts = [*LOOPBACK, "[::1]", *allow_host] if host in LOOPBACK else list(allow_host) or None
    service = Service(settings)
    threading.Thread(target=_warm, args=(service,), daemon=True).start()
    app = create_app(service, hosts)
    level = "warning" if console.json else "info"
    uvicorn.run(app, host=host, port=port, log_level=level, server_header=False)


def _warm(service: Service) -> None:
    """Load the model and the graphs at start, so that the first question is fast."""
    for graph in service.graphs()[:MAX_PREPARED_GRAPHS]:
        try:
            service.warm(graph.name)
        except ClewError as error:
            logging.getLogger("uvicorn.error").error("graph %s cannot be opened: %s", graph.name, inert(str(error)))
