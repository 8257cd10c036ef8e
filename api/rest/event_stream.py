"""Sends the events of a question as they happen: server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import anyio
from fastapi import Request
from fastapi.sse import KEEPALIVE_COMMENT, EventSourceResponse, format_sse_event
from starlette.types import Message, Receive, Scope, Send

from clew.api.rest.connection import while_connected
from clew.api.schema.events import Emit, StreamEvent
from clew.api.schema.problems import plain_problem
from clew.api.schema.server import Problem
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import Cancelled, ClewError

EVENTS = "text/event-stream"
UNBUFFERED = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
"""Keeps proxies (nginx) from holding events back."""

Work = Callable[[Cancellation, Emit], Awaitable[object]]


class EventStream(EventSourceResponse):
    """The events that ``work`` emits, from whatever thread, until it is done.

    It begins with the first event: an error before that is raised, and answered with its status. A later one is sent as
    the event ``problem``, the last. A client that closes the connection cancels the work. ``ending`` is sent at last.
    """

    ending = b""

    def __init__(
        self, work: Work, problem: Callable[[ClewError], Problem], headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(iter(()), headers=UNBUFFERED | (headers or {}))
        self._work, self._problem = work, problem

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        stream = _EventBody(send, start, self.encoded, self.ending)
        try:
            await while_connected(Request(scope, receive), lambda token: self._events(token, stream, scope))
        except Cancelled:  # nobody listens any more
            if not stream.begun:
                raise
        except Exception as error:
            if not stream.begun:
                raise
            await stream.event(
                StreamEvent("problem", self._problem(error) if isinstance(error, ClewError) else _unforeseen())
            )
            await stream.end()
            if not isinstance(error, ClewError):
                raise  # for the server's log

    def encoded(self, event: StreamEvent) -> bytes:
        """Return an event as it is sent."""
        data = event.data.model_dump_json(exclude_none=event.kind == "problem")
        return format_sse_event(event=event.kind, data_str=data)

    async def _events(self, token: Cancellation, stream: _EventBody, scope: Scope) -> None:
        """Send the events until there are no more. Raises the errors of the work."""
        waiting: asyncio.Queue[StreamEvent | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        errors: list[Exception] = []  # a task group would wrap them

        async def work() -> None:
            try:
                await self._work(token, lambda event: _put(loop, waiting, event))
            except Exception as error:
                errors.append(error)
            loop.call_soon(waiting.put_nowait, None)  # after the events

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work)
            while True:
                event: StreamEvent | None = None
                with anyio.move_on_after(limits.EVENT_PING_SECONDS) as pause:
                    event = await waiting.get()
                if pause.cancelled_caught:
                    await stream.send(KEEPALIVE_COMMENT)
                elif event is None:
                    break
                else:
                    await stream.event(event)
                    scope["clew.timings"] = getattr(event.data, "timings", {})  # for traces: the last has them
        if errors:
            raise errors[0]
        await stream.end()


class _EventBody:
    """The body of one response, which begins with what is sent first."""

    def __init__(self, send: Send, start: Message, encoded: Callable[[StreamEvent], bytes], ending: bytes) -> None:
        self._send, self._start, self.begun = send, start, False
        self._encoded, self._ending = encoded, ending

    async def event(self, event: StreamEvent) -> None:
        """Send an event."""
        await self.send(self._encoded(event))

    async def send(self, body: bytes) -> None:
        """Send a part of the body."""
        if not self.begun:
            self.begun = True
            await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    async def end(self) -> None:
        """End the response."""
        await self._send({"type": "http.response.body", "body": self._ending, "more_body": False})


def _put(loop: asyncio.AbstractEventLoop, waiting: asyncio.Queue[StreamEvent | None], event: StreamEvent) -> None:
    loop.call_soon_threadsafe(waiting.put_nowait, event)


def _unforeseen() -> Problem:
    return plain_problem("internal-error", "unexpected error; see the server log")
