"""Beam search, the baseline of the field, with a bound on the paths that it dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from clew.decoding.search.port import Hypothesis, SearchProblem, Steps, conclude
from clew.decoding.search.tree import Row, SearchTree
from clew.tries.constraint import States

S = TypeVar("S", bound=States)


@dataclass(frozen=True, slots=True)
class Beam:
    """The ``width`` best prefixes advance by one token per forward; width 1 is greedy search.

    ``jump`` follows forced runs within a step. Hypotheses of one step then differ in length, so the result may differ
    from token-by-token beam search (under the local score, where forced tokens cost nothing, it is the fairer contest).
    """

    width: int = 10
    jump: bool = False

    def steps(self, problem: SearchProblem[S]) -> Steps[S]:
        """Yield one forward per step. The result is ``exact`` where nothing dropped could have beaten the k-th best."""
        tree = SearchTree(problem, self.jump)
        rows = yield from tree.plant()
        done: list[Hypothesis[S]] = []
        dropped, partial = -float("inf"), False
        while rows:
            kept, first_dropped = best_options(rows, self.width)
            dropped = max(dropped, first_dropped)
            done += [tree.finish(row, i) for row, i in kept if tree.is_end(row, i)]
            done.sort(key=lambda h: (-h.score, h.start, h.tokens))
            live = [(row, i) for row, i in kept if not tree.is_end(row, i)]
            best_live = max((float(row.keys[i]) for row, i in live), default=-float("inf"))
            enough = len(done) >= problem.k and done[problem.k - 1].score >= best_live
            partial = not enough and problem.budget.left(tree.diagnostics.expansions) < len(live)
            if enough or partial:
                dropped = max(dropped, best_live)
                tree.diagnostics.frontier = len(live)
                break
            rows = (yield from tree.expand(live)) if live else []
        return conclude(problem, done, dropped, partial, tree.diagnostics)


def best_options(rows: list[Row[S]], width: int) -> tuple[list[tuple[Row[S], int]], float]:
    """Return the ``width`` best continuations of all rows, best first (ties: row order, token id), and the best bound
    among those left out."""
    pool = [
        (-float(row.keys[i]), r, int(row.options[i]), row, i)
        for r, row in enumerate(rows)
        for i in range(min(width, len(row.options)))
    ]
    pool.sort(key=lambda c: c[:3])
    beyond = [float(row.keys[width]) for row in rows if len(row.options) > width]
    left_out = [-pool[width][0]] if len(pool) > width else []
    return [(row, i) for *_, row, i in pool[:width]], max(beyond + left_out, default=-float("inf"))
