"""``clew history``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.service.history import History, Which
from clew.kg.errors import BadInput


@common.command("history")
@click.option("--graph", "-g", help="Only answers from this graph.")
@click.option("--before", metavar="DATE", help="Only answers before this day or time (UTC): 2026-01-31.")
@click.option("--purge", is_flag=True, help="Delete these answers for good.")
def command(console: Console, graph: str | None, before: str | None, purge: bool) -> None:
    """Count the stored answers, or delete them with --purge.

    Without --graph and --before, all of them.
    """
    which = Which(graph, None if before is None else _time(before))
    history = History(console.settings.history, days=console.settings.history_days)
    count = history.purge(which) if purge else history.count(which)
    history.close()
    if console.json:
        console.print_json({"answers": count, "purged": purge})
    else:
        console.print(f"{count:,} stored answers{' deleted' if purge else ''}")


def _time(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--before must be a date or a time, such as 2026-01-31, not {text!r}") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
