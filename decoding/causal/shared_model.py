"""Shares one language model among threads, by joining their requests in common forward passes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np

from clew.decoding.causal.token_model import TokenModel
from clew.decoding.causal.token_tree import TokenTree
from clew.decoding.language_model import Int32, Int64
from clew.decoding.search.scheduler import Job, Scheduler
from clew.kg import limits
from clew.kg.errors import LimitReached

R = TypeVar("R")
TURN_SECONDS = 0.02
"""How long a thread waits for its turn before it looks whether another one has done its work meanwhile."""


class Task(ABC, Generic[R]):
    """One piece of work on its way through the model: a prompt, then a search or a text after it."""

    def __init__(self) -> None:
        self.prompt: list[int] = []
        self.result: R | None = None
        self.error: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether it ended, well or not."""
        return self.result is not None or self.error is not None

    @property
    @abstractmethod
    def cancelled(self) -> bool:
        """Whether nobody wants it any more."""

    @abstractmethod
    def open(self) -> None:
        """Make the prompt, and what else is needed."""

    def branches(self) -> tuple[Int64, Int32]:
        """Return the parents and tokens that branch from the prompt's end."""
        return np.empty(0, np.int64), np.empty(0, np.int32)

    @abstractmethod
    def job(self, context: TokenTree) -> Job[Any]:
        """Return the run over a context that holds the prompt and the branches."""

    @abstractmethod
    def conclude(self, outcome: Any) -> R:
        """Return the result that the ended run means."""

    @abstractmethod
    def withdrawn(self) -> R:
        """Return the result of a task that was cancelled before it began: ``partial``, and nothing found."""


class SharedModel:
    """Safe for threads, which it makes the model: whoever holds the lock works for all until its own work is done."""

    def __init__(self, lm: TokenModel) -> None:
        self.lm = lm
        self.lock = Lock()
        self._pending: deque[Task[Any]] = deque()
        self._running: dict[int, tuple[Task[Any], TokenTree]] = {}
        self._scheduler = Scheduler(lm)

    def run(self, tasks: Sequence[Task[R]]) -> list[R]:
        """Run tasks in shared forwards, together with those of other threads; raises the first failed one's error."""
        self._pending.extend(tasks)
        for task in tasks:
            while not task.done:
                if not self.lock.acquire(timeout=TURN_SECONDS):
                    continue
                try:
                    while not task.done:
                        self._work()
                finally:
                    self.lock.release()
        for task in tasks:
            if task.error is not None:
                raise task.error
        return [task.result for task in tasks if task.result is not None]

    def _work(self) -> None:
        """Admit waiting tasks, run one round of forwards, and hand out what is finished."""
        try:
            self._admit()
            ended = self._scheduler.step()
        except Exception as error:  # nothing that runs can be trusted to go on: fail it all, and start afresh
            for task, _ in self._running.values():
                task.error = error
            self._running.clear()
            self._scheduler = Scheduler(self.lm)
            return
        for job in ended:
            self._finish(job)

    def _finish(self, job: Job[Any]) -> None:
        task, context = self._running.pop(id(job))
        self.lm.release(context)
        try:
            if job.error is not None:
                raise job.error
            task.result = task.conclude(job.result)
        except Exception as error:
            task.error = error

    def _admit(self) -> None:
        room = limits.MAX_BATCHED_QUESTIONS - len(self._running)
        waiting = [self._pending.popleft() for _ in range(min(room, len(self._pending)))]
        for task in waiting:
            if task.cancelled:
                task.result = task.withdrawn()
        if wanted := [task for task in waiting if not task.done]:
            self._start(wanted)

    def _start(self, tasks: list[Task[Any]]) -> None:
        """Read the tasks' prompts together and queue their runs. If that fails, do it one by one, so that it fails for
        the one at fault only."""
        try:
            for task in tasks:
                task.open()
            contexts = self.lm.encode_tokens([task.prompt for task in tasks])
            branches = [(context, *task.branches()) for task, context in zip(tasks, contexts, strict=True)]
            self.lm.extend_many([addition for addition in branches if len(addition[2])])
            jobs = [task.job(context) for task, context in zip(tasks, contexts, strict=True)]
        except BaseException as error:
            if len(tasks) > 1 and isinstance(error, Exception):
                for task in tasks:
                    self._start([task])
                return
            for task in tasks:
                task.error = error if isinstance(error, Exception) else LimitReached("the question was interrupted")
            if not isinstance(error, Exception):
                raise
            return
        for task, context, job in zip(tasks, contexts, jobs, strict=True):
            self._running[id(job)] = (task, context)
            self._scheduler.add(job)
