"""The door that questions pass: a few at a time are computed, a bounded number wait, the rest are told to come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import anyio
import anyio.to_thread

from clew.api.schema.problems import Overloaded

T = TypeVar("T")


class Gate:
    """Runs work in threads, at most ``workers`` at a time. Belongs to one event loop."""

    def __init__(self, workers: int, waiting: int) -> None:
        self._capacity = workers + waiting
        self._limiter = anyio.CapacityLimiter(workers)
        self._inside = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Count one question as inside. Raises ``Overloaded`` at once when too many already are."""
        if self._inside >= self._capacity:
            raise Overloaded(f"{self._inside} questions are being answered or waiting; ask again in a moment")
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def compute(self, work: Callable[[], T]) -> T:
        """Return what ``work`` gives, for questions that have entered; it waits for a free worker."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def run(self, work: Callable[[], T]) -> T:
        """Enter, and return what ``work`` gives. Raises ``Overloaded``."""
        with self.entered():
            return await self.compute(work)
