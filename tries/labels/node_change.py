"""Which nodes' names an update may have changed, and how nodes are numbered after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np

from clew.kg.graph.graph import Graph
from clew.kg.store.delta import Delta
from clew.kg.store.lookup import Located, find_nodes, find_sorted
from clew.kg.store.merge import spans_of_pool
from clew.tries.constraint import Int64
from clew.tries.labels.renumbering import Renumbering, without


@dataclass(frozen=True, slots=True)
class NodeChange:
    """``nodes`` numbers the nodes anew; ``void`` (old numbers, int64, ascending) are those that are gone or whose names
    may have changed. The names of all others are what they were."""

    nodes: Renumbering
    void: Int64

    @classmethod
    def of(cls, delta: Delta, graph: Graph) -> Self:
        """The change ``delta``, given the ``graph`` that it results in: in time proportional to it.

        A node's names, and whether it is there, depend on the statements that mention its key, in whatever place.
        """
        found = list(_mentioned(delta, graph))
        old, new = (np.concatenate([pair[i].at for pair in found]) for i in range(2))
        before, after = (np.concatenate([pair[i].found for pair in found]) for i in range(2))
        gone, come = np.unique(old[before & ~after]), np.unique(new[after & ~before])
        through = delta.base.given_names.through(np.unique(old[before]).astype(np.int32))
        return cls(Renumbering(gone, come), np.union1d(old[before], through).astype(np.int64))

    def then(self, after: NodeChange) -> NodeChange:
        """This change and after it another."""
        void = self.nodes.backward(without(after.void, self.nodes.come))
        return NodeChange(self.nodes.then(after.nodes), np.union1d(self.void, void))

    @property
    def fresh(self) -> Int64:
        """The nodes, by new number, ascending, whose names are to be read from the new graph."""
        return np.union1d(self.nodes.come, self.nodes.forward(without(self.void, self.nodes.gone)))

    @property
    def size(self) -> int:
        """How many nodes are concerned."""
        return len(self.void) + len(self.nodes.come)


def _mentioned(delta: Delta, graph: Graph) -> Iterator[tuple[Located, Located]]:
    """Where the base and the new graph have the keys that the statements of the change mention."""
    for side in (delta.added, delta.removed):
        yield find_nodes(delta.base, side), find_nodes(graph, side)
        keys = spans_of_pool(side.relation_keys)
        base, new = (find_sorted(one.node_keys, 0, one.num_entities, keys) for one in (delta.base, graph))
        yield base, new
