"""``clew migrate``."""

from __future__ import annotations

import click

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.kg.store.catalogue import Catalogue
from clew.kg.store.migration import migrate


@common.command("migrate")
@click.argument("graphs", nargs=-1)
def command(console: Console, graphs: tuple[str, ...]) -> None:
    """Convert GRAPHS (default: all) from an older snapshot format to the current one.

    Every stored version is rewritten in place. Versions that are up to date stay unchanged.
    """
    catalogue = Catalogue(console.settings.home)
    done = {name: migrate(catalogue, name) for name in graphs or catalogue.names()}
    if console.json:
        console.print_json([{"graph": name, "migrated": renamed} for name, renamed in done.items()])
        return
    for name, renamed in done.items():
        console.print(f"{name}: {len(renamed)} versions migrated" if renamed else f"{name}: up to date")
        for old, new in renamed.items():
            console.print(f"  {old} is now {new}")
