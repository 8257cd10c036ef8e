"""Streams of events whose clients leave after the first event: whether a task or a place in the queue is left.

Part of ``benchmarks.service``. The server runs in this process, in a thread, so that its event loop can be looked at.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from pathlib import Path
from typing import Any

import uvicorn

from clew.api.rest.app import create_app
from clew.api.rest.patience import PatientProtocol
from clew.api.service.service import Service
from clew.api.settings import Settings

QUIET_SECONDS, PATIENCE = 60.0, 120.0


def leaked_tasks(home: Path, graph: str, questions: list[str]) -> dict[str, Any]:
    """Abort a stream for each question; return how many tasks there are more than before, once it is quiet."""
    service = Service(Settings(home=home, keep_history=False))
    app, listening = create_app(service), socket.create_server(("127.0.0.1", 0))
    server = _Looked(uvicorn.Config(app, http=PatientProtocol, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    service.warm(graph)
    address = listening.getsockname()
    _stream(address, graph, questions[0], whole=True)
    time.sleep(1.0)
    before, threads = server.tasks(), threading.active_count()
    for question in questions:
        _stream(address, graph, question, whole=False)
    end = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < end and (server.tasks() > before or app.state.gate.inside):
        time.sleep(0.1)
    found = {
        "aborted": len(questions),
        "leaked_tasks": max(0, server.tasks() - before) + app.state.gate.inside,
        "more_threads": threading.active_count() - threads,
    }
    server.should_exit = True
    thread.join(PATIENCE)
    service.close()
    return found


class _Looked(uvicorn.Server):
    """A server whose loop can be looked at from another thread."""

    loop: asyncio.AbstractEventLoop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()

    def tasks(self) -> int:
        """The number of tasks, but for the one that counts."""

        async def count() -> int:
            return len(asyncio.all_tasks()) - 1

        return asyncio.run_coroutine_threadsafe(count(), self.loop).result(PATIENCE)


def _stream(address: tuple[str, int], graph: str, question: str, whole: bool) -> None:
    """Ask for events, and read all of them or leave after the first ones."""
    body = json.dumps({"question": question}).encode()
    head = (
        f"POST /v1/graphs/{graph}/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(address, PATIENCE) as connection:
        connection.sendall(head.encode() + body)
        received = connection.recv(65_536)
        while whole and received:
            received = connection.recv(65_536)
