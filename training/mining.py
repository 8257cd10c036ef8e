"""Relation paths for questions whose answers are known but whose paths are not (distant supervision).

After Mintz et al. 2009 (aclanthology.org/P09-1113), as weakly supervised KGQA has it: the paths whose ends fit the
answers best are taken to be what was asked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kg.graph import Graph
from training.examples import Path
from tries.relation_automaton import RelationAutomaton

MAX_PATHS = 4_000
"""Relation paths tried per question; in a wide graph the shortest are tried first."""
LEAST_F1 = 0.5
"""Paths that fit worse than this are chance."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A relation path and the F1 of its ends against the answers."""

    path: Path
    f1: float


def mine_paths(
    graph: Graph, topic: int, answers: frozenset[int], max_hops: int, forbidden: frozenset[int] = frozenset()
) -> tuple[Mined, ...]:
    """Return the paths from a topic whose ends fit the answers best (equal F1), shortest first; empty if none fits."""
    automaton = RelationAutomaton(graph, max_hops, forbidden=forbidden)
    gold = np.array(sorted(answers), np.int32)
    level, best, tried = automaton.start([topic]), [Mined((), LEAST_F1)], 0
    for _ in range(max_hops):
        allowed = automaton.allowed(level)
        onward = allowed.token_ids != automaton.end_token
        rows, tokens = allowed.rows()[onward][: MAX_PATHS - tried], allowed.token_ids[onward][: MAX_PATHS - tried]
        level = automaton.advance(level.take(rows), tokens)
        tried += len(level)
        for row in range(len(level)):
            f1 = _f1(automaton.frontier(level, row), gold)
            if f1 > best[0].f1 + 1e-9 or (not best[0].path and f1 >= LEAST_F1):
                best = [Mined(automaton.relations(level, row), f1)]
            elif best[0].path and abs(f1 - best[0].f1) <= 1e-9:
                best.append(Mined(automaton.relations(level, row), f1))
        if tried >= MAX_PATHS or not len(level):
            break
    return tuple(one for one in best if one.path)


def _f1(ends: np.ndarray[tuple[int], np.dtype[np.int32]], gold: np.ndarray[tuple[int], np.dtype[np.int32]]) -> float:
    shared = len(np.intersect1d(ends, gold, assume_unique=True))
    return 2 * shared / (len(ends) + len(gold)) if shared else 0.0
