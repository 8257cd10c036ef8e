"""The rows of a graph's stored statements, as the checker of programs reads them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from clew.kg.errors import VerificationFailed
from clew.kg.graph.arrays import Blocks, pool
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal, from_term
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
        side, (first, last) = self.graph.inc if inverse else self.graph.out, self._run(node, relation, inverse)
        ends: list[int] = side.node[first:last].tolist()
        return ends

    def edge(self, head: int, relation: str, tail: int) -> int:
        """Return the number of a statement: edges are numbered by head, relation and tail; ``VerificationFailed`` if it
        is not stated."""
        first, last = self._run(head, relation, False)
        ends = self.graph.out.node[first:last]
        at = int(np.searchsorted(ends, np.int32(tail)))
        if at == len(ends) or ends[at] != tail:
            raise VerificationFailed(f"a statement of {relation!r} is not there")
        return first + at

    def attributes(self, edge: int) -> list[tuple[str, Literal]]:
        """Return what the source of a statement says of it beside: the further columns of its row."""
        arrays = self.graph.arrays
        edges = arrays["attribute_edge"]
        low, high = np.searchsorted(edges, np.array((edge, edge + 1), edges.dtype)).tolist()
        self._check({"attribute_edge": (max(low - 1, 0), min(high + 1, len(edges))), "attribute_name": (low, high)})
        names, values = pool(arrays, "attribute_name"), pool(arrays, "attribute")
        return [(names[int(arrays["attribute_name"][row])], from_term(values[row])) for row in range(low, high)]

    def _run(self, node: int, relation: str, inverse: bool) -> tuple[int, int]:
        found = self.relation(relation)
        side, name = (self.graph.inc, "inc") if inverse else (self.graph.out, "out")
        low, high = int(side.ptr[node]), int(side.ptr[node + 1])
        first, last = (low + np.searchsorted(side.relation[low:high], np.array((found, found + 1), np.int32))).tolist()
        spans = {"ptr": (node, node + 2), "relation": (low, high), "node": (first, last)}
        self._check({f"{name}_{array}": span for array, span in spans.items()})
        return first, last

    def _check(self, spans: Mapping[str, tuple[int, int]]) -> None:
        """Check the blocks of files that hold these elements of arrays."""
        if self.graph.stored is not None:
            for name, (start, stop) in spans.items():
                self.graph.stored.check(name, start, stop, self._blocks)
