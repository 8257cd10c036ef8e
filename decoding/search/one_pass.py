"""One-pass scoring of a whole small trie: every path's exact score from one forward.

The exact-extract idea of Castel et al. 2021 (arXiv 2108.05857), which scores every span of a passage, carried to a trie
of paths: the trie is laid out as a tree of tokens and read at once, so every path has its exact score and
hence its exact probability among all paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from clew.decoding.language_model import Int32, Int64, Score
from clew.decoding.search.port import (
    Alternatives,
    Diagnostics,
    Float64,
    Forward,
    Hypothesis,
    SearchProblem,
    SearchResult,
    Steps,
    conclude,
)
from clew.decoding.search.shaper import Rows, shaped
from clew.kg import limits
from clew.kg.errors import LimitReached
from clew.tries.constraint import Bool, States

S = TypeVar("S", bound=States)


@dataclass(frozen=True, slots=True)
class OnePass:
    """Scores every path of a constraint. ``max_nodes`` bounds the trie; ``chunk`` is the tokens read per forward.
    All or nothing: out of time, or cancelled, it is ``partial`` and empty.

    Raises:
        LimitReached: the constraint spells more than ``max_nodes`` prefixes; use ``BestFirst`` there.
    """

    max_nodes: int = limits.MAX_ONE_PASS_NODES
    chunk: int = limits.MAX_FORWARD_TOKENS

    def steps(self, problem: SearchProblem[S]) -> Steps[S]:
        """Yield the forwards over the whole trie (one, up to ``chunk`` tokens) and return the k best of all paths."""
        trie = Trie.enumerate(problem, self.max_nodes)
        if trie is None:
            return _unfinished(Diagnostics())
        diagnostics = Diagnostics(expansions=len(trie.token))
        log_probs = np.zeros(len(trie.token))
        forwards = trie.forwards(problem, self.chunk)
        for forward, scored in forwards:
            if problem.budget.stopped():
                return _unfinished(diagnostics)
            diagnostics.forwards += int(len(forward.tokens) > 0)
            diagnostics.tokens += len(forward.tokens)
            diagnostics.scored += len(forward.targets)
            reply = yield forward
            log_probs[scored] = np.minimum(reply, 0.0)
        log_probs = trie.shaped(problem, log_probs)
        totals = trie.totals(problem, log_probs)
        ends = np.flatnonzero(trie.token == problem.constraint.end_token)
        finals = np.empty(len(ends))
        for depth in np.unique(trie.depth[ends]):
            at = trie.depth[ends] == depth
            finals[at] = problem.objective.final(totals[ends[at]], int(depth))
        order = np.argsort(-finals, kind="stable")[: problem.k + 1]
        best = [trie.hypothesis(problem, log_probs, totals, int(ends[i]), float(finals[i])) for i in order]
        best.sort(key=lambda h: (-h.score, h.start, h.tokens))
        result = conclude(problem, best, -np.inf, False, diagnostics)
        mass = float(np.logaddexp.reduce(totals[ends])) if len(ends) else -np.inf
        return type(result)(
            result.hypotheses, result.bound, result.exact, result.gap, False, diagnostics, log_mass=mass
        )


def _unfinished(diagnostics: Diagnostics) -> SearchResult[S]:
    return SearchResult((), np.inf, False, np.inf, True, diagnostics)


@dataclass(frozen=True, slots=True)
class Trie(Generic[S]):
    """Every prefix of a constraint, parents first. Entry i: ``token[i]`` below entry ``parent[i]`` (below start
    ``-1 - parent[i]`` where negative), ``depth[i]`` tokens deep."""

    token: Int32
    parent: Int64
    depth: Int64
    levels: tuple[S, ...]
    level_start: tuple[int, ...]

    @classmethod
    def enumerate(cls, problem: SearchProblem[S], max_nodes: int) -> Trie[S] | None:
        """List the prefixes level by level; None if the budget stops it."""
        constraint, end = problem.constraint, problem.constraint.end_token
        states, owner = problem.starts, -1 - np.arange(len(problem.starts), dtype=np.int64)
        tokens, parents, depths = [np.empty(0, np.int32)], [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        levels, starts, size, depth = [], [], 0, 0
        while len(owner):
            if problem.budget.stopped():
                return None
            allowed = constraint.allowed(states)
            rows = allowed.rows()
            if size + len(rows) > max_nodes:
                raise LimitReached(
                    f"the constraint has more than {max_nodes} prefixes, too many to score in one pass; "
                    "use the search best-first"
                )
            states = constraint.advance(states.take(rows), allowed.token_ids)
            depth += 1
            tokens.append(allowed.token_ids)
            parents.append(owner[rows])
            depths.append(np.full(len(rows), depth, np.int64))
            levels.append(states)
            starts.append(size)
            inner = np.flatnonzero(allowed.token_ids != end)
            owner = size + inner
            size += len(rows)
            states = states.take(inner)
        return cls(
            np.concatenate(tokens), np.concatenate(parents), np.concatenate(depths), tuple(levels), tuple(starts)
        )

    def forwards(self, problem: SearchProblem[S], chunk: int) -> list[tuple[Forward, Int64]]:
        """Return the requests, each with the entries whose log-probabilities it gives."""
        n_starts = len(problem.starts)
        node = self._nodes(problem)
        inner = np.flatnonzero(node >= 0)
        above = self._above(problem, node)
        by_parent = np.argsort(self.parent, kind="stable")
        sorted_parents = self.parent[by_parent]
        requests = []
        for begin in range(0, max(len(inner), 1), chunk):
            part = inner[begin : begin + chunk]
            scoring = np.concatenate([-1 - np.arange(n_starts), part]) if begin == 0 else part
            first = np.searchsorted(sorted_parents, scoring, "left")
            counts = np.searchsorted(sorted_parents, scoring, "right") - first
            if problem.score is Score.LOCAL:  # a lone continuation has probability 1: nothing to ask
                scoring, first, counts = scoring[counts > 1], first[counts > 1], counts[counts > 1]
            row_ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
            entries = by_parent[np.repeat(first - row_ptr[:-1], counts) + np.arange(row_ptr[-1])]
            nodes = problem.nodes[np.clip(-1 - scoring, 0, n_starts - 1)]
            nodes[scoring >= 0] = node[scoring[scoring >= 0]]
            requests.append((Forward(above[part], self.token[part], nodes, row_ptr, self.token[entries]), entries))
        return requests if n_starts else []

    def _nodes(self, problem: SearchProblem[S]) -> Int64:
        """Return the model's node of each entry; -1 where it need not be read."""
        inner = np.flatnonzero(self.token != problem.constraint.end_token)
        if problem.score is Score.LOCAL:
            inner = inner[self._leads_to_choice()[inner]]
        node = np.full(len(self.token), -1, np.int64)
        node[inner] = problem.size + np.arange(len(inner))
        return node

    def shaped(self, problem: SearchProblem[S], log_probs: Float64) -> Float64:
        """Return each entry's log-probability under the problem's shaper, level by level."""
        if problem.shaper is None:
            return log_probs
        above = self._above(problem, self._nodes(problem))
        found = log_probs.copy()
        for level in range(len(self.levels)):
            entries = np.flatnonzero(self.depth == level + 1)
            parents = self.parent[entries]
            first = np.flatnonzero(np.concatenate([[True], parents[1:] != parents[:-1]])[: len(parents)])
            counts = np.diff(np.append(first, len(parents)))
            entries, first = entries[np.repeat(counts > 1, counts)], first[counts > 1]
            owners = parents[first]
            at = -1 - owners if level == 0 else owners - self.level_start[level - 1]
            states = (problem.starts if level == 0 else self.levels[level - 1]).take(at)
            row_ptr = np.concatenate([[0], np.cumsum(counts[counts > 1])]).astype(np.int64)
            rows = Rows(states, above[entries[row_ptr[:-1]]] if len(first) else first, row_ptr, self.token[entries])
            found[entries] = shaped(problem.shaper, log_probs[entries], rows)
        return found

    def totals(self, problem: SearchProblem[S], log_probs: Float64) -> Float64:
        """Return each prefix's summed log-probability, its start's included."""
        totals = np.empty(len(self.token))
        for depth in range(1, int(self.depth.max(initial=0)) + 1):
            at = np.flatnonzero(self.depth == depth)
            parents = self.parent[at]
            above = totals[parents] if depth > 1 else problem.log_probs[-1 - parents]
            totals[at] = above + log_probs[at]
        return totals

    def hypothesis(
        self, problem: SearchProblem[S], log_probs: Float64, totals: Float64, entry: int, score: float
    ) -> Hypothesis[S]:
        """Return the complete path that ends in an entry."""
        level = int(self.depth[entry]) - 1
        states = self.levels[level].take(np.array([entry - self.level_start[level]], np.int64))
        path = []
        at = entry
        while at >= 0:
            path.append(at)
            at = int(self.parent[at])
        path.reverse()
        return Hypothesis(
            -1 - at,
            tuple(self.token[path].tolist()),
            tuple(log_probs[path].tolist()),
            float(totals[entry]),
            score,
            states,
            tuple(self._not_taken(log_probs, i) for i in path),
        )

    def _leads_to_choice(self) -> Bool:
        """Return, per entry, whether anything is decided after it; what is forced to its end needs no model locally."""
        children = np.bincount(self.parent[self.parent >= 0], minlength=len(self.token))
        leads = children > 1
        for depth in range(int(self.depth.max(initial=0)), 1, -1):
            at = np.flatnonzero((self.depth == depth) & leads)
            leads[self.parent[at]] = True
        return leads

    def _above(self, problem: SearchProblem[S], node: Int64) -> Int64:
        """Return the model node above each entry."""
        if not len(self.parent):
            return self.parent
        start = problem.nodes[np.clip(-1 - self.parent, 0, len(problem.nodes) - 1)]
        return np.where(self.parent >= 0, node[np.clip(self.parent, 0, None)], start)

    def _not_taken(self, log_probs: Float64, entry: int) -> Alternatives:
        siblings = np.flatnonzero((self.parent == self.parent[entry]) & (np.arange(len(self.parent)) != entry))
        order = siblings[np.lexsort((self.token[siblings], -log_probs[siblings]))][: limits.MAX_ALTERNATIVES]
        return tuple((int(self.token[i]), float(log_probs[i])) for i in order)
