"""Samplers that no setting selects: one for small tries, by which the others are tested, one for constraints that are
costly to ask, of which Clew has none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from clew.decoding.language_model import Int32, Score
from clew.decoding.search.one_pass import OnePass
from clew.decoding.search.port import Diagnostics, Float64, Forward, Hypothesis, SearchProblem
from clew.decoding.search.sampling import Draws, Sampling
from clew.decoding.search.shaper import Rows, shaped
from clew.kg import limits
from clew.tries.constraint import States

S = TypeVar("S", bound=States)


@dataclass(frozen=True, slots=True)
class ExactSampler:
    """Scores the whole trie in one pass, then draws paths independently in proportion to their exact probability:
    conditional or local, as ``problem.score`` says. For small tries; needs no weights."""

    n: int
    seed: int = 0
    max_nodes: int = limits.MAX_ONE_PASS_NODES

    def steps(self, problem: SearchProblem[S]) -> Draws[S]:
        """Yield the forwards of one pass; return n draws."""
        whole = SearchProblem(
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

    def steps(self, problem: SearchProblem[S]) -> Draws[S]:
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

    def _starts(self, problem: SearchProblem[S], rng: np.random.Generator) -> list[int]:
        if not len(problem.starts):
            return []
        weights = np.exp(problem.log_probs - problem.log_probs.max())
        return [int(i) for i in rng.choice(len(weights), self.n, p=weights / weights.sum())]


class _Walker(Generic[S]):
    """One sample on its way."""

    def __init__(self, problem: SearchProblem[S], start: int) -> None:
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
        self.states, self._allowed = self._problem.constraint.advance_allowed(self.states, token_row)
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
