"""Distant supervision (Mintz et al. 2009): the relation path that best explains a question's answers.

Every path of at most ``max_hops`` hops that reaches any right answer is scored by the F1 of its whole end set; the best
wins, of equals the shorter, of those the one that the current model finds likeliest. A path that explains the answers
by chance is rare where the answers are many and common where there is one; the model's opinion settles those.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.search.walks import PathWalks
from clew.kg.graph.graph import Graph
from clew.kg.limits import MAX_MINED_FRONTIER
from clew.training.own_graph.labels.paths import Path, TopicPaths

MIN_F1 = 0.5
"""Least F1 at which a path is believed to be what was asked: below it, most of the answers are something else."""

Int32 = NDArray[np.int32]
Prefer = Callable[[Sequence[Path]], Path]
"""Chooses among paths that explain the answers equally well."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A relation path from a topic and the F1 of its ends against the answers."""

    topic: int
    path: Path
    f1: float


class Miner:
    """Mines relation paths of one graph."""

    def __init__(self, graph: Graph, walks: PathWalks, max_hops: int) -> None:
        self._graph, self._walks, self._max_hops = graph, walks, max_hops

    def candidates(self, topic: int, answers: Sequence[Sequence[int]]) -> list[Mined]:
        """Return every path from the topic that reaches a right answer, with its F1; ``answers`` as in ``Item``."""
        right = {node: i for i, nodes in enumerate(answers) for node in nodes}
        before = self._before(np.array(sorted(right), np.int32))
        paths = TopicPaths(self._graph, self._walks, topic, self._max_hops)
        found: list[Mined] = []
        prefixes: list[Path] = [()] if paths.onward(()) else []
        for length in range(1, self._max_hops + 1):
            longer: list[Path] = []
            for prefix in prefixes:
                reached = np.array(paths.ends(prefix) if prefix else (topic,), np.int32)
                if len(reached) > MAX_MINED_FRONTIER:
                    continue
                for relation in paths.onward(prefix):
                    path = (*prefix, relation)
                    if relation in before and _meet(reached, before[relation]):
                        score = f1(paths.ends(path), right, len(answers))
                        found += [Mined(topic, path, score)] if score else []
                    if length < self._max_hops:
                        longer.append(path)
            prefixes = longer
        return found

    def _before(self, nodes: Int32) -> dict[int, Int32]:
        """Return, per directed relation, the nodes from which it leads to any of these."""
        inverses = self._graph.frontier_relations(nodes).tolist() if len(nodes) else ()
        return {self._walks.inverse(back): self._graph.expand(nodes, back) for back in inverses}


def best(candidates: Sequence[Mined], prefer: Prefer) -> Mined | None:
    """Return the candidate of greatest F1, then of fewest hops, then of the topic given first, then the preferred one.

    None if all are below the floor.
    """
    top = max((one.f1 for one in candidates), default=0.0)
    if top < MIN_F1:
        return None
    equal = [one for one in candidates if one.f1 >= top - 1e-9]
    shortest = min(len(one.path) for one in equal)
    equal = [one for one in equal if len(one.path) == shortest]
    equal = sorted((one for one in equal if one.topic == equal[0].topic), key=lambda one: one.path)
    if len(equal) == 1:
        return equal[0]
    chosen = prefer([one.path for one in equal])
    return next(one for one in equal if one.path == chosen)


def f1(ends: Sequence[int], right: dict[int, int], count: int) -> float:
    """Return the F1 of an end set; ``right`` maps nodes to the number of the answer that they are, of ``count``."""
    hits = [right[node] for node in ends if node in right]
    if not hits:
        return 0.0
    precision, recall = len(hits) / len(ends), len(set(hits)) / count
    return 2 * precision * recall / (precision + recall)


def _meet(some: Int32, others: Int32) -> bool:
    """Return whether two ascending arrays share an element."""
    few, many = (some, others) if len(some) <= len(others) else (others, some)
    if not len(few):
        return False
    at = np.searchsorted(many, few)
    at[at == len(many)] = 0
    return bool((many[at] == few).any())
