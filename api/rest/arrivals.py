"""Questions whose graph is being loaded wait here: they take no thread, and no place in the queue."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from clew.api.schema.problems import GraphLoading, Overloaded
from clew.api.service.service import Service
from clew.kg import limits
from clew.kg.errors import UnknownVersion

T = TypeVar("T")


class Arrivals:
    """Lets questions wait until their graph is loaded, up to their time limit, at most ``most`` for one. An instance
    belongs to one event loop."""

    def __init__(self, service: Service, most: int = limits.MAX_WAITING) -> None:
        self._service, self._most = service, most
        self._waiting: Counter[str] = Counter()

    async def ask(
        self,
        graph: str,
        versions: Collection[str | None],
        work: Callable[[float], Awaitable[T]],
        most: float | None = None,
    ) -> T:
        """Return the result of ``work``, which gets the seconds that was waited for these versions of a graph.
        ``most``: seconds that the client waits; None: as long as a question may take.

        Waits again if a version was dropped, or there is a newer one, before the work began. Raises the errors of
        ``work`` and of loading, ``GraphLoading`` when the time is up, ``Overloaded`` if too many are waiting. A version
        that does not exist is left to ``work``.
        """
        begin, waited = time.monotonic(), 0.0
        limit = self._service.settings.ask_seconds if most is None else most
        while True:
            for version in versions:
                waited += await self._loaded(graph, version, limit - waited)
            try:
                return await work(waited)
            except GraphLoading:
                if time.monotonic() - begin > limit:
                    raise

    async def _loaded(self, graph: str, version: str | None, seconds: float) -> float:
        """Wait until a graph is loaded. Return for how long, in seconds."""
        try:
            future = self._service.load(graph, version)
        except UnknownVersion:
            return 0.0
        begin = time.monotonic()
        if not future.done():
            with self._entered(graph):
                try:
                    await asyncio.wait_for(asyncio.wrap_future(future), max(seconds, 0.0))
                except TimeoutError:
                    raise GraphLoading(f"the graph {graph!r} is being loaded; retry in a few seconds") from None
        future.result()
        return time.monotonic() - begin

    @contextmanager
    def _entered(self, graph: str) -> Iterator[None]:
        waiting = self._waiting[graph]
        if waiting >= self._most:
            raise Overloaded(f"the graph {graph!r} is being loaded, and {waiting} questions wait for it; retry later")
        self._waiting[graph] += 1
        try:
            yield
        finally:
            self._waiting[graph] -= 1
            if not self._waiting[graph]:
                del self._waiting[graph]
