"""ASGI middleware: security headers for responses, limits for request bodies, HEAD."""

from __future__ import annotations

import asyncio
import re

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clew.api.schema.problems import BodyTooLarge, RequestTimeout, problem_of, status_problem
from clew.api.schema.server import Problem
from clew.kg.errors import ClewError

RECEIVED = re.compile(r"/v1/graphs(/[^/]+/(ingest|update))?")
"""Where files are sent."""
PROBLEM_JSON = "application/problem+json"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""No inline scripts, no other origins, no framing: a second line of defence if escaping a label ever fails."""
_RAW_HEADERS = {name.lower().encode("latin-1"): value.encode("latin-1") for name, value in HEADERS.items()}


class SecurityHeaders:
    """Adds ``HEADERS`` to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                others = [(name, value) for name, value in message["headers"] if name.lower() not in _RAW_HEADERS]
                message["headers"] = [*others, *_RAW_HEADERS.items()]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class ErrorsAsProblems:
    """Turns the plain texts with which parts of the framework report errors (an unknown host) into problems."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        refused: Message | None = None

        async def send_problem(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start" and _is_plain_error(message):
                refused = message
            elif refused is None:
                await send(message)
            elif not message.get("more_body"):
                status, detail = refused["status"], message.get("body", b"").decode("utf-8", "replace")
                await _reply(status_problem(status, detail), scope, receive, send)

        await self._app(scope, receive, send_problem if scope["type"] == "http" else send)


def _is_plain_error(message: Message) -> bool:
    kind = MutableHeaders(scope=message).get("content-type", "")
    return bool(message["status"] >= 400 and kind.startswith("text/plain"))


class HeadAsGet:
    """Answers HEAD as GET, without the body (RFC 9110, section 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self._app(dict(scope, method="GET"), receive, send_no_body)


class BodyLimit:
    """Reads the whole request body, up to ``limit`` bytes, for up to ``seconds``. Larger bodies are answered with 413,
    slower ones with 408. Files are left to their route, which has limits of its own."""

    def __init__(self, app: ASGIApp, limit: int, seconds: float) -> None:
        self._app, self._limit, self._seconds = app, limit, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        bodiless = scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS")
        if bodiless or RECEIVED.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            body = await self._read(receive)
        except (BodyTooLarge, RequestTimeout) as error:
            await _refuse(error, scope, receive, send)
            return
        if body is None:
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the body; None if the client has left. Raises ``BodyTooLarge``, ``RequestTimeout``."""
        body, more = b"", True
        try:
            async with asyncio.timeout(self._seconds):
                while more:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    body += message.get("body", b"")
                    more = message.get("more_body", False)
                    if len(body) > self._limit:
                        raise BodyTooLarge(f"the request body exceeds the limit of {self._limit} bytes")
        except TimeoutError:
            raise RequestTimeout(f"the request body did not arrive within {self._seconds:g} s") from None
        return body


async def _refuse(error: ClewError, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with a problem and close the connection, on which the rest of the body may be on its way."""
    await _reply(problem_of(error), scope, receive, send, {"Connection": "close"})


async def _reply(
    problem: Problem, scope: Scope, receive: Receive, send: Send, headers: dict[str, str] | None = None
) -> None:
    body = problem.model_dump_json(exclude_none=True)
    await Response(body, problem.status, headers, PROBLEM_JSON)(scope, receive, send)
