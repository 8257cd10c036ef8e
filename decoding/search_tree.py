"""The tree that a search grows: prefixes with their constraint rows, scores and scored continuations.

A ``Row`` is a prefix at which there is something to choose. Forced runs (tokens that are the only one allowed) are
followed inside one expansion, so that they cost one forward together with the token chosen before them, and no
decision.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Generic, TypeVar

import numpy as np

from decoding.language_model import Float32, Int32, Int64, Score
from decoding.search import Alternatives, Diagnostics, Float64, Forward, Hypothesis, Problem
from kg import limits
from tries.constraint import States

S = TypeVar("S", bound=States)
Grow = Generator[Forward, Float32, list["Row[S]"]]
Heuristic = Callable[[States], Float64]
"""Upper bounds (at most 0, nats) on the log-probability that any completion of each row still adds."""


@dataclass(slots=True)
class Row(Generic[S]):
    """A prefix: what its parent row had, then ``tokens`` (the chosen one, then forced ones).

    ``options`` are the allowed next tokens by falling ``keys`` (upper bounds on the score of what lies behind each;
    the final score for the end token), ties by token id; ``option_log_probs`` are theirs, nats.
    """

    parent: Row[S] | None
    choice: int
    start: int
    tokens: tuple[int, ...]
    token_log_probs: tuple[float, ...]
    log_prob: float
    length: int
    node: int
    block: S
    index: int
    options: Int32
    option_log_probs: Float64
    keys: Float64


@dataclass(slots=True)
class _Seed(Generic[S]):
    parent: Row[S] | None
    choice: int
    start: int
    head: tuple[int, ...]
    head_log_probs: tuple[float, ...]
    log_prob: float
    length: int
    node: int


class SearchTree(Generic[S]):
    """Grows rows over one problem. ``jump`` follows forced runs; without it each token is a decision (the slow
    reference that tests compare with)."""

    def __init__(self, problem: Problem[S], jump: bool = True, heuristic: Heuristic | None = None) -> None:
        self.problem = problem
        self.diagnostics = Diagnostics()
        self._constraint = problem.constraint
        self._end = int(problem.constraint.end_token)
        self._jump = jump
        self._heuristic = heuristic
        self._size = problem.size

    def plant(self) -> Grow[S]:
        """Return the rows of the problem's starts; starts from which nothing is allowed are left out."""
        problem = self.problem
        seeds: list[_Seed[S]] = [
            _Seed(None, -1, i, (), (), float(problem.log_probs[i]), 0, int(problem.nodes[i]))
            for i in range(len(problem.starts))
        ]
        return (yield from self._grow(seeds, problem.starts)) if seeds else []

    def expand(self, picks: Sequence[tuple[Row[S], int]]) -> Grow[S]:
        """Return the rows behind option ``i`` of each row; never the end token's. Dead ones are left out."""
        seeds = []
        for row, i in picks:
            log_prob = float(row.option_log_probs[i])
            token = int(row.options[i])
            seeds.append(
                _Seed(row, i, row.start, (token,), (log_prob,), row.log_prob + log_prob, row.length + 1, row.node)
            )
        begin = perf_counter()
        states = self._advance([row for row, _ in picks], np.array([s.head[0] for s in seeds], np.int32))
        self.diagnostics.constraint_seconds += perf_counter() - begin
        self.diagnostics.expansions += len(picks)
        return (yield from self._grow(seeds, states))

    def finish(self, row: Row[S], i: int) -> Hypothesis[S]:
        """Return the complete hypothesis that option ``i`` of the row, the end token, makes."""
        tokens: list[int] = [int(row.options[i])]
        log_probs: list[float] = [float(row.option_log_probs[i])]
        alternatives: list[Alternatives] = [_not_taken(row, i)]
        at: Row[S] | None = row
        while at is not None:
            tokens[:0], log_probs[:0] = at.tokens, at.token_log_probs
            chosen = [_not_taken(at.parent, at.choice)] if at.parent is not None else []
            alternatives[:0] = chosen + [()] * (len(at.tokens) - len(chosen))
            at = at.parent
        total = row.log_prob + log_probs[-1]
        states = self._constraint.advance(_one(row), np.array([self._end], np.int32))
        return Hypothesis(
            row.start, tuple(tokens), tuple(log_probs), total, float(row.keys[i]), states, tuple(alternatives)
        )

    def is_end(self, row: Row[S], i: int) -> bool:
        """Return whether option ``i`` closes the path."""
        return int(row.options[i]) == self._end

    def _advance(self, rows: list[Row[S]], tokens: Int32) -> S:
        """Advance one state per row; rows of the same block are taken together."""
        block: S | None = None
        position: dict[int, int] = {}
        order = np.empty(len(rows), np.int64)
        by_block: dict[int, list[int]] = {}
        for j, row in enumerate(rows):
            by_block.setdefault(id(row.block), []).append(j)
        for members in by_block.values():
            part = rows[members[0]].block.take(np.array([rows[j].index for j in members], np.int64))
            for j in members:
                position[j] = len(position)
            block = part if block is None else block.append(part)
        assert block is not None
        for j, p in position.items():
            order[j] = p
        return self._constraint.advance(block.take(order), tokens)

    def _grow(self, seeds: list[_Seed[S]], states: S) -> Grow[S]:
        begin = perf_counter()
        states, runs, options = self._follow(states)
        self.diagnostics.constraint_seconds += perf_counter() - begin
        plan = _Plan(self._size, self.problem.score is Score.LOCAL, self._end)
        for seed, run, allowed in zip(seeds, runs, options, strict=True):
            plan.add(seed.node, seed.head, run, allowed)
        forward = plan.forward()
        self._count(forward, runs)
        reply = np.empty(0, np.float32)
        if len(forward.tokens) or len(forward.targets):
            reply = yield forward
        scores = np.minimum(np.asarray(reply, np.float64), 0.0)
        ceilings = self._heuristic(states) if self._heuristic is not None else None
        rows = []
        for i, seed in enumerate(seeds):
            if not len(options[i]):
                continue
            forced, of_options = plan.split(i, scores)
            ceiling = np.inf if ceilings is None else seed.log_prob + float(forced.sum()) + float(ceilings[i])
            rows.append(self._row(seed, runs[i], forced, plan.ends[i], states, i, options[i], of_options, ceiling))
        return rows

    def _row(
        self,
        seed: _Seed[S],
        run: list[int],
        forced: Float64,
        node: int,
        states: S,
        index: int,
        options: Int32,
        log_probs: Float64,
        ceiling: float,
    ) -> Row[S]:
        objective = self.problem.objective
        total = seed.log_prob + float(forced.sum())
        length = seed.length + len(run)
        at_end = options == self._end
        behind = objective.bound(np.minimum(total + log_probs, ceiling), length + 1)
        keys = np.where(at_end, objective.final(total + log_probs, length + 1) if at_end.any() else 0.0, behind)
        order = np.lexsort((options, -keys))
        return Row(
            seed.parent,
            seed.choice,
            seed.start,
            seed.head + tuple(run),
            seed.head_log_probs + tuple(forced.tolist()),
            total,
            length,
            node,
            states,
            index,
            options[order],
            log_probs[order],
            keys[order],
        )

    def _follow(self, states: S) -> tuple[S, list[list[int]], list[Int32]]:
        """Follow forced runs: return the rows' last states, their forced tokens and what is allowed after them."""
        n = len(states)
        runs: list[list[int]] = [[] for _ in range(n)]
        options: list[Int32] = [np.empty(0, np.int32)] * n
        active = np.arange(n, dtype=np.int64)
        done: S | None = None
        settled: list[Int64] = []
        current = states
        while len(active):
            allowed = self._constraint.allowed(current)
            counts = np.diff(allowed.row_ptr)
            first = np.full(len(active), self._end, np.int64)
            first[counts > 0] = allowed.token_ids[allowed.row_ptr[:-1][counts > 0]]
            forced = (counts == 1) & (first != self._end) & self._jump
            stay, go = np.flatnonzero(~forced), np.flatnonzero(forced)
            for j in stay:
                options[active[j]] = allowed.row(int(j))
            part = current.take(stay)
            done = part if done is None else done.append(part)
            settled.append(active[stay])
            for j in go:
                runs[active[j]].append(int(first[j]))
            current = self._constraint.advance(current.take(go), first[go].astype(np.int32)) if len(go) else current
            active = active[go]
        assert done is not None
        place = np.empty(n, np.int64)
        place[np.concatenate(settled)] = np.arange(n)
        return done.take(place), runs, options

    def _count(self, forward: Forward, runs: list[list[int]]) -> None:
        self._size += len(forward.tokens)
        self.diagnostics.forwards += int(len(forward.tokens) > 0)
        self.diagnostics.tokens += len(forward.tokens)
        self.diagnostics.scored += len(forward.targets)
        self.diagnostics.forced_tokens += sum(map(len, runs))


