"""Samplers: paths drawn at random, with weights that say what distribution they stand for.

Masking a model's tokens and renormalising step by step (the local score) draws from a distorted distribution: a token
is chosen without regard to how little the model likes everything that may follow it. The *conditional* distribution is
the model's own, given that the output is a path of the constraint. ``ASApSampler`` reaches it by and by; two more
samplers stand in ``clew.decoding.reference.samplers``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic, TypeVar

import numpy as np

from clew.decoding.language_model import Float32, Score
from clew.decoding.search.port import Diagnostics, Float64, Forward, Hypothesis, SearchProblem, Steps, conclude
from clew.decoding.search.tree import Row, SearchTree
from clew.kg import limits
from clew.tries.constraint import States

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

    def steps(self, problem: SearchProblem[S]) -> Draws[S]:
        """Yield forwards as unseen prefixes are met; return n draws after the burn-in."""
        if problem.score is not Score.CONDITIONAL:
            raise ValueError(
                "ASAp samples from the conditional distribution: the score of the problem must be conditional"
            )
        return (yield from _draws(problem, self.burn_in + self.n, self.seed, self.burn_in))


@dataclass(frozen=True, slots=True)
class SampledPaths:
    """A ``Search`` by sampling: ``draws`` paths are drawn and the k likeliest of them returned, each once.

    Draws are those of ``ASApSampler`` under the conditional score, and independent ones under the local score, which
    has no mass to lose. A path that was not drawn has at most the probability that the drawn ones leave: that bounds
    it, and makes the result ``exact`` where each of k paths has more. ``rounding`` is the part of all probability that
    the bound allows for sums of the model's float32 numbers.
    """

    draws: int = limits.SAMPLED_PATHS
    seed: int = 0
    rounding: float = 1e-4

    def steps(self, problem: SearchProblem[S]) -> Steps[S]:
        """Yield forwards as unseen prefixes are met; return the k likeliest paths drawn."""
        drawn = yield from _draws(problem, self.draws, self.seed)
        distinct = {(h.start, h.tokens): h for h in drawn.samples}.values()
        best = sorted(distinct, key=lambda h: (-h.score, h.start, h.tokens))
        spent = problem.budget.left(drawn.diagnostics.expansions) == 0
        unseen = self._unseen(problem, best) if best or spent else -np.inf  # else every way on was seen to be dead
        return conclude(problem, best, unseen, drawn.partial and spent, drawn.diagnostics)

    def _unseen(self, problem: SearchProblem[S], drawn: list[Hypothesis[S]]) -> float:
        """Return a bound on the score of every path that was not drawn."""
        total = float(np.exp(problem.log_probs).sum())
        left = total * (1 + self.rounding) - sum(float(np.exp(h.log_prob)) for h in drawn)
        log_prob = np.log(max(left, total * self.rounding)) if total > 0 else -np.inf
        return float(problem.objective.bound(np.array(log_prob), 1))


def _draws(problem: SearchProblem[S], n: int, seed: int, burn_in: int = 0) -> Draws[S]:
    """Draw n paths one after the other, the first ``burn_in`` of which are thrown away."""
    tree: SearchTree[S] = SearchTree(problem)
    roots = [_Prefix(row) for row in (yield from tree.plant())]
    rng = np.random.default_rng(seed)
    drawn: list[tuple[Hypothesis[S], float]] = []
    while len(drawn) < n:
        if problem.budget.left(tree.diagnostics.expansions) == 0:
            break
        if not any(root.log_mass > -np.inf for root in roots):
            break
        draw = yield from _draw(tree, roots, rng)
        drawn += [draw] if draw else []
    kept = drawn[burn_in:]
    weights = np.array([log_weight for _, log_weight in kept])
    return Sampling(tuple(h for h, _ in kept), weights, len(drawn) < n, tree.diagnostics)


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


def _pick(log_weights: Float64, rng: np.random.Generator) -> int:
    """Draw an index in proportion to exp(log_weights)."""
    return int(np.argmax(log_weights + rng.gumbel(size=len(log_weights))))
