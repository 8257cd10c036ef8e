"""Options for loading from a SPARQL endpoint, and the fetch that precedes the load."""

from __future__ import annotations

import base64
import functools
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from clew.api.cli.common import Console
from clew.api.schema.text import dumps
from clew.kg.errors import BadInput
from clew.kg.ingest.sparql.endpoint import DEFAULT_PATTERN, Endpoint
from clew.kg.ingest.sparql.fetch import Fetched, fetch
from clew.kg.limits import SPARQL_PAGE
from clew.kg.store.snapshot import storing

_OPTIONS = (
    click.option("--sparql", "url", metavar="URL", help="SPARQL endpoint to load from; resumed if interrupted."),
    click.option("--page-size", type=click.IntRange(min=1), default=SPARQL_PAGE, show_default=True,
                 help="Statements requested per page."),
    click.option("--pattern", default=DEFAULT_PATTERN, show_default=True,
                 help="Graph pattern that selects the triples ?s ?p ?o to load."),
    click.option("--token", envvar="CLEW_SPARQL_TOKEN", help="Bearer token; prefer $CLEW_SPARQL_TOKEN."),
    click.option("--user", envvar="CLEW_SPARQL_USER", help="user:password; prefer $CLEW_SPARQL_USER."),
)  # fmt: skip


def sparql_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the endpoint options to a command, which receives ``endpoint: Endpoint | None``."""

    @functools.wraps(function)
    def run(*arguments: Any, **given: Any) -> None:
        named = {name: given.pop(name) for name in ("url", "page_size", "pattern", "token", "user")}
        function(*arguments, endpoint=_endpoint(**named), **given)

    for option in reversed(_OPTIONS):
        run = option(run)
    return run


def _endpoint(url: str | None, page_size: int, pattern: str, token: str | None, user: str | None) -> Endpoint | None:
    if url is None:
        if pattern != DEFAULT_PATTERN or page_size != SPARQL_PAGE:
            raise BadInput("--page-size and --pattern need --sparql URL")
        return None
    if token and user:
        raise BadInput("use either a token or a user, not both")
    headers = {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    if user:
        headers["Authorization"] = "Basic " + base64.b64encode(user.encode()).decode()
    return Endpoint(url, headers, pattern, page_size)


@contextmanager
def fetched(console: Console, endpoint: Endpoint | None, graph: str) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield the file with all statements of an endpoint, and what it is called in their provenance (nothing without an
    endpoint); delete it after loading.

    An interrupted fetch keeps its pages, and the next fetch of the same query continues from there.
    """
    if endpoint is None:
        yield ()
        return
    target = _target(console, endpoint, graph)
    with storing(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
    found = fetch(endpoint, target, _observer(console))
    _report(console, found)
    yield ((str(target), endpoint.name),)
    target.unlink(missing_ok=True)


def _target(console: Console, endpoint: Endpoint, graph: str) -> Path:
    """Return the file for the statements of this endpoint and pattern."""
    asked = hashlib.sha256(endpoint.asked.encode()).hexdigest()
    return console.settings.home / "fetched" / f"{graph}-{asked[:12]}.nt"


def _observer(console: Console) -> Callable[[int], None]:
    def show(count: int) -> None:
        if console.json:
            click.echo(dumps({"event": "fetched", "statements": count}), err=True)
        else:
            console.note(f"{count:,} statements fetched")

    return show


def _report(console: Console, found: Fetched) -> None:
    """Say how many statements there are, and whether the endpoint counts as many."""
    if console.json:
        event = {"event": "complete", "statements": found.statements, "counted": found.counted}
        click.echo(dumps(event), err=True)
    else:
        how = "as the endpoint counts" if found.counted else "not compared: the endpoint gives no count"
        console.note(f"{found.statements:,} statements fetched, {how}")
