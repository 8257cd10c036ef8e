"""One-pass scoring of the tree of relation paths: level by level, each level in one batched forward.

The constraint is asked at every step, so only paths of the graph are in the tree. Where a level outgrows its width,
its least likely prefixes are dropped, and the best of what was dropped is kept as a bound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from clew.decoding.embedded.network.gru import distinct_rows
from clew.decoding.embedded.search.model import RelationContext, RelationModel, log_softmax_rows, log_sum_exp
from clew.decoding.language_model import Int32, Int64
from clew.kg.errors import ConstraintViolation
from clew.kg.time_limit import OutOfTime, limited, passed
from clew.tries.constraint import Allowed, Constraint, States

Float64 = NDArray[np.float64]
S = TypeVar("S", bound=States)
NO_NODE = -1


@dataclass(frozen=True, slots=True)
class Width:
    """Prefixes kept at levels that go on (each costs a decoder step), and at the last level (cheaper)."""

    inner: int = 256
    last: int = 1024


@dataclass(slots=True)
class Level(Generic[S]):
    """The n prefixes of one depth. ``parent``: rows of the level above; ``relation``: what each took (-1 at the root);
    ``start``: topic rows; ``nodes``: context nodes (-1: not run through the decoder, nothing goes on from there).

    ``row_ptr``, ``tokens``, ``log_probs``: what each prefix allows next and its local log-probability (nats).
    ``mass``: the least log-probability, over the prefix's decisions so far and its next one, that the model gives to
    what the graph allows against all its relations: low where the question asks for what is not there.
    """

    states: S
    parent: Int64
    relation: Int32
    start: Int64
    log_prob: Float64
    nodes: Int64
    mass: Float64
    row_ptr: Int64 = field(default_factory=lambda: np.zeros(1, np.int64))
    tokens: Int32 = field(default_factory=lambda: np.empty(0, np.int32))
    log_probs: Float64 = field(default_factory=lambda: np.empty(0))

    def __len__(self) -> int:
        return len(self.parent)

    def take(self, rows: Int64) -> Level[S]:
        """Return the prefixes at these rows, in this order, before anything was asked about them."""
        states, log_prob, nodes = self.states.take(rows), self.log_prob[rows], self.nodes[rows]
        return Level(states, self.parent[rows], self.relation[rows], self.start[rows], log_prob, nodes, self.mass[rows])


@dataclass(slots=True)
class PathTree(Generic[S]):
    """Every complete path met: ``depth`` and ``row`` name its last prefix, ``log_prob`` its local log-probability.

    ``bound``: the greatest log-probability of a dropped or unexpanded prefix (-inf: every path is here);
    ``partial``: time ran out.
    """

    levels: list[Level[S]]
    depth: Int64
    row: Int64
    log_prob: Float64
    bound: float
    partial: bool

    def __len__(self) -> int:
        return len(self.depth)

    @property
    def mass(self) -> Float64:
        """Each path's ``Level.mass``."""
        found = np.zeros(len(self))
        for depth in np.unique(self.depth).tolist():
            at = self.depth == depth
            found[at] = self.levels[depth].mass[self.row[at]]
        return found

    def rows_to(self, path: int) -> list[int]:
        """Return the path's row at each level, from the root's on."""
        row = int(self.row[path])
        rows = [row]
        for level in range(int(self.depth[path]), 0, -1):
            row = int(self.levels[level].parent[row])
            rows.append(row)
        return rows[::-1]

    def relations(self, path: int) -> tuple[int, ...]:
        """Return the directed relations of a path."""
        row, found = int(self.row[path]), []
        for level in self.levels[int(self.depth[path]) : 0 : -1]:
            found.append(int(level.relation[row]))
            row = int(level.parent[row])
        return tuple(reversed(found))


@dataclass(frozen=True, slots=True)
class LevelSearch(Generic[S]):
    """What one question may say: a constraint, the rows to start from (one per topic), hops, width, and when to stop.

    ``forbidden``: directed relations that the constraint never allows, which therefore do not count as missing.
    ``deadline`` is in ``time.monotonic`` seconds, looked at between levels and by the constraint, as is ``cancelled``.
    """

    constraint: Constraint[S]
    starts: S
    max_hops: int
    width: Width = field(default_factory=Width)
    deadline: float | None = None
    forbidden: frozenset[int] = frozenset()
    cancelled: Callable[[], bool] | None = None

    def stopped(self) -> bool:
        """Whether time is up or the question was withdrawn."""
        return passed(self.deadline) or (self.cancelled is not None and self.cancelled())


