"""Diverse beam search (Vijayakumar et al. 2016, arXiv 1610.02424, algorithm 1, Hamming diversity).

Departure: the penalty counts only where the path leaves a choice. A forced token, the end token and everything outside
the path are never penalised. Applied to those, as in ``generate``'s group beam search, it displaces the markers around
a path, or pushes groups to stop early.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from clew.decoding.search.port import Hypothesis, SearchProblem, Steps, conclude
from clew.decoding.search.tree import Row, SearchTree
from clew.tries.constraint import States

S = TypeVar("S", bound=States)


@dataclass(frozen=True, slots=True)
class DiverseBeam:
    """``width`` beams in ``groups``; group g avoids tokens that groups before it took at the same step, at ``penalty``
    nats each. Scores reported are without the penalty. One forward per step for all groups."""

    width: int = 10
    groups: int = 10
    penalty: float = 1.0

    def __post_init__(self) -> None:
        if self.groups < 1 or self.width % self.groups:
            raise ValueError("width must be a multiple of groups")
        if self.penalty < 0:
            raise ValueError("the penalty must be at least 0")

    def steps(self, problem: SearchProblem[S]) -> Steps[S]:
        """Yield one forward per step; the result holds the distinct paths of all groups, best first."""
        tree = SearchTree(problem, jump=False)
        rows = yield from tree.plant()
        beams = [list(rows) for _ in range(self.groups)]
        done: dict[tuple[int, tuple[int, ...]], Hypothesis[S]] = {}
        dropped, partial = -np.inf, False
        while any(beams):
            picks, left_out = self._choose(beams, tree)
            dropped = max(dropped, left_out)
            for row, i in {(id(r), i): (r, i) for group in picks for r, i in group if tree.is_end(r, i)}.values():
                h = tree.finish(row, i)
                done[h.start, h.tokens] = h
            live = {(id(r), i): (r, i) for group in picks for r, i in group if not tree.is_end(r, i)}
            if problem.budget.left(tree.diagnostics.expansions) < len(live):
                dropped, partial = max(dropped, *(float(r.keys[i]) for r, i in live.values())), True
                break
            grown = (yield from tree.expand(list(live.values()))) if live else []
            of = {(id(row.parent), row.choice): row for row in grown}
            beams = [[of[id(r), i] for r, i in group if (id(r), i) in of] for group in picks]
        best = sorted(done.values(), key=lambda h: (-h.score, h.start, h.tokens))
        return conclude(problem, best, dropped, partial, tree.diagnostics)

    def _choose(self, beams: list[list[Row[S]]], tree: SearchTree[S]) -> tuple[list[list[tuple[Row[S], int]]], float]:
        """Let each group choose in turn; return their choices and the best bound that no group chose."""
        per_group = self.width // self.groups
        taken: Counter[int] = Counter()
        picks: list[list[tuple[Row[S], int]]] = []
        chosen: set[tuple[int, int]] = set()
        for rows in beams:
            pool = [
                (-self._augmented(row, i, taken, tree), r, int(row.options[i]), row, i)
                for r, row in enumerate(rows)
                for i in range(len(row.options))
            ]
            pool.sort(key=lambda c: c[:3])
            group = [(row, i) for *_, row, i in pool[:per_group]]
            picks.append(group)
            chosen |= {(id(row), i) for row, i in group}
            taken.update(int(row.options[i]) for row, i in group if _free(row, i, tree))
        others = (
            float(row.keys[i])
            for row in {id(row): row for rows in beams for row in rows}.values()
            for i in range(len(row.options))
            if (id(row), i) not in chosen
        )
        return picks, max(others, default=-np.inf)

    def _augmented(self, row: Row[S], i: int, taken: Counter[int], tree: SearchTree[S]) -> float:
        key = float(row.keys[i])
        return key - self.penalty * taken[int(row.options[i])] if _free(row, i, tree) else key


def _free(row: Row[S], i: int, tree: SearchTree[S]) -> bool:
    return len(row.options) > 1 and not tree.is_end(row, i)