class _Plan:
    """Collects what a batch of prefixes needs from the model, and hands each its share of the reply."""

    def __init__(self, size: int, local: bool, end: int) -> None:
        self._size, self._local, self._end = size, local, end
        self._parents: list[int] = []
        self._tokens: list[int] = []
        self._nodes: list[int] = []
        self._targets: list[Int32] = []
        self._shares: list[tuple[int, int, int]] = []
        self._scored = 0
        self.ends: list[int] = []

    def add(self, node: int, head: tuple[int, ...], run: list[int], options: Int32) -> None:
        """Plan one prefix: ``head`` (already scored) and ``run`` (forced) below ``node``, then its options."""
        begin = self._scored
        # Under the local score a lone option has probability 1. Where that is the end token nothing grows here any
        # more, so the model need not even read the prefix.
        if not len(options) or (self._local and len(options) == 1 and options[0] == self._end):
            self.ends.append(-1)
            self._shares.append((begin, len(run), -1 if len(options) else 0))
            return
        at = node
        for j, token in enumerate((*head, *run)):
            if j >= len(head) and not self._local:
                self._ask(at, np.array([token], np.int32))
            self._parents.append(at)
            self._tokens.append(token)
            at = self._size + len(self._tokens) - 1
        self._ask(at, options)
        self.ends.append(at)
        self._shares.append((begin, len(run), len(options)))

    def _ask(self, node: int, targets: Int32) -> None:
        self._nodes.append(node)
        self._targets.append(targets)
        self._scored += len(targets)

    def forward(self) -> Forward:
        """Return the whole batch's request."""
        row_ptr = np.zeros(len(self._targets) + 1, np.int64)
        np.cumsum([len(t) for t in self._targets], out=row_ptr[1:])
        targets = np.concatenate(self._targets).astype(np.int32) if self._targets else np.empty(0, np.int32)
        return Forward(
            np.array(self._parents, np.int64),
            np.array(self._tokens, np.int32),
            np.array(self._nodes, np.int64),
            row_ptr,
            targets,
        )

    def split(self, i: int, scores: Float64) -> tuple[Float64, Float64]:
        """Return the log-probabilities of prefix i's forced tokens and of its options."""
        begin, run, options = self._shares[i]
        if options == -1:
            return np.zeros(run), np.zeros(1)
        if self._local:
            return np.zeros(run), scores[begin : begin + options]
        return scores[begin : begin + run], scores[begin + run : begin + run + options]


def _one(row: Row[S]) -> S:
    return row.block.take(np.array([row.index], np.int64))


def _not_taken(row: Row[S], taken: int) -> Alternatives:
    others = [i for i in range(min(len(row.options), limits.MAX_ALTERNATIVES + 1)) if i != taken]
    kept = others[: limits.MAX_ALTERNATIVES]
    return tuple((int(row.options[i]), float(row.option_log_probs[i])) for i in kept)
