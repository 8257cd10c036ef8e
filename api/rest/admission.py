"""Admission control: runs up to ``workers`` questions, queues up to ``waiting``, rejects the rest with 503."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TypeVar

import anyio
import anyio.to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from clew.api.rest.middleware import PROBLEM_JSON
from clew.api.schema.problems import Overloaded, problem_of
from clew.kg import limits

T = TypeVar("T")
_QUESTIONS = re.compile(r"/v1/graphs/(?P<graph>[^/]+)/(?P<ask>ask|ask-batch)")


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
        self.check()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    def check(self, coming: int = 0) -> None:
        """Raise ``Overloaded`` if the queue is full, or will be with so many questions that are coming."""
        if self._inside + coming >= self._capacity:
            raise Overloaded(f"{self._inside} questions are running or waiting; retry in a few seconds")

    async def compute(self, work: Callable[[], T]) -> T:
        """Return the result of ``work`` for admitted questions. Waits for a free worker."""
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)

    async def run(self, work: Callable[[], T]) -> T:
        """Admit one question and return the result of ``work``. Raises ``Overloaded``."""
        with self.entered():
            return await self.compute(work)


class Admission:
    """Refuses questions for which the queue has no place before anything of them is read, and lets the others in one by
    one: of a crowd, those that are to be refused do not wait until those before them are understood.

    A request with an ``Idempotency-Key`` is let in, since it may need no place: its response may be known.
    """

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app, self._gate = app, gate
        self._turn = anyio.Lock()
        self._coming = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        asked = _QUESTIONS.fullmatch(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if asked is None or "idempotency-key" in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        try:
            self._gate.check(self._coming)
        except Overloaded as error:
            scope["route"] = SimpleNamespace(path=f"/v1/graphs/{{graph}}/{asked['ask']}")  # for metrics and the log
            scope["path_params"] = {"graph": asked["graph"]}
            await _refuse(error, scope, receive, send)
            return
        self._coming += 1  # until it takes its place, which it does at once when it is its turn
        try:
            async with self._turn:
                await anyio.sleep(0)
        finally:
            self._coming -= 1
        await self._app(scope, receive, send)


async def _refuse(error: Overloaded, scope: Scope, receive: Receive, send: Send) -> None:
    problem, later = problem_of(error), {"Retry-After": str(limits.RETRY_AFTER_SECONDS)}
    body = problem.model_dump_json(exclude_none=True)
    await Response(body, problem.status, later, PROBLEM_JSON)(scope, receive, send)
