"""The Search port: the best complete paths of a constraint under a language model.

A search is written as a generator that yields the forwards it needs and receives their log-probabilities. ``run``
drives one search over one context; a scheduler (``clew.decoding.search.scheduler``) drives many at once and joins their
forwards.

Laws (``clew.decoding.laws.search``): every hypothesis is complete and spells a path of the constraint; an ``exact``
result equals brute force; ``bound`` is never below the score of a path that was not returned; same input, same output.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, fields
from time import perf_counter
from typing import Any, Generic, Protocol, Self, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from clew.decoding.language_model import Context, Float32, Int32, Int64, LanguageModel, Score
from clew.decoding.search.objective import Objective, SumLogProb
from clew.decoding.search.shaper import Shaper
from clew.kg import limits
from clew.kg.time_limit import passed
from clew.tries.constraint import Constraint, States

Float64 = NDArray[np.float64]
S = TypeVar("S", bound=States)
C = TypeVar("C", bound=Context)


@dataclass(frozen=True, slots=True)
class Forward:
    """One request to the model: add ``tokens[i]`` below ``parents[i]`` (ids as in ``LanguageModel.extend``), then score
    ``targets[row_ptr[i]:row_ptr[i+1]]`` as continuations of ``nodes[i]``. Either part may be empty."""

    parents: Int64
    tokens: Int32
    nodes: Int64
    row_ptr: Int64
    targets: Int32


@dataclass(frozen=True, slots=True)
class Budget:
    """What one search may spend. ``deadline``: ``time.monotonic`` seconds; ``cancelled`` is asked between forwards."""

    expansions: int = limits.MAX_EXPANSIONS
    deadline: float | None = None
    cancelled: Callable[[], bool] | None = None

    def stopped(self) -> bool:
        """Whether the deadline passed or the search was cancelled."""
        return passed(self.deadline) or (self.cancelled is not None and self.cancelled())

    def left(self, spent: int) -> int:
        """Return how many expansions may still be made after ``spent``: none once ``stopped``."""
        return 0 if self.stopped() else max(0, self.expansions - spent)


@dataclass(frozen=True, slots=True)
class SearchProblem(Generic[S]):
    """What is searched. ``starts`` holds n rows; row i continues node ``nodes[i]`` of a context of ``size`` nodes,
    with initial log-probability ``log_probs[i]`` (nats, at most 0: a linking score, say). ``shaper`` weighs in on every
    decision; scores, bounds and certificates are then those of the shaped distribution."""

    constraint: Constraint[S]
    starts: S
    nodes: Int64
    log_probs: Float64
    size: int
    score: Score = Score.LOCAL
    k: int = 10
    budget: Budget = field(default_factory=Budget)
    objective: Objective = field(default_factory=SumLogProb)
    shaper: Shaper | None = None

    def __post_init__(self) -> None:
        if not (len(self.starts) == len(self.nodes) == len(self.log_probs)):
            raise ValueError("starts, nodes and log_probs must have one entry per start row")
        if self.k < 1:
            raise ValueError("k must be at least 1")
        if len(self.log_probs) and not np.all(self.log_probs <= 0):
            raise ValueError("initial log-probabilities must be at most 0")


Alternatives = tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class Hypothesis(Generic[S]):
    """A complete path: its start row, tokens (the end token last) and one log-probability per token (nats).

    ``log_prob`` is their sum plus the start's initial log-probability; ``score`` is what the objective makes of it.
    ``alternatives[j]`` are the continuations that were allowed but not taken at token j, best first, at most
    ``limits.MAX_ALTERNATIVES``; empty where the token was forced. ``states`` is the one complete constraint row.
    """

    start: int
    tokens: tuple[int, ...]
    token_log_probs: tuple[float, ...]
    log_prob: float
    score: float
    states: S
    alternatives: tuple[Alternatives, ...]


@dataclass(slots=True)
class Diagnostics:
    """What a search did and what it cost."""

    forwards: int = 0
    tokens: int = 0
    """Tokens run through the model, forced ones included."""
    forced_tokens: int = 0
    """Tokens that needed no decision (the only one allowed)."""
    expansions: int = 0
    scored: int = 0
    """Continuations scored."""
    dead: int = 0
    """Hypotheses dropped because nothing was allowed."""
    frontier: int = 0
    """Hypotheses left unexpanded at the end."""
    constraint_seconds: float = 0.0
    model_seconds: float = 0.0
    total_seconds: float = 0.0

    def add(self, other: Diagnostics) -> None:
        """Add what another search cost."""
        for f in fields(self):
            setattr(self, f.name, getattr(self, f.name) + getattr(other, f.name))

    def as_dict(self) -> dict[str, float]:
        """Return the fields by name."""
        return {f.name: float(getattr(self, f.name)) for f in fields(self)}


@dataclass(frozen=True, slots=True)
class SearchResult(Generic[S]):
    """What a search found.

    No complete path outside ``hypotheses`` scores above ``bound`` (``-inf``: there is none). ``exact``: the hypotheses
    are the k best (or all, if fewer exist). ``gap``: no path that was not returned scores more than this above the last
    one returned; 0 where exact, ``inf`` where nothing was returned though something may exist. ``partial``: a budget
    ended the search.
    """

    hypotheses: tuple[Hypothesis[S], ...]
    bound: float
    exact: bool
    gap: float
    partial: bool
    diagnostics: Diagnostics
    log_mass: float | None = None
    """Log of the summed probability of every complete path (over all starts), where the search scored them all: a
    path's probability among them is ``exp(log_prob - log_mass)``."""


