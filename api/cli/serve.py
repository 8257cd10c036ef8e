"""``clew serve``."""

from __future__ import annotations

import logging
import os
import resource
import signal
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.model_settings import ModelChoice
from clew.api.threads import return_memory_regularly, set_threads, take_short_turns
from clew.kg.errors import BadInput

if TYPE_CHECKING:
    from fastapi import FastAPI

    from clew.api.service.service import Service
    from clew.api.settings import Settings

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
@click.option("--ingest", is_flag=True, help="Let clients send files, load them as graphs, and change graphs.")
@click.option(
    "--ingest-from",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder whose files clients may load, too; implies --ingest.",
)
@click.option("--require-key", is_flag=True, help="Require an API key on the loopback address, too.")
@click.option(
    "--log",
    "log_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Form of the log: lines of text, or JSON Lines.",
)
@common.history_option
@common.model_options
def command(
    console: Console,
    host: str,
    port: int,
    allow_host: tuple[str, ...],
    allow_origin: tuple[str, ...],
    ingest: bool,
    ingest_from: Path | None,
    require_key: bool,
    log_format: str,
    keep_history: bool,
    choice: ModelChoice,
) -> None:
    """Serve the REST interface and the web page.

    On another address than the loopback address, clients need an API key: see clew keys.
    """
    settings = _allowing(console.settings.of(choice).recording(keep_history), ingest, ingest_from)
    required = require_key or settings.require_key or not _is_loopback(host)
    settings = replace(settings, require_key=required)
    _check_keys(settings, host)
    _prepare_process(settings)
    from clew.api.processes.helper import helpers
    from clew.api.rest.app import create_app
    from clew.api.service.service import Service

    hosts = [*LOOPBACK, "[::1]", host, *allow_host] if _is_loopback(host) else list(allow_host) or None
    service = Service(settings)
    app = create_app(service, hosts, allow_origin, helpers(settings) if service.gathers else ())
    if find_spec("mcp") is not None:
        from clew.api.mcp.server import mount

        mount(app)
    if service.num_graphs():
        service.warm_up.begin()
    from clew.api.rest.request_log import log_config

    _run(app, settings, host, port, log_config(log_format == "json", "WARNING" if console.json else "INFO"))
    leave(service)


def _prepare_process(settings: Settings) -> None:
    """Set what must be set before torch is imported, and what holds for the process."""
    set_threads(settings.model)
    take_short_turns()
    _allow_many_files()


def _allowing(settings: Settings, ingest: bool, folder: Path | None) -> Settings:
    """Return settings by which clients may change graphs, if an option says so."""
    folder = settings.ingest_folder if folder is None else folder.absolute()
    return replace(settings, ingest=ingest or settings.ingest or folder is not None, ingest_folder=folder)


def _is_loopback(host: str) -> bool:
    """Whether only programs on this machine reach a server that listens on an address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host in LOOPBACK


def _check_keys(settings: Settings, host: str) -> None:
    """Raise ``BadInput`` where keys are required and there is none that can be used."""
    from clew.api.service.keys import KeyStore

    if settings.require_key and not KeyStore(settings.keys).usable:
        why = "--require-key" if _is_loopback(host) else f"on {host!r}, other machines can reach the server: it"
        raise BadInput(f"{why} needs an API key that is valid; make one with: clew keys add NAME")


def _run(app: FastAPI, settings: Settings, host: str, port: int, log: dict[str, Any]) -> None:
    """Serve until a signal ends it. uvicorn raises the signal again when it has drained: SIGTERM must not end the
    process then, but only the serving, as SIGINT does."""
    from clew.api.serving.server import run

    before, over = signal.signal(signal.SIGTERM, signal.default_int_handler), return_memory_regularly()
    try:
        run(app, settings, host, port, log)
    except KeyboardInterrupt:  # before it served
        pass
    finally:
        over.set()
        signal.signal(signal.SIGTERM, before)


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
