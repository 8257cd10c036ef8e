"""Samplers: paths drawn at random, with weights that say what distribution they stand for.

Masking a model's tokens and renormalising step by step (the local score) draws from a distorted distribution: a token
is chosen without regard to how little the model likes everything that may follow it. The *conditional* distribution is
the model's own, given that the output is a path of the constraint. The samplers here reach it in three ways.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

from clew.decoding.language_model import Float32, Int32, Score
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Diagnostics, Float64, Forward, Hypothesis, Problem
from clew.decoding.search.tree import Row, SearchTree
from clew.decoding.token.shaper import Rows, shaped
from clew.kg import limits
from clew.tries.constraint import States, advance_allowed

S = TypeVar("S", bound=States)


@dataclass(frozen=True, slots=True)
class Sampling(Generic[S]):
    """Samples and their log-weights (``[n]``; 0 where unweighted). Expectations under the target distribution are
    weighted means; ``probabilities`` are the normalised weights. Fewer samples than asked for: ``partial``."""

    samples: tuple[Hypothesis[S], ...]
    log_weights: Float64
    partial: bool
    diagnostics: Diagnostics

    @property
    def probabilities(self) -> Float64:
        """The weights, normalised; shape ``[n]``."""
        if not len(self.log_weights):
            return np.empty(0)
        weights = np.exp(self.log_weights - self.log_weights.max())
        return np.asarray(weights / weights.sum(), np.float64)


Draws = Generator[Forward, Float32, Sampling[S]]


@dataclass(frozen=True, slots=True)
class ExactSampler:
    """Scores the whole trie in one pass, then draws paths independently in proportion to their exact probability:
    conditional or local, as ``problem.score`` says. For small tries; needs no weights."""

    n: int
    seed: int = 0
    max_nodes: int = limits.MAX_ONE_PASS_NODES

    def steps(self, problem: Problem[S]) -> Draws[S]:
        """Yield the forwards of one pass; return n draws."""
        whole = Problem(
            problem.constraint, problem.starts, problem.nodes, problem.log_probs, problem.size, problem.score,
            k=self.max_nodes, budget=problem.budget, shaper=problem.shaper,
        )  # fmt: skip
        result = yield from OnePass(self.max_nodes).steps(whole)
        paths = result.hypotheses
        if not paths:
            return Sampling((), np.empty(0), True, result.diagnostics)
        log_probs = np.array([h.log_prob for h in paths])
        weights = np.exp(log_probs - log_probs.max())
        picked = np.random.default_rng(self.seed).choice(len(paths), self.n, p=weights / weights.sum())
        return Sampling(tuple(paths[i] for i in picked), np.zeros(self.n), False, result.diagnostics)


class _Prefix(Generic[S]):
    """A row met while sampling, with an upper bound, per option, on the log of the share of the model's mass behind it
    that ends as a path (log c of Park et al. 2024, section 4)."""

    def __init__(self, row: Row[S]) -> None:
        self.row = row
        self.log_c = np.zeros(len(row.options))  # nothing explored yet: everything may be valid
        self.children: dict[int, _Prefix[S]] = {}

    @property
    def scores(self) -> Float64:
        """Log of p(token) x c(prefix + token), per option."""
        return self.row.option_log_probs + self.log_c

    @property
    def log_mass(self) -> float:
        """Bound on the log mass of valid completions from here."""
        return float(np.logaddexp.reduce(self.scores))


@dataclass(frozen=True, slots=True)
class ASApSampler:
    """Adaptive sampling with approximate expected futures (Park et al. 2024, arXiv 2405.21047, algorithm 1).

    Each draw follows p(token) x c(prefix + token), where c is an over-estimate of the share of the model's mass that
    stays valid behind a prefix: 1 where nothing is known, exact where everything was seen, and tightened along every
    path drawn. Draws approach the conditional distribution; ``burn_in`` of them are thrown away first.

    Departures: forced runs are followed in one forward; each sample comes with the log-weight p(path) / q(path) of the
    proposal that it was drawn from, so that even early draws are properly weighted. ``problem.score`` must be
    conditional: the local score has no mass to lose.
    """

    n: int
    seed: int = 0
    burn_in: int = 0

    def steps(self, problem: Problem[S]) -> Draws[S]:
        """Yield forwards as unseen prefixes are met; return n draws after the burn-in."""
        if problem.score is not Score.CONDITIONAL:
            raise ValueError(
                "ASAp samples from the conditional distribution: the score of the problem must be conditional"
            )
        tree: SearchTree[S] = SearchTree(problem)
        roots = [_Prefix(row) for row in (yield from tree.plant())]
        rng = np.random.default_rng(self.seed)
        drawn: list[tuple[Hypothesis[S], float]] = []
        while len(drawn) < self.burn_in + self.n:
            if problem.budget.left(tree.diagnostics.expansions) == 0:
                break
            if not any(root.log_mass > -np.inf for root in roots):
                break
            draw = yield from _draw(tree, roots, rng)
            drawn += [draw] if draw else []
        kept = drawn[self.burn_in :]
        weights = np.array([log_weight for _, log_weight in kept])
        return Sampling(tuple(h for h, _ in kept), weights, len(kept) < self.n, tree.diagnostics)


def _draw(
    tree: SearchTree[S], roots: list[_Prefix[S]], rng: np.random.Generator
) -> Generator[Forward, Float32, tuple[Hypothesis[S], float] | None]:
    """Draw one path and its log-weight; None where it ran into a dead end, which is then known as such."""
    entry = np.array([root.row.log_prob + root.log_mass for root in roots])
    i = _pick(entry, rng)
    at, log_q = roots[i], float(entry[i] - np.logaddexp.reduce(entry))
    visited: list[tuple[_Prefix[S], int]] = []
    while True:
        i = _pick(at.scores, rng)
        log_q += float(at.scores[i] - at.log_mass)
        visited.append((at, i))
        if tree.is_end(at.row, i):
            _learn(visited)
            sample = tree.finish(at.row, i)
            return sample, sample.log_prob - log_q
        if i not in at.children:
            rows = yield from tree.expand([(at.row, i)])
            if not rows:
                at.log_c[i] = -np.inf
                _learn(visited)
                return None
            at.children[i] = _Prefix(rows[0])
        at = at.children[i]


def _learn(visited: list[tuple[_Prefix[S], int]]) -> None:
    """Tighten the bounds along a drawn path, from its end upwards (Park et al. 2024, algorithm 1, line 15)."""
    for (above, i), (below, _) in reversed(list(pairwise(visited))):
        forced = sum(below.row.token_log_probs[1:])
        above.log_c[i] = min(0.0, forced + below.log_mass)


@dataclass(frozen=True, slots=True)
class RejectionSampler:
    """Adaptive weighted rejection sampling (Lipkin et al. 2025, arXiv 2504.05410, section 3).

    At each step tokens are drawn from the model's whole vocabulary without replacement until one is allowed; only
    drawn tokens are looked up in the constraint. The draw is exact for the local distribution, and an unbiased estimate
    of the allowed mass, got by drawing once more, multiplies into the weight, so that the weighted samples stand for
    the conditional distribution.

    Departure: the estimate is Raj's for draws without replacement (Raj 1956): p(accepted) + [the extra draw is allowed]
    x (1 - p of everything drawn before it). Given what was drawn its mean is the allowed mass, whatever was accepted.
    ``extra`` draws are averaged. Optional multinomial resampling is left to the caller (``Sampling.probabilities``).
    """

    n: int
    vocab_size: int
    seed: int = 0
    extra: int = 1

    def steps(self, problem: Problem[S]) -> Draws[S]:
        """Yield one forward per step for all samples together; return the n weighted samples."""
        if problem.score is not Score.CONDITIONAL:
            raise ValueError("rejection sampling draws from the model: the score of the problem must be conditional")
        rng = np.random.default_rng(self.seed)
        diagnostics = Diagnostics()
        walkers = [_Walker(problem, int(i)) for i in self._starts(problem, rng)]
        total = float(np.logaddexp.reduce(problem.log_probs)) if len(problem.log_probs) else -np.inf
        for walker in walkers:
            walker.log_weight = total
        size, live, everything = problem.size, list(walkers), np.arange(self.vocab_size, dtype=np.int32)
        while live:
            if problem.budget.left(diagnostics.expansions) == 0:
                break
            parents = np.array([w.node for w in live if w.tokens], np.int64)
            tokens = np.array([w.tokens[-1] for w in live if w.tokens], np.int32)
            for j, walker in enumerate(w for w in live if w.tokens):
                walker.node = size + j
            size += len(tokens)
            nodes = np.array([w.node for w in live], np.int64)
            row_ptr = np.arange(len(live) + 1, dtype=np.int64) * self.vocab_size
            reply = yield Forward(parents, tokens, nodes, row_ptr, np.tile(everything, len(live)))
            diagnostics.forwards += int(len(tokens) > 0)
            diagnostics.tokens += len(tokens)
            diagnostics.scored += len(reply)
            diagnostics.expansions += len(live)
            for walker, log_probs in zip(live, reply.reshape(len(live), -1), strict=True):
                walker.step(log_probs.astype(np.float64), self.extra, rng)
            diagnostics.dead += sum(w.dead for w in live)
            live = [w for w in live if not w.done and not w.dead]
        finished = [w for w in walkers if w.done]
        return Sampling(
            tuple(w.hypothesis() for w in finished),
            np.array([w.log_weight for w in finished]),
            len(finished) < self.n,
            diagnostics,
        )

    def _starts(self, problem: Problem[S], rng: np.random.Generator) -> list[int]:
        if not len(problem.starts):
            return []
        weights = np.exp(problem.log_probs - problem.log_probs.max())
        return [int(i) for i in rng.choice(len(weights), self.n, p=weights / weights.sum())]


class _Walker(Generic[S]):
    """One sample on its way."""

    def __init__(self, problem: Problem[S], start: int) -> None:
        self._problem, self.start = problem, start
        self.states = problem.starts.take(np.array([start], np.int64))
        self._allowed = problem.constraint.allowed(self.states)
        self.node = int(problem.nodes[start])
        self.tokens: list[int] = []
        self.log_probs: list[float] = []
        self.log_weight = 0.0
        self.done = self.dead = False

    def step(self, log_probs: Float64, extra: int, rng: np.random.Generator) -> None:
        """Draw the next token and update the weight; die, with weight zero, where nothing is allowed."""
        options = self._allowed.token_ids
        allowed = set(options.tolist())
        if self._problem.shaper is not None and len(options) > 1:
            rows = Rows(self.states, np.array([self.node]), np.array([0, len(options)]), options)
            log_probs[options] = shaped(self._problem.shaper, log_probs[options], rows)
        order = np.argsort(-(log_probs + rng.gumbel(size=len(log_probs))), kind="stable")
        drawn = 0.0
        accepted = -1
        for token in order.tolist():  # Gumbel order: draws without replacement
            if token in allowed:
                accepted = token
                break
            drawn += float(np.exp(log_probs[token]))
        if accepted < 0:
            self.dead, self.log_weight = True, -np.inf
            return
        p = float(np.exp(log_probs[accepted]))
        left = max(0.0, 1.0 - drawn - p)
        seen = set(order[: order.tolist().index(accepted) + 1].tolist())
        hits = sum(self._again(log_probs, seen, rng) in allowed for _ in range(extra)) / extra if left > 0 else 0.0
        self.log_weight += float(np.log(p + hits * left))
        self.tokens.append(accepted)
        self.log_probs.append(float(log_probs[accepted]))
        token_row: Int32 = np.array([accepted], np.int32)
        self.states, self._allowed = advance_allowed(self._problem.constraint, self.states, token_row)
        self.done = accepted == self._problem.constraint.end_token

    def _again(self, log_probs: Float64, seen: set[int], rng: np.random.Generator) -> int:
        rest = log_probs.copy()
        rest[list(seen)] = -np.inf
        return int(np.argmax(rest + rng.gumbel(size=len(rest)))) if np.isfinite(rest).any() else -1

    def hypothesis(self) -> Hypothesis[S]:
        """Return the complete path."""
        log_prob = float(self._problem.log_probs[self.start]) + sum(self.log_probs)
        score = float(self._problem.objective.final(np.array(log_prob), len(self.tokens)))
        none = tuple(() for _ in self.tokens)
        return Hypothesis(self.start, tuple(self.tokens), tuple(self.log_probs), log_prob, score, self.states, none)


def _pick(log_weights: Float64, rng: np.random.Generator) -> int:
    """Draw an index in proportion to exp(log_weights)."""
    return int(np.argmax(log_weights + rng.gumbel(size=len(log_weights))))
