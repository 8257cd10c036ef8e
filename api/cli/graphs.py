"""``clew graphs``."""

from __future__ import annotations

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.service.graph_info import graph_info
from clew.kg.store.catalogue import Catalogue


@common.command("graphs")
def command(console: Console) -> None:
    """List all graphs."""
    catalogue = Catalogue(console.settings.home)
    found = [graph_info(catalogue, name) for name in catalogue.names()]
    if console.json:
        console.print_json([info.model_dump() for info in found])
    elif not found:
        console.print("There is no graph yet. Load one with: clew ingest FILES --graph NAME")
    for info in () if console.json else found:
        counts = f"{info.triples:,} triples, {info.entities:,} entities, {info.relations:,} relations"
        console.print(f"{info.name}  {info.version}  {counts}")
