"""Runs the application: on its address, and on the socket of its home; refuses what is too much with a problem."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from clew.api.rest.middleware import PROBLEM_JSON
from clew.api.rest.patience import PatientProtocol
from clew.api.schema.problems import Overloaded, problem_of
from clew.api.serving.presence import announced
from clew.api.settings import Settings
from clew.api.telemetry.export import traced
from clew.kg import limits

_FAILED_TO_START = 3
"""The exit code of uvicorn where it cannot listen."""


def run(app: ASGIApp, settings: Settings, host: str, port: int, log: dict[str, Any]) -> None:
    """Serve until a signal ends it. Raises ``SystemExit`` where the address cannot be listened on."""
    with announced(settings) as local:
        crowd = Crowd(traced(app), limits.MAX_CONNECTIONS)
        config = uvicorn.Config(
            crowd,
            host=host,
            port=port,
            http=PatientProtocol,
            ws="none",
            timeout_keep_alive=limits.IDLE_SECONDS,
            timeout_graceful_shutdown=limits.DRAIN_SECONDS,
            log_config=log,
            access_log=False,  # it would show addresses, which may hold a question
            server_header=False,
        )
        server = LocalServer(config, local)
        crowd.size = lambda: len(server.server_state.connections)
        server.run()
    if not server.started:
        sys.exit(_FAILED_TO_START)


class LocalServer(uvicorn.Server):
    """A server that listens on one more socket, of the same protocol and with the same limits."""

    def __init__(self, config: uvicorn.Config, local: socket.socket | None) -> None:
        super().__init__(config)
        self._local = local

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen on the address, then on the socket."""
        await super().startup(sockets)
        if self._local is not None:
            self._local.setblocking(False)
            loop = asyncio.get_running_loop()
            self.servers.append(await loop.create_unix_server(self._protocol, sock=self._local))

    def _protocol(self) -> asyncio.Protocol:
        return PatientProtocol(self.config, self.server_state, self.lifespan.state)


class Crowd:
    """Refuses requests, with a problem, while there are more connections than ``most``. What uvicorn would say itself
    (``limit_concurrency``) is a plain text."""

    def __init__(self, app: ASGIApp, most: int, size: Callable[[], int] = lambda: 0) -> None:
        self._app, self._most, self.size = app, most, size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or self.size() <= self._most:
            await self._app(scope, receive, send)
            return
        problem = problem_of(Overloaded(f"there are more than {self._most} connections; retry in a few seconds"))
        headers = {"Retry-After": str(limits.RETRY_AFTER_SECONDS), "Connection": "close"}
        body = problem.model_dump_json(exclude_none=True)
        await Response(body, problem.status, headers, PROBLEM_JSON)(scope, receive, send)
