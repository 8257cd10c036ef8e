"""One-pass scoring of the tree of relation paths: level by level, each level in one batched forward.

The constraint is asked at every step, so only paths of the graph are in the tree. Where a level outgrows its width,
its least likely prefixes are dropped, and the best of what was dropped is kept as a bound.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from decoding.embedded.model import RelationContext, RelationModel, log_softmax_rows, log_sum_exp
from decoding.language_model import Int32, Int64
from kg.errors import ConstraintViolation
from tries.constraint import Constraint, States

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
        depth, row = int(self.depth[path]), int(self.row[path])
        rows = [row]
        for level in range(depth, 0, -1):
            row = int(self.levels[level].parent[row])
            rows.append(row)
        return rows[::-1]

    def relations(self, path: int) -> tuple[int, ...]:
        """Return the directed relations of a path."""
        rows = self.rows_to(path)
        return tuple(int(self.levels[t].relation[row]) for t, row in enumerate(rows) if t > 0)


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
    """Score the relation paths from ``starts`` (rows of the constraint, one per topic).

    ``forbidden``: directed relations that the constraint never allows, which therefore do not count as missing.
    ``deadline`` is in ``time.monotonic`` seconds, looked at between levels. Raises ``ConstraintViolation`` if the
    constraint's tokens are not the model's.
    """
    if constraint.end_token != model.end_token:
        raise ConstraintViolation("the constraint's relations are not those of the model's graph")
    width = width or Width()
    count = len(starts)
    zero = np.zeros(count, np.int64)
    root = np.full(count, -1, np.int32)
    level = Level(starts, zero - 1, root, np.arange(count), np.zeros(count), zero, np.zeros(count))
    levels = [level]
    ends: list[tuple[Int64, Int64, Float64]] = []
    bound, partial = -np.inf, False
    for depth in range(max_hops + 1):
        ends.append(_score_level(model, context, constraint, levels, depth, forbidden))
        if depth == max_hops:
            break
        if deadline is not None and time.monotonic() > deadline:
            partial = True
            bound = max(bound, _onward_bound(level, model.end_token))
            break
        level, dropped = _next_level(constraint, level, width.inner if depth < max_hops - 1 else width.last)
        bound = max(bound, dropped)
        if not len(level):
            break
        levels.append(level)
    depths, rows, log_probs = (np.concatenate(parts) for parts in zip(*ends, strict=True))
    return PathTree(levels, depths, rows, log_probs, float(bound), partial)


def _score_level(
    model: RelationModel,
    context: RelationContext,
    constraint: Constraint[S],
    levels: list[Level[S]],
    depth: int,
    forbidden: frozenset[int],
) -> tuple[Int64, Int64, Float64]:
    """Fill in what the level's prefixes allow; return depth, row and log-probability of those that may end."""
    level = levels[depth]
    allowed = constraint.allowed(level.states)
    level.row_ptr, level.tokens = allowed.row_ptr, allowed.token_ids
    counts = np.diff(allowed.row_ptr)
    owners = allowed.rows()
    is_end = allowed.token_ids == model.end_token
    onward = np.zeros(len(level), np.bool_)
    onward[owners[~is_end]] = True
    asked = np.flatnonzero(onward)
    if depth > 0 and len(asked):
        parents = levels[depth - 1].nodes[level.parent[asked]]
        level.nodes[asked] = model.extend(context, parents, level.relation[asked])
    level.log_probs = np.zeros(len(level.tokens))  # a lone end is certain
    if len(asked):
        entries = onward[owners]
        row_ptr = np.concatenate([[0], np.cumsum(counts[asked])]).astype(np.int64)
        logits = model.logits(context, level.nodes[asked])
        rows = np.repeat(np.arange(len(asked)), counts[asked])
        picked = logits[rows, level.tokens[entries]]
        level.log_probs[entries] = log_softmax_rows(picked, row_ptr)
        logits[:, sorted(forbidden)] = -np.inf
        if depth == 0:
            logits[:, model.end_token] = -np.inf
        allowed_mass = np.logaddexp.reduceat(picked, row_ptr[:-1]) - log_sum_exp(logits)
        level.mass[asked] = np.minimum(level.mass[asked], np.minimum(allowed_mass, 0.0))
    ended = owners[is_end]
    return np.full(len(ended), depth), ended, level.log_prob[ended] + level.log_probs[is_end]


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
