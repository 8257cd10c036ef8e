"""``clew remove``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.schema.problems import HistoryFailed
from clew.api.schema.text import inert
from clew.api.service.history import History, Which
from clew.kg.store.catalogue import Catalogue


@common.command("remove")
@common.graph_argument
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
def command(console: Console, graph: str, yes: bool) -> None:
    """Delete GRAPH, all its versions and the answers stored from it."""
    catalogue = Catalogue(console.settings.home)
    versions = catalogue.versions(graph)
    if not yes and not console.json:
        click.confirm(inert(f"Delete {graph} and all its versions ({len(versions)})?"), abort=True)
    catalogue.remove(graph)
    history = History(console.settings.history)
    try:
        answers = history.purge(Which(graph))
    except HistoryFailed as error:
        raise HistoryFailed(f"{graph} was removed, but the answers stored from it were not: {error}") from error
    finally:
        history.close()
    if console.json:
        console.print_json({"graph": graph, "removed": versions, "answers": answers})
    else:
        console.print(f"removed {graph}")
