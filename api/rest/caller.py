"""Whoever sent one request: how long he waits, whether he is still there, and what he was answered before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from clew.api.rest.arrivals import Arrivals
from clew.api.rest.connection import while_connected
from clew.api.rest.preferences import Wait
from clew.api.rest.replies import Replies
from clew.decoding.cancellation import Cancellation

T = TypeVar("T")
Work = Callable[[Cancellation, float], Awaitable[T]]
"""Work that is withdrawn by a token; it is told the seconds that were waited for its graph."""


class Caller:
    """One request to a graph, and its response."""

    def __init__(self, request: Request, response: Response, wait: Wait, most: float) -> None:
        """``most``: seconds that a question may take."""
        self.request, self._response, self._wait, self._most = request, response, wait, most

    @property
    def deadline(self) -> float | None:
        """Until when he waits (``time.monotonic`` seconds); None: as long as it takes."""
        return self._wait.deadline

    @property
    def headers(self) -> dict[str, str]:
        """Headers that tell him what of his preferences is kept to."""
        return self._wait.headers or {}

    async def served(self, graph: str, versions: Collection[str | None], work: Work[T]) -> T:
        """Return the result of ``work``, which begins when the versions of a graph are loaded; it ends when he leaves.

        Raises the errors of ``work``, of ``Arrivals.ask`` and of ``while_connected``.
        """
        found = await while_connected(self.request, lambda token: self.arrived(graph, versions, partial(work, token)))
        self._response.headers.update(self.headers)
        self.request.scope["clew.timings"] = getattr(found, "timings", {})  # for traces
        return found

    async def served_once(self, body: BaseModel, graph: str, versions: Collection[str | None], work: Work[T]) -> T:
        """Do the same, or return what the same request has got before; see ``Replies.once``."""
        replies: Replies = self.request.app.state.replies
        return await replies.once(self.request, body, self._response, lambda: self.served(graph, versions, work))

    async def arrived(self, graph: str, versions: Collection[str | None], work: Callable[[float], Awaitable[T]]) -> T:
        """Return the result of ``work``, which begins when the versions of the graph are loaded."""
        arrivals: Arrivals = self.request.app.state.arrivals
        return await arrivals.ask(graph, versions, work, self._wait.left(self._most))
