"""Best-first search: the k best paths, exactly, with a certificate.

Always expanding the prefix with the best upper bound makes the first k complete paths that come out the k best (A*:
Hart, Nilsson and Raphael 1968; for sequence models Meister, Vieira and Cotterell 2020, arXiv 2007.03909). It departs
from the plain algorithm in three ways: the ``batch`` best prefixes are expanded in one forward; forced runs are
followed inside an expansion; a row's continuations enter the queue one by one, so a hub costs one queue entry.
"""

from __future__ import annotations

import heapq
from bisect import insort
from dataclasses import dataclass
from typing import Generic, TypeVar

from clew.decoding.search.port import SearchProblem, SearchResult, Steps, conclude
from clew.decoding.search.tree import Heuristic, Row, SearchTree
from clew.tries.constraint import States

S = TypeVar("S", bound=States)


@dataclass(frozen=True, slots=True)
class BestFirst:
    """Exact k-best search.

    ``batch``: prefixes expanded per forward; more means fewer forwards and more wasted tokens. ``lookahead``: a forward
    with fewer tokens than this also reads behind the prefixes that it expands (worth 32 or more where a forward is
    costly whatever its size). ``jump`` follows forced runs.
    """

    batch: int = 16
    jump: bool = True
    heuristic: Heuristic | None = None
    lookahead: int = 0

    def steps(self, problem: SearchProblem[S]) -> Steps[S]:
        """Yield forwards until the k-th best score reaches the frontier's bound, or the budget is spent."""
        tree = SearchTree(problem, self.jump, self.heuristic)
        frontier: _Frontier[S] = _Frontier(problem.k)
        frontier.push((yield from tree.plant(self.lookahead)))
        partial = False
        while not frontier.certified():
            left = problem.budget.left(tree.diagnostics.expansions)
            picks = frontier.pop(min(self.batch, left), left, tree)
            if not picks:
                partial = not frontier.certified()
                break
            frontier.push((yield from tree.expand(picks, self.lookahead)))
        return frontier.result(tree, partial)


class _Frontier(Generic[S]):
    """Unexpanded continuations by falling bound, and the best complete paths so far."""

    def __init__(self, k: int) -> None:
        self._k = k
        self._heap: list[tuple[float, int, Row[S], int]] = []
        self._pushed = 0
        self._done: list[tuple[float, int, Row[S], int]] = []

    @property
    def bound(self) -> float:
        """Upper bound on every complete path that was not reached yet."""
        return -self._heap[0][0] if self._heap else -float("inf")

    def certified(self) -> bool:
        """Whether nothing unseen can beat the k-th best path."""
        return not self._heap or (len(self._done) >= self._k and -self._done[self._k - 1][0] >= self.bound)

    def push(self, rows: list[Row[S]]) -> None:
        """Add the best continuation of each row; its next one follows when that is taken."""
        for row in rows:
            self._add(row, 0)

    def pop(self, n: int, left: int, tree: SearchTree[S]) -> list[tuple[Row[S], int]]:
        """Take up to n continuations to expand. Complete ones met on the way are put aside as done, and those that a
        lookahead has read are opened, which spends the ``left`` expansions like any other."""
        picks: list[tuple[Row[S], int]] = []
        while not self.certified() and (len(picks) < min(n, left) or tree.is_end(*self._heap[0][2:])):
            key, order, row, i = heapq.heappop(self._heap)
            if i + 1 < len(row.options):
                self._add(row, i + 1)
            if tree.is_end(row, i):
                insort(self._done, (key, order, row, i), key=lambda d: (d[0], d[1]))
            elif i in row.children:
                left -= 1
                tree.diagnostics.expansions += 1
                child = row.children[i]
                self.push([child] if child is not None else [])
            else:
                picks.append((row, i))
        return picks

    def _add(self, row: Row[S], i: int) -> None:
        heapq.heappush(self._heap, (-float(row.keys[i]), self._pushed, row, i))
        self._pushed += 1

    def result(self, tree: SearchTree[S], partial: bool) -> SearchResult[S]:
        """Return the k best complete paths and what bounds the rest."""
        tree.diagnostics.frontier = len(self._heap)
        best = [tree.finish(row, i) for _, _, row, i in self._done[: self._k + 1]]
        best.sort(key=lambda h: (-h.score, h.start, h.tokens))
        return conclude(tree.problem, best, self.bound, partial, tree.diagnostics)
