"""The door that questions pass: a few at a time are computed, a bounded number wait, the rest are told to come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from api.problems import Overloaded

T = TypeVar("T")


class Gate:
    """Runs work in threads, at most ``workers`` at a time. Belongs to one event loop."""

    def __init__(self, workers: int, waiting: int) -> None:
        self._capacity = workers + waiting
        self._limiter = anyio.CapacityLimiter(workers)
        self._inside = 0

    async def run(self, work: Callable[[], T]) -> T:
        """Return what ``work`` gives. Raises ``Overloaded`` at once when too many are already inside."""
        if self._inside >= self._capacity:
            raise Overloaded(f"{self._inside} questions are being answered or waiting; ask again in a moment")
        self._inside += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._inside -= 1
