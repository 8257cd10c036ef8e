"""``clew graphs``."""

from __future__ import annotations

from clew.api.cli import common
from clew.api.cli.common import Console
from clew.api.schema.models import GraphInfo
from clew.api.service.graph_info import graph_infos
from clew.kg.store.catalogue import Catalogue


@common.command("graphs")
def command(console: Console) -> None:
    """List all graphs."""
    catalogue = Catalogue(console.settings.home)
    found = graph_infos(catalogue)
    if console.json:
        console.print_json([info.model_dump() for info in found])
    elif not found:
        console.print("There is no graph yet. Load one with: clew ingest FILES --graph NAME")
    for info in () if console.json else found:
        console.print(f"{info.name}  {info.version}  {_contents(info)}")


def _contents(info: GraphInfo) -> str:
    if info.damaged is not None:
        return f"damaged: {info.damaged}"
    return f"{info.triples:,} triples, {info.entities:,} entities, {info.relations:,} relations"
