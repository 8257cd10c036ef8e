"""The rows of a graph's stored statements, as the checker of programs reads them."""

from __future__ import annotations

import numpy as np

from clew.kg.errors import VerificationFailed
from clew.kg.graph.arrays import Blocks
from clew.kg.graph.graph import Graph
from clew.kg.terms.vocabulary import RDF_TYPE
from clew.kg.time_limit import look


class StatedRows:
    """Nodes by key, and their neighbours by relation; blocks of files are checked as they are read."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._blocks: Blocks = set()
        self._relations: dict[str, int] = {}

    def node(self, key: str) -> int:
        """Return the node with a key; ``VerificationFailed`` if there is none."""
        node = self.graph.find_node(key)
        if node is None:
            raise VerificationFailed(f"unknown key {key!r}")
        return node

    def relation(self, key: str) -> int:
        """Return the relation with a key; ``VerificationFailed`` if there is none."""
        if key not in self._relations:
            found = self.graph.find_relation(key)
            if found is None:
                raise VerificationFailed(f"unknown relation {key!r}")
            self._relations[key] = found
        return self._relations[key]

    def members(self, key: str) -> frozenset[int]:
        """Return what has a class, by its key, as its type."""
        node = self.node(key)
        return frozenset(self.targets(node, RDF_TYPE, True)) if self.graph.type_relation is not None else frozenset()

    def targets(self, node: int, relation: str, inverse: bool) -> list[int]:
        """Return what a relation reaches from a node: its run in the node's row, before and after which others stand.
        Raises ``OutOfTime``."""
        look()
        found = self.relation(relation)
        side, name = (self.graph.inc, "inc") if inverse else (self.graph.out, "out")
        low, high = int(side.ptr[node]), int(side.ptr[node + 1])
        first, last = (low + np.searchsorted(side.relation[low:high], np.array((found, found + 1), np.int32))).tolist()
        if self.graph.stored is not None:
            spans = {"ptr": (node, node + 2), "relation": (low, high), "node": (first, last)}
            for array, (start, stop) in spans.items():
                self.graph.stored.check(f"{name}_{array}", start, stop, self._blocks)
        ends: list[int] = side.node[first:last].tolist()
        return ends