def score_tree(
    model: RelationModel,
    context: RelationContext,
    constraint: Constraint[S],
    starts: S,
    max_hops: int,
    width: Width | None = None,
    deadline: float | None = None,
    forbidden: frozenset[int] = frozenset(),
) -> PathTree[S]:
    """Score the relation paths of a context's only question; see ``Search`` and ``score_trees``."""
    search = LevelSearch(constraint, starts, max_hops, width or Width(), deadline, forbidden)
    return score_trees(model, context, [search])[0]


def score_trees(
    model: RelationModel,
    context: RelationContext,
    searches: Sequence[LevelSearch[S]],
    questions: Sequence[int] | None = None,
) -> list[PathTree[S]]:
    """Score the relation paths of question ``questions[i]`` (default: i) of the context within ``searches[i]``.

    The levels of all searches are scored together, and what several of them share is scored once: searches for the
    same question differ only in what they may say.

    Raises ``ConstraintViolation`` if a constraint's tokens are not the model's.
    """
    if any(search.constraint.end_token != model.end_token for search in searches):
        raise ConstraintViolation("the constraint's relations are not those of the model's graph")
    roots = range(len(searches)) if questions is None else questions
    growing = [_Growth(search, root) for search, root in zip(searches, roots, strict=True)]
    for depth in range(max((search.max_hops for search in searches), default=0) + 1):
        alive = [growth for growth in growing if not growth.done]
        _score_levels(model, context, alive, depth)
        for growth in alive:
            growth.descend(depth)
    return [growth.tree() for growth in growing]


class _Growth(Generic[S]):
    """The tree of one question while it grows."""

    def __init__(self, search: LevelSearch[S], root: int) -> None:
        self.search = search
        count = len(search.starts)
        above, unset = np.full(count, -1, np.int64), np.full(count, -1, np.int32)
        nodes, zeros = np.full(count, root, np.int64), np.zeros(count)
        self.levels = [Level(search.starts, above, unset, np.arange(count), zeros, nodes, zeros.copy())]
        self.done = False
        self._end_token = search.constraint.end_token
        self._ends: list[tuple[Int64, Int64, Float64]] = []
        self._bound, self._partial = -np.inf, False

    def open(self) -> Int64:
        """Ask the constraint what the last level's prefixes allow; return the rows of those that go on."""
        allowed = self._ask()
        level = self.levels[-1]
        level.row_ptr, level.tokens = allowed.row_ptr, allowed.token_ids
        level.log_probs = np.zeros(len(level.tokens))  # a lone end is certain
        onward = np.zeros(len(level), np.bool_)
        onward[allowed.rows()[level.tokens != self._end_token]] = True
        return np.flatnonzero(onward)

    def _ask(self) -> Allowed:
        """Ask the constraint about the last level's prefixes, the likeliest first, twice as many each time. Those that
        time does not suffice for are dropped."""
        level, parts, asked = self.levels[-1], list[Allowed](), 0
        order = np.argsort(-level.log_prob, kind="stable")
        try:
            with limited(self.search.stopped):
                while asked < len(order):
                    some = order[asked : 2 * asked + 1]
                    parts.append(self.search.constraint.allowed(level.states.take(some)))
                    asked += len(some)
        except OutOfTime:
            self._partial = True
            self._bound = max(self._bound, float(level.log_prob[order[asked]]))
            self.levels[-1] = level.take(np.sort(order[:asked]))
        return Allowed.joined(parts).take(np.argsort(order[:asked]))

    def score(self, asked: Int64, logits: Float64) -> None:
        """Take the logits ``[len(asked), 2R + 1]`` after the rows that go on; they are overwritten."""
        level = self.levels[-1]
        counts = np.diff(level.row_ptr)[asked]
        row_ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        rows = np.repeat(np.arange(len(asked)), counts)
        entries = np.arange(len(rows)) + np.repeat(level.row_ptr[asked] - row_ptr[:-1], counts)
        picked = logits[rows, level.tokens[entries]]
        level.log_probs[entries] = log_softmax_rows(picked, row_ptr)
        logits[:, sorted(self.search.forbidden)] = -np.inf
        if len(self.levels) == 1:
            logits[:, self._end_token] = -np.inf
        allowed_mass = np.logaddexp.reduceat(picked, row_ptr[:-1]) - log_sum_exp(logits)
        level.mass[asked] = np.minimum(level.mass[asked], np.minimum(allowed_mass, 0.0))

    def descend(self, depth: int) -> None:
        """Note the paths that end here, and go a level down where there is one."""
        search, level = self.search, self.levels[-1]
        at = np.flatnonzero(level.tokens == self._end_token)
        ended = np.searchsorted(level.row_ptr, at, side="right") - 1
        self._ends.append((np.full(len(ended), depth), ended, level.log_prob[ended] + level.log_probs[at]))
        if depth == search.max_hops:
            self.done = True
            return
        if self._partial or search.stopped():
            self.done = self._partial = True
            self._bound = max(self._bound, _onward_bound(level, self._end_token))
            return
        width = search.width.inner if depth < search.max_hops - 1 else search.width.last
        below, dropped = _next_level(search.constraint, level, width)
        self._bound = max(self._bound, dropped)
        self.done = not len(below)
        if not self.done:
            self.levels.append(below)

    def tree(self) -> PathTree[S]:
        depths, rows, log_probs = (np.concatenate(parts) for parts in zip(*self._ends, strict=True))
        return PathTree(self.levels, depths, rows, log_probs, float(self._bound), self._partial)


