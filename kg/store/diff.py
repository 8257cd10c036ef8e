"""The difference between two graphs: the statements added and removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from clew.kg.columnar.compiled import kernel
from clew.kg.columnar.interner import Interner
from clew.kg.columnar.kernels import position_of
from clew.kg.graph.graph import Graph
from clew.kg.graph.statements import Statement, iter_edges, iter_label_statements
from clew.kg.store.merge import spans_of_pool

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class Diff:
    """The statements that lead from an ``old`` graph to a ``new`` one. Attributes and provenance are not compared."""

    old: Graph
    new: Graph
    added_edges: Array
    removed_edges: Array
    added_labels: tuple[Statement, ...]
    removed_labels: tuple[Statement, ...]

    @property
    def num_added(self) -> int:
        """How many statements the new graph has more."""
        return len(self.added_edges) + len(self.added_labels)

    @property
    def num_removed(self) -> int:
        """How many statements the new graph has no longer."""
        return len(self.removed_edges) + len(self.removed_labels)

    def added(self) -> Iterator[Statement]:
        """The statements that only the new graph has."""
        yield from iter_edges(self.new, self.added_edges.tolist())
        yield from self.added_labels

    def removed(self) -> Iterator[Statement]:
        """The statements that only the old graph has."""
        yield from iter_edges(self.old, self.removed_edges.tolist())
        yield from self.removed_labels


def diff(old: Graph, new: Graph) -> Diff:
    """Compare two graphs by key: one pass over each, no sorting."""
    old_labels, new_labels = _labels(old), _labels(new)
    return Diff(
        old,
        new,
        np.flatnonzero(~held_edges(new, old)),
        np.flatnonzero(~held_edges(old, new)),
        tuple(statement for statement in new_labels if statement not in old_labels),
        tuple(statement for statement in old_labels if statement not in new_labels),
    )


def _labels(graph: Graph) -> dict[Statement, None]:
    return dict.fromkeys(iter_label_statements(graph))


def held_edges(graph: Graph, other: Graph) -> Array:
    """Which edges of ``graph`` the ``other`` graph has too, bool[graph.num_edges]."""
    nodes, relations = Interner(), Interner()
    nodes.add_spans(*spans_of_pool(other.node_keys))
    relations.add_spans(*spans_of_pool(other.relation_keys))
    node = nodes.find_spans(*spans_of_pool(graph.node_keys))
    relation = relations.find_spans(*spans_of_pool(graph.relation_keys))
    held: Array = _held(
        other.out.ptr, other.out.relation, other.out.node,
        node[graph.edge_heads()], relation[graph.out.relation], node[graph.out.node],
    )  # fmt: skip
    return held


@kernel
def _held(ptr: Array, relation: Array, node: Array, heads: Array, relations: Array, tails: Array) -> Array:
    held = np.zeros(len(heads), np.bool_)
    for i in range(len(heads)):
        if heads[i] >= 0 and relations[i] >= 0 and tails[i] >= 0:
            held[i] = position_of(ptr, relation, node, heads[i], relations[i], tails[i]) >= 0
    return held
