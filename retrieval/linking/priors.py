"""How likely a node is to be asked about, before anything is read."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import frozen, kernel
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.word_weights import classes

Array = np.ndarray[Any, np.dtype[Any]]

CLASS_PRIOR, LITERAL_PRIOR, ISOLATED_PRIOR = 0.7, 0.85, 0.7


class Priors:
    """Priors of one graph's nodes, each computed when it is asked for: a question names a few of millions."""

    def __init__(self, graph: Graph, degree: int) -> None:
        """``degree`` is the largest of any node (``highest_degree``)."""
        self._graph = graph
        self._scale = max(math.log1p(degree), 1.0)
        self._classes = classes(graph)

    def prior(self, node: int) -> float:
        """Return 0.95 to 1 by degree; less for classes, literals and nodes without edges."""
        degree = self._graph.degree(node)
        prior = 0.95 + 0.05 * self._fame(degree)
        if node >= self._graph.num_entities:
            prior *= LITERAL_PRIOR
        at = bisect_left(self._classes, node)
        if at < len(self._classes) and self._classes[at] == node:
            prior *= CLASS_PRIOR
        if degree == 0:
            prior *= ISOLATED_PRIOR
        return float(np.float32(prior))

    def popularity(self, node: int) -> float:
        """Return the logarithm of a node's degree relative to the largest, in [0, 1]."""
        return float(np.float32(self._fame(self._graph.degree(node))))

    def _fame(self, degree: int) -> float:
        return math.log1p(degree) / self._scale


def highest_degree(graph: Graph) -> int:
    """Return the largest degree of any node, 0 for a graph without nodes."""
    return int(_highest(frozen(graph.out.ptr), frozen(graph.inc.ptr)))


@kernel
def _highest(out_ptr: Array, inc_ptr: Array) -> int:
    highest = 0
    for node in range(len(out_ptr) - 1):
        highest = max(highest, out_ptr[node + 1] - out_ptr[node] + inc_ptr[node + 1] - inc_ptr[node])
    return highest
