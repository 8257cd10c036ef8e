"""The names of entities."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clew.kg.graph.graph import Graph


def entity_names(graph: Graph) -> Iterator[tuple[int, str]]:
    """Yield (entity, name): its preferred and alternative labels, or, where it has no preferred one, what is shown
    for it. Descriptions and literals are left out."""
    labelled = np.zeros(graph.num_entities, dtype=np.bool_)
    for node, label in graph.iter_labels():
        if node < graph.num_entities and label.kind != "description":
            labelled[node] |= label.kind == "preferred"
            yield node, label.text
    for node in np.flatnonzero(~labelled).tolist():
        yield node, graph.label(node)