class SearchOutcome(Protocol):
    """What any run over a model ends with."""

    @property
    def diagnostics(self) -> Diagnostics:
        """What it did and what it cost."""


R = TypeVar("R", bound=SearchOutcome)
Steps = Generator[Forward, Float32, SearchResult[S]]


class Search(Protocol):
    """A way to find the best complete paths."""

    def steps(self, problem: SearchProblem[S]) -> Steps[S]:
        """Yield forwards, receive for each the log-probabilities of its targets (nats), return the result."""


@runtime_checkable
class Searching(Protocol):
    """A reasoner that ranks paths with a search, which can be chosen for each question."""

    def searching(self, search: Search | None = None, score: Score | None = None) -> Self:
        """Return the same reasoner with another search or score (None: its own). Both share the model and whatever is
        prepared, and their questions share forwards."""


def perform(model: LanguageModel[C], context: C, forward: Forward, score: Score) -> Float32:
    """Run one forward on one context and return the log-probability of each target."""
    if len(forward.tokens):
        model.extend(context, forward.parents, forward.tokens)
    if not len(forward.targets):
        return np.empty(0, np.float32)
    return model.log_probs(context, forward.nodes, forward.row_ptr, forward.targets, score)


def run(search: Search, model: LanguageModel[C], context: C, problem: SearchProblem[S]) -> SearchResult[S]:
    """Run a search to its end over one context, which keeps the tree that the search built."""
    return drive(search.steps(problem), model, context, problem.score)


def drive(steps: Generator[Forward, Float32, R], model: LanguageModel[C], context: C, score: Score) -> R:
    """Serve the forwards that a search or a sampler asks for, until it returns."""
    begin = perf_counter()
    spent = 0.0
    reply: Any = None
    while True:
        try:
            forward = steps.send(reply)
        except StopIteration as stop:
            result: R = stop.value
            result.diagnostics.model_seconds = spent
            result.diagnostics.total_seconds = perf_counter() - begin
            return result
        before = perf_counter()
        reply = perform(model, context, forward, score)
        spent += perf_counter() - before


def conclude(
    problem: SearchProblem[S], best: list[Hypothesis[S]], unseen: float, partial: bool, diagnostics: Diagnostics
) -> SearchResult[S]:
    """Cut sorted hypotheses to the k best and state what is known of the rest; ``unseen`` bounds every other path."""
    kept, cut = best[: problem.k], best[problem.k :]
    bound = max([unseen, *(h.score for h in cut)])
    last = kept[-1].score if kept else -np.inf
    exact = bound == -np.inf or (len(kept) == problem.k and last >= bound)
    gap = 0.0 if exact else float(max(0.0, bound - last))
    return SearchResult(tuple(kept), float(bound), exact, gap, partial, diagnostics)
