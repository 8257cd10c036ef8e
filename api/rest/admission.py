"""Admission control: runs up to ``workers`` questions, queues up to ``waiting``, rejects the rest with 503."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import anyio.to_thread

from clew.api.schema.problems import Overloaded

T = TypeVar("T")


class Gate:
    """Runs work in threads, at most ``workers`` at a time. An instance belongs to one event loop."""

    def __init__(self, workers: int, waiting: int) -> None:
        self._capacity = workers + waiting
        self._limiter = anyio.CapacityLimiter(workers)
        self._inside = 0

    @property
    def inside(self) -> int:
        """The number of questions that are running or waiting."""
        return self._inside

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Admit one question. Raises ``Overloaded`` immediately if the queue is full."""
        if self._inside >= self._capacity:
            raise Overloaded(f"{self._inside} questions are running or waiting; retry in a few seconds")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def compute(self, work: Callable[[], T]) -> T:
        """Return the result of ``work`` for admitted questions. Waits for a free worker."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def run(self, work: Callable[[], T]) -> T:
        """Admit one question and return the result of ``work``. Raises ``Overloaded``."""
        with self.entered():
            return await self.compute(work)
