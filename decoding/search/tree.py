"""The tree that a search grows: prefixes with their constraint rows, scores and scored continuations.

A ``Row`` is a prefix at which there is something to choose. Forced runs (tokens that are the only one allowed) are
followed inside one expansion, so that they cost one forward together with the token chosen before them, and no
decision. With ``lookahead`` a forward that would be small also reads what lies behind the prefixes asked for, before
anyone knows whether it will be wanted: a forward of a few tokens costs as much as one of a few dozen.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Generic, TypeVar

import numpy as np

from clew.decoding.language_model import Float32, Int32, Int64, Score
from clew.decoding.search.forced import follow
from clew.decoding.search.plan import ForwardPlan
from clew.decoding.search.port import Alternatives, Diagnostics, Float64, Forward, Hypothesis, SearchProblem
from clew.decoding.search.shaper import Rows, shaped
from clew.kg import limits
from clew.tries.constraint import Allowed, States

S = TypeVar("S", bound=States)
Grow = Generator[Forward, Float32, list["Row[S]"]]
Heuristic = Callable[[States], Float64]
"""Upper bounds (at most 0, nats) on the log-probability that any completion of each row still adds."""


@dataclass(slots=True, eq=False)
class Row(Generic[S]):
    """A prefix: what its parent row had, then ``tokens`` (the chosen one, then forced ones).

    ``options`` are the allowed next tokens by falling ``keys`` (upper bounds on the score of what lies behind each;
    the final score for the end token), ties by token id; ``option_log_probs`` are theirs, nats. ``children`` are the
    rows behind options that a lookahead has read already (None: nothing is allowed there).
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
    order: Int64
    children: dict[int, Row[S] | None] = field(default_factory=dict)


@dataclass(slots=True)
class _Seed(Generic[S]):
    """A prefix to be read: ``head`` (a chosen token, or nothing at a start) below a model node. Where its parent row is
    not scored yet, ``above`` is its place in the wave before (else -1) and ``choice`` counts unsorted options."""

    parent: Row[S] | None
    above: int
    choice: int
    start: int
    head: tuple[int, ...]
    node: int


@dataclass(slots=True)
class _Wave(Generic[S]):
    """Seeds read together, their states after forced runs, the runs, what is allowed after them, places in the plan."""

    seeds: list[_Seed[S]]
    states: S
    runs: list[list[int]]
    options: list[Int32]
    places: list[int]


