"""The names of entities."""

from __future__ import annotations

from collections.abc import Iterator

from clew.kg.graph.graph import Graph
from clew.tries.labels.names import node_names


def entity_names(graph: Graph) -> Iterator[tuple[int, str]]:
    """Yield (entity, name): its preferred and alternative labels, or, where it has no preferred one, what is shown
    for it. Descriptions and literals are left out."""
    for names in node_names(graph, graph.num_entities):
        yield from names