def _score_levels(model: RelationModel, context: RelationContext, growing: Sequence[_Growth[S]], depth: int) -> None:
    """Score what the last levels' prefixes allow: those of all questions in one forward."""
    asked = [growth.open() for growth in growing]
    ends = np.cumsum([len(rows) for rows in asked])
    if not len(ends) or not ends[-1]:
        return
    levels = [growth.levels[-1] for growth in growing]
    if depth > 0:
        above = [growth.levels[-2].nodes for growth in growing]
        parents = [up[level.parent[rows]] for up, level, rows in zip(above, levels, asked, strict=True)]
        taken = [level.relation[rows] for level, rows in zip(levels, asked, strict=True)]
        nodes = _extended(model, context, np.concatenate(parents), np.concatenate(taken))
        for level, rows, found in zip(levels, asked, np.split(nodes, ends[:-1]), strict=True):
            level.nodes[rows] = found
    nodes = np.concatenate([level.nodes[rows] for level, rows in zip(levels, asked, strict=True)])
    first, place = distinct_rows(nodes)
    logits = model.logits(context, nodes[first])[place]
    for growth, rows, scores in zip(growing, asked, np.split(logits, ends[:-1]), strict=True):
        if len(rows):
            growth.score(rows, scores)


def _extended(model: RelationModel, context: RelationContext, parents: Int64, taken: Int32) -> Int64:
    """Return the node of each relation below its parent; searches that share a prefix share its node."""
    first, place = distinct_rows(parents * model.vocab_size + taken)
    found: Int64 = model.extend(context, parents[first], taken[first])[place]
    return found


def _next_level(constraint: Constraint[S], level: Level[S], width: int) -> tuple[Level[S], float]:
    """Return the level below and the best log-probability of what the width dropped."""
    owners = np.repeat(np.arange(len(level), dtype=np.int64), np.diff(level.row_ptr))
    entries = np.flatnonzero(level.tokens != constraint.end_token)
    log_prob = level.log_prob[owners[entries]] + level.log_probs[entries]
    dropped = -np.inf
    if len(entries) > width:
        order = np.lexsort((entries, -log_prob))
        dropped = float(log_prob[order[width]])
        kept = np.sort(order[:width])
        entries, log_prob = entries[kept], log_prob[kept]
    rows, taken = owners[entries], level.tokens[entries]
    states = constraint.advance(level.states.take(rows), taken)
    unset = np.full(len(rows), NO_NODE, np.int64)
    return Level(states, rows, taken, level.start[rows], log_prob, unset, level.mass[rows].copy()), dropped


def _onward_bound(level: Level[S], end_token: int) -> float:
    owners = np.repeat(np.arange(len(level), dtype=np.int64), np.diff(level.row_ptr))
    onward = level.tokens != end_token
    found = level.log_prob[owners[onward]] + level.log_probs[onward]
    return float(found.max()) if len(found) else -np.inf
