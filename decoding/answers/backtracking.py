"""Where relation paths lead that do not turn back, and which only lead back to nodes visited before."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clew.kg import limits
from clew.kg.graph.graph import Graph

if TYPE_CHECKING:
    from clew.tries.filters.filtered_graph import Walkable

Int32 = NDArray[np.int32]


def ends_of(graph: Graph | Walkable, topic: int, relations: Sequence[int], revisit: bool = False) -> Int32:
    """Return the ends of a relation path from a topic, ascending. Unless ``revisit``, no instance steps back onto the
    topic, but by a self-loop that is the whole path."""
    reached = np.array([topic], np.int32)
    for hop, relation in enumerate(relations):
        barred = -1 if revisit or hop == 0 else topic
        reached = graph.expand(reached[reached != barred], relation)
        reached = reached[reached != barred]
    return reached


def is_round_trip(
    graph: Graph | Walkable, topic: int, relations: tuple[int, ...], steps: int = limits.ROUND_TRIP_STEPS
) -> bool:
    """Return whether every instance of a relation path from a topic visits some node twice.

    Its ends then are nodes that a shorter path has reached already ("the country whose capital is the capital of the
    country where x was born"). A path that turns round on purpose, by a relation and its inverse ("other films by the
    directors of x's films"), is none, even where there are no others. Depth first, until an instance without a repeat
    is met: nearly always the first one tried. After ``steps`` nodes the answer is False, which keeps the path.
    """
    if any(abs(a - b) == graph.num_relations for a, b in pairwise(relations)):
        return False
    left = steps
    stack: list[tuple[int, ...]] = [(topic,)]
    while stack:
        nodes = stack.pop()
        if len(nodes) > len(relations):
            return False
        for node in graph.neighbours(nodes[-1], relations[len(nodes) - 1])[: left + 1].tolist():
            left -= 1
            if left < 0:
                return False
            if node not in nodes:
                stack.append((*nodes, node))
    return True