class SearchTree(Generic[S]):
    """Grows rows over one problem. ``jump`` follows forced runs; without it each token is a decision (the slow
    reference that tests compare with)."""

    def __init__(self, problem: SearchProblem[S], jump: bool = True, heuristic: Heuristic | None = None) -> None:
        self.problem = problem
        self.diagnostics = Diagnostics()
        self._constraint = problem.constraint
        self._end = int(problem.constraint.end_token)
        self._jump = jump
        self._heuristic = heuristic
        self._size = problem.size

    def plant(self, lookahead: int = 0) -> Grow[S]:
        """Return the rows of the problem's starts; starts from which nothing is allowed are left out."""
        problem = self.problem
        seeds: list[_Seed[S]] = [_Seed(None, -1, -1, i, (), int(problem.nodes[i])) for i in range(len(problem.starts))]
        if not seeds:
            return []
        return (yield from self._grow(seeds, problem.starts, self._constraint.allowed(problem.starts), lookahead))

    def expand(self, picks: Sequence[tuple[Row[S], int]], lookahead: int = 0) -> Grow[S]:
        """Return the rows behind option ``i`` of each row; never the end token's. Dead ones are left out.

        ``lookahead``: read on behind them, in the same forward, until it holds this many tokens.
        """
        seeds = [_Seed(row, -1, i, row.start, (int(row.options[i]),), row.node) for row, i in picks]
        begin = perf_counter()
        states, allowed = self._advance([row for row, _ in picks], np.array([s.head[0] for s in seeds], np.int32))
        self.diagnostics.constraint_seconds += perf_counter() - begin
        self.diagnostics.expansions += len(picks)
        return (yield from self._grow(seeds, states, allowed, lookahead))

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

    def _advance(self, rows: list[Row[S]], tokens: Int32) -> tuple[S, Allowed]:
        """Advance one state per row, and say what is allowed then; rows of the same block are taken together."""
        by_block: dict[int, list[int]] = {}
        for j, row in enumerate(rows):
            by_block.setdefault(id(row.block), []).append(j)
        gathered: S | None = None
        for members in by_block.values():
            part = rows[members[0]].block.take(np.array([rows[j].index for j in members], np.int64))
            gathered = part if gathered is None else gathered.append(part)
        assert gathered is not None
        place = np.empty(len(rows), np.int64)
        place[[j for members in by_block.values() for j in members]] = np.arange(len(rows))
        return self._constraint.advance_allowed(gathered.take(place), tokens)

    def _grow(self, seeds: list[_Seed[S]], states: S, allowed: Allowed, lookahead: int) -> Grow[S]:
        begin = perf_counter()
        plan = ForwardPlan(self._size, self.problem.score is Score.LOCAL, self._end)
        waves = [self._wave(seeds, states, allowed, plan)]
        while plan.num_tokens < lookahead and (deeper := self._below(waves[-1], plan, lookahead)):
            waves.append(deeper)
        self.diagnostics.constraint_seconds += perf_counter() - begin
        forward = plan.forward()
        self._size += len(forward.tokens)
        self.diagnostics.forwards += int(len(forward.tokens) > 0)
        self.diagnostics.tokens += len(forward.tokens)
        self.diagnostics.scored += len(forward.targets)
        reply = np.empty(0, np.float32)
        if len(forward.tokens) or len(forward.targets):
            reply = yield forward
        scores = np.minimum(np.asarray(reply, np.float64), 0.0)
        asked = above = self._score(waves[0], [], plan, scores)
        for wave in waves[1:]:
            above = self._score(wave, above, plan, scores)
        return [row for row in asked if row is not None]

    def _wave(
        self, seeds: list[_Seed[S]], states: S, allowed: Allowed, plan: ForwardPlan, most: int | None = None
    ) -> _Wave[S]:
        """Follow the seeds' forced runs and plan them, in order; with ``most``, only what that many tokens allow."""
        states, runs, options = follow(self._constraint, states, allowed, self._jump)
        if most is not None:
            costs = [plan.cost(s.head, r, o) for s, r, o in zip(seeds, runs, options, strict=True)]
            fits = np.flatnonzero(plan.num_tokens + np.cumsum(costs) <= most)
            seeds, runs, options = [seeds[i] for i in fits], [runs[i] for i in fits], [options[i] for i in fits]
            states = states.take(fits)
        places = [plan.add(s.node, s.head, r, o) for s, r, o in zip(seeds, runs, options, strict=True)]
        return _Wave(seeds, states, runs, options, places)

    def _below(self, wave: _Wave[S], plan: ForwardPlan, most: int) -> _Wave[S] | None:
        """Plan what lies behind a wave, whole rows only, in its order; None where nothing fits."""
        seeds: list[_Seed[S]] = []
        owners: list[int] = []
        for j, options in enumerate(wave.options):
            going = np.flatnonzero(options != self._end)
            if len(going) and plan.num_tokens + len(seeds) + len(going) <= most:
                node, start = plan.ends[wave.places[j]], wave.seeds[j].start
                seeds += [_Seed(None, j, int(o), start, (int(options[o]),), node) for o in going]
                owners += [j] * len(going)
        if not seeds:
            return None
        tokens = np.array([s.head[0] for s in seeds], np.int32)
        states, allowed = self._constraint.advance_allowed(wave.states.take(np.array(owners, np.int64)), tokens)
        deeper = self._wave(seeds, states, allowed, plan, most)
        return deeper if deeper.seeds else None

    def _score(
        self, wave: _Wave[S], above: list[Row[S] | None], plan: ForwardPlan, scores: Float64
    ) -> list[Row[S] | None]:
        """Make the wave's rows, one per seed (None: dead), and hang them below the rows of the wave before."""
        ceilings = self._heuristic(wave.states) if self._heuristic is not None else None
        shares = self._shares(wave, plan, scores)
        rows: list[Row[S] | None] = []
        for i, seed in enumerate(wave.seeds):
            parent = above[seed.above] if seed.above >= 0 else seed.parent
            if parent is not None and seed.above >= 0:
                seed.choice = int(np.flatnonzero(parent.order == seed.choice)[0])
            node, ceiling = plan.ends[wave.places[i]], None if ceilings is None else float(ceilings[i])
            row = self._row(seed, parent, wave, i, shares[i], node, ceiling)
            rows.append(row)
            if parent is not None and seed.above >= 0:
                parent.children[seed.choice] = row
        return rows

    def _shares(self, wave: _Wave[S], plan: ForwardPlan, scores: Float64) -> list[tuple[Float64, Float64]]:
        """Return, per seed, the log-probabilities of its forced tokens and of its options, the latter shaped."""
        shares = [plan.split(place, scores) for place in wave.places]
        shaper = self.problem.shaper
        chosen = [i for i, options in enumerate(wave.options) if len(options) > 1] if shaper is not None else []
        if chosen:
            row_ptr = np.cumsum([0, *(len(wave.options[i]) for i in chosen)]).astype(np.int64)
            nodes = np.array([plan.ends[wave.places[i]] for i in chosen], np.int64)
            tokens = np.concatenate([wave.options[i] for i in chosen])
            rows = Rows(wave.states.take(np.array(chosen, np.int64)), nodes, row_ptr, tokens)
            found = shaped(shaper, np.concatenate([shares[i][1] for i in chosen]), rows)
            for i, a, b in zip(chosen, row_ptr, row_ptr[1:], strict=False):
                shares[i] = (shares[i][0], found[a:b])
        return shares

    def _row(
        self,
        seed: _Seed[S],
        parent: Row[S] | None,
        wave: _Wave[S],
        i: int,
        share: tuple[Float64, Float64],
        node: int,
        ceiling: float | None,
    ) -> Row[S] | None:
        options, run = wave.options[i], wave.runs[i]
        self.diagnostics.forced_tokens += len(run)
        if not len(options):
            self.diagnostics.dead += 1
            return None
        forced, log_probs = share
        above = float(self.problem.log_probs[seed.start]) if parent is None else parent.log_prob
        head = () if parent is None else (float(parent.option_log_probs[seed.choice]),)
        total = above + sum(head) + float(forced.sum())
        length = (0 if parent is None else parent.length + 1) + len(run)
        most = np.inf if ceiling is None else total + ceiling
        keys = self._keys(options, total + log_probs, most, length + 1)
        order = np.lexsort((options, -keys))
        return Row(
            parent,
            seed.choice,
            seed.start,
            seed.head + tuple(run),
            head + tuple(forced.tolist()),
            total,
            length,
            node,
            wave.states,
            i,
            options[order],
            log_probs[order],
            keys[order],
            order,
        )

    def _keys(self, options: Int32, log_probs: Float64, most: float, length: int) -> Float64:
        """Return the options' keys; ``most`` bounds the log-probability of every completion."""
        objective, at_end = self.problem.objective, options == self._end
        keys = objective.bound(np.minimum(log_probs, most), length)
        return np.where(at_end, objective.final(log_probs, length), keys) if at_end.any() else keys


def _one(row: Row[S]) -> S:
    return row.block.take(np.array([row.index], np.int64))


def _not_taken(row: Row[S], taken: int) -> Alternatives:
    others = [i for i in range(min(len(row.options), limits.MAX_ALTERNATIVES + 1)) if i != taken]
    kept = others[: limits.MAX_ALTERNATIVES]
    return tuple((int(row.options[i]), float(row.option_log_probs[i])) for i in kept)
