"""``clew stats``."""

from __future__ import annotations

import numpy as np

from api.cli import common
from api.cli.common import Console
from api.graph_info import graph_info
from kg.catalogue import Catalogue
from kg.graph import Graph

HUBS = 5


@common.command("stats")
@common.graph_argument
def command(console: Console, graph: str) -> None:
    """Show a graph's counts, its relations by how often they occur, and its largest hubs."""
    catalogue = Catalogue(console.settings.home)
    opened = catalogue.open(graph)
    found = graph_info(catalogue, graph).model_dump() | {
        "literals": opened.num_nodes - opened.num_entities,
        "edges": opened.num_edges,
        "relation_counts": _relation_counts(opened),
        "hubs": _hubs(opened),
    }
    if console.json:
        console.print_json(found)
        return
    for name in ("name", "version", "triples", "entities", "literals", "relations"):
        value = found[name]
        console.print(f"{name:<12}{value:,}" if isinstance(value, int) else f"{name:<12}{value}")
    console.print("relations")
    for relation in found["relation_counts"]:
        console.print(f"  {relation['edges']:>10,}  {relation['label']}")
    console.print("hubs")
    for hub in found["hubs"]:
        console.print(f"  {hub['edges']:>10,}  {hub['label']}")


def _relation_counts(graph: Graph) -> list[dict[str, str | int]]:
    counts = np.bincount(graph.out.relation, minlength=graph.num_relations)
    return [
        {"key": graph.relation_key(r), "label": graph.relation_label(r), "edges": int(counts[r])}
        for r in np.argsort(-counts, kind="stable").tolist()
    ]


def _hubs(graph: Graph) -> list[dict[str, str | int]]:
    degrees = np.diff(graph.out.ptr) + np.diff(graph.inc.ptr)
    largest = np.argsort(-degrees, kind="stable")[:HUBS].tolist()
    return [{"key": graph.key(n), "label": graph.label(n), "edges": int(degrees[n])} for n in largest]
