"""Threads for requests that read files and ask nothing, few and apart from those of the questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import anyio.to_thread

from clew.kg import limits

T = TypeVar("T")


class Readers:
    """Runs quick work (lists) and slow work (what opens a graph) in threads of their own, ``limits.MAX_READING`` of
    each. An instance belongs to one event loop."""

    def __init__(self) -> None:
        self._quick, self._slow = (anyio.CapacityLimiter(limits.MAX_READING) for _ in range(2))

    async def quick(self, work: Callable[[], T]) -> T:
        """Return the result of work that opens no graph."""
        return await anyio.to_thread.run_sync(work, limiter=self._quick)

    async def slow(self, work: Callable[[], T]) -> T:
        """Return the result of work that opens a graph."""
        return await anyio.to_thread.run_sync(work, limiter=self._slow)
