"""``clew serve``."""

from __future__ import annotations

import logging
import os
import resource
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.model_settings import ModelChoice
from clew.api.threads import set_threads, take_short_turns
from clew.kg import limits

if TYPE_CHECKING:
    from fastapi import FastAPI

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
@click.option("--allow-origin", multiple=True, help="Origin whose web pages may use the server; repeatable.")
@click.option("--ingest", is_flag=True, help="Let clients send files and load them as graphs.")
@common.history_option
@common.model_options
def command(
    console: Console,
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    allow_origin: tuple[str, ...],
    ingest: bool,
    keep_history: bool,
    choice: ModelChoice,
) -> None:
    """Serve the REST interface and the web page.

    There is no authentication. Listen on another address than the loopback address only behind a reverse proxy that
    authenticates users.
    """
    settings = console.settings.of(choice).recording(keep_history)
    settings = replace(settings, ingest=ingest or settings.ingest)
    set_threads(settings.model)
    take_short_turns()
    _allow_many_files()
    from clew.api.rest.app import create_app
    from clew.api.service.service import Service

    hosts = [*LOOPBACK, "[::1]", *allow_host] if host in LOOPBACK else list(allow_host) or None
    service = Service(settings)
    app = create_app(service, hosts, allow_origin)
    if find_spec("mcp") is not None:
        from clew.api.mcp.server import mount

        mount(app)
    if service.num_graphs():
        service.warm_up.begin()
    _run(app, host, port, "warning" if console.json else "info")
    leave(service)


def _run(app: FastAPI, host: str, port: int, log_level: str) -> None:
    """Serve until a signal ends it."""
    import uvicorn

    from clew.api.rest.patience import PatientProtocol

    uvicorn.run(
        app,
        host=host,
        port=port,
        http=PatientProtocol,
        ws="none",
        limit_concurrency=limits.MAX_CONNECTIONS,
        timeout_keep_alive=limits.IDLE_SECONDS,
        timeout_graceful_shutdown=limits.DRAIN_SECONDS,
        log_level=log_level,
        server_header=False,
    )


def _allow_many_files() -> None:
    """Allow as many open files as the system lets this user have: every file of a loaded graph is one, and so is every
    connection."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # macOS names no limit, but keeps one
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def leave(service: Service) -> None:
    """End without waiting for what is being loaded. Python's own end would abort where a thread is inside a library."""
    service.close()
    if service.loading:
        logging.shutdown()
        os._exit(0)
