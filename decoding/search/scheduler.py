"""Several questions per forward: searches over one model, served together.

Continuous batching (Yu et al. 2022, Orca, OSDI): every round joins what all live searches ask for into one forward;
searches that end leave at once and waiting ones take their place, so nobody waits for the slowest.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

import numpy as np

from clew.decoding.language_model import Context, Float32, Int32, Int64, Score
from clew.decoding.search.port import Forward, SearchOutcome, perform
from clew.kg import limits
from clew.kg.errors import ClewError

R = TypeVar("R", bound=SearchOutcome)


@runtime_checkable
class BatchModel(Protocol):
    """What a model offers beside ``LanguageModel`` if it can serve several contexts in one forward."""

    def extend_many(self, additions: Sequence[tuple[Any, Int64, Int32]]) -> list[Int64]:
        """Extend several trees in one forward."""

    def log_probs_many(self, requests: Sequence[tuple[Any, Int64, Int64, Int32]], score: Score) -> list[Float32]:
        """Score continuations in several trees."""


@dataclass(eq=False)
class Job(Generic[R]):
    """One search or sampler under way over its own context. ``result`` or ``error`` is set when it is ``done``."""

    steps: Generator[Forward, Float32, R]
    context: Context
    score: Score
    result: R | None = None
    error: Exception | None = None
    wanted: Forward | None = field(default=None, repr=False)
    model_seconds: float = 0.0
    begun: float = field(default_factory=perf_counter)

    @property
    def done(self) -> bool:
        """Whether it ended, well or not."""
        return self.result is not None or self.error is not None

    def resume(self, reply: Float32 | None) -> None:
        """Hand over the reply to what was wanted (None: begin) and learn what is wanted next."""
        try:
            self.wanted = self.steps.send(reply)  # type: ignore[arg-type]
        except StopIteration as stop:
            result: R = stop.value
            result.diagnostics.model_seconds = self.model_seconds
            result.diagnostics.total_seconds = perf_counter() - self.begun
            self.wanted, self.result = None, result
        except Exception as error:
            self.fail(error)

    def fail(self, error: Exception) -> None:
        """End with an error."""
        self.steps.close()
        self.wanted, self.error = None, error


class Scheduler:
    """Serves a queue of jobs over one model, at most ``max_active`` at a time. Not safe for use by two threads at once.

    A job's result equals that of running it alone (within the model's rounding). A job that fails fails alone.
    """

    def __init__(self, model: Any, max_active: int = limits.MAX_BATCHED_QUESTIONS) -> None:
        self._model, self._max_active = model, max_active
        self._batches = isinstance(model, BatchModel)
        self._waiting: deque[Job[Any]] = deque()
        self._active: list[Job[Any]] = []
        self.rounds = 0

    def __len__(self) -> int:
        return len(self._waiting) + len(self._active)

    def add(self, job: Job[Any]) -> None:
        """Queue a job; it joins the next round that has room."""
        self._waiting.append(job)

    def step(self) -> list[Job[Any]]:
        """Run one round; return the jobs that ended in it."""
        ended = self._admit()
        for group in _groups(self._active):
            for job, reply in zip(group, self._serve(group), strict=True):
                if reply is not None:
                    job.resume(reply)
        self.rounds += 1
        ended += [job for job in self._active if job.done]
        self._active = [job for job in self._active if not job.done]
        return ended

    def run(self, jobs: Sequence[Job[R]]) -> list[R]:
        """Run jobs to their ends and return their results in order; raises the first failed job's error."""
        for job in jobs:
            self.add(job)
        while any(not job.done for job in jobs):
            self.step()
        results = []
        for job in jobs:
            if job.error is not None:
                raise job.error
            assert job.result is not None
            results.append(job.result)
        return results

    def _admit(self) -> list[Job[Any]]:
        ended: list[Job[Any]] = []
        while self._waiting and len(self._active) < self._max_active:
            job = self._waiting.popleft()
            job.resume(None)
            (ended if job.done else self._active).append(job)
        return ended

    def _serve(self, jobs: list[Job[Any]]) -> list[Float32 | None]:
        """Answer what the jobs want; None for one that failed."""
        if not self._batches or len(jobs) == 1:
            return [self._alone(job) for job in jobs]
        begin = perf_counter()
        sizes = [len(job.context) for job in jobs]
        try:
            replies = self._together(jobs)
        except ClewError:  # too much for one forward, or one job's fault: find out which
            if any(len(job.context) != size for job, size in zip(jobs, sizes, strict=True)):
                raise
            return [self._alone(job) for job in jobs]
        for job in jobs:
            job.model_seconds += (perf_counter() - begin) / len(jobs)
        return replies

    def _together(self, jobs: list[Job[Any]]) -> list[Float32 | None]:
        wanted = [(job, job.wanted) for job in jobs if job.wanted is not None]
        additions = [(job.context, w.parents, w.tokens) for job, w in wanted if len(w.tokens)]
        if additions:
            self._model.extend_many(additions)
        replies: dict[int, Float32] = {id(job): np.empty(0, np.float32) for job in jobs}
        for score in Score:
            asked = [(job, w) for job, w in wanted if job.score is score and len(w.targets)]
            found = self._model.log_probs_many([(j.context, w.nodes, w.row_ptr, w.targets) for j, w in asked], score)
            replies |= {id(job): values for (job, _), values in zip(asked, found, strict=True)}
        return [replies[id(job)] for job in jobs]

    def _alone(self, job: Job[Any]) -> Float32 | None:
        assert job.wanted is not None
        begin = perf_counter()
        try:
            return perform(self._model, job.context, job.wanted, job.score)
        except Exception as error:
            job.fail(error)
            return None
        finally:
            job.model_seconds += perf_counter() - begin


def _groups(jobs: list[Job[Any]]) -> list[list[Job[Any]]]:
    """Split jobs so that no forward reads more than ``limits.MAX_FORWARD_TOKENS`` (one job's wish stays whole)."""
    groups: list[list[Job[Any]]] = []
    size = 0
    for job in jobs:
        n = len(job.wanted.tokens) if job.wanted is not None else 0
        if not groups or size + n > limits.MAX_FORWARD_TOKENS:
            groups.append([])
            size = 0
        groups[-1].append(job)
        size += n
    return groups
