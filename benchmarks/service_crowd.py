"""A crowd of clients that ask at the same moment, each over a connection of its own. Part of ``benchmarks.service``.

One thread holds all connections, so that the time of an answer is the server's and not that of two hundred threads of
Python that wait for each other.
"""

from __future__ import annotations

import json
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.serve_isolation import HOST


@dataclass(frozen=True, slots=True)
class Served:
    """What one question got: seconds, and the HTTP status (0: the connection broke)."""

    seconds: float
    code: int


@dataclass(slots=True)
class _Client:
    """``begun``: when it began to connect; ``left``: of its request, not yet sent."""

    begun: float
    left: bytes
    received: bytes = field(default=b"")


def crowd(port: int, graph: str, questions: Sequence[str], patience: float) -> list[Served]:
    """Ask all questions at once, each by a client of its own. A client connects, asks, and reads the response to its
    end; ``seconds`` counts from its first step to its last. Raises ``TimeoutError`` after ``patience`` seconds."""
    selector, served = selectors.DefaultSelector(), []
    requests = [_request(graph, question) for question in questions]
    for request in requests:
        client = socket.socket()
        client.setblocking(False)
        state = _Client(time.perf_counter(), request)
        client.connect_ex((HOST, port))
        selector.register(client, selectors.EVENT_WRITE, state)
    end = time.monotonic() + patience
    while selector.get_map():
        if time.monotonic() > end:
            raise TimeoutError(f"{len(selector.get_map())} of {len(questions)} clients have no response")
        for key, event in selector.select(1.0):
            if event & selectors.EVENT_WRITE:
                _send(selector, key)
            elif (code := _receive(key)) is not None:
                served.append(Served(time.perf_counter() - key.data.begun, code))
                selector.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # a socket
    return served


def _request(graph: str, question: str) -> bytes:
    body = json.dumps({"question": question}).encode()
    head = (
        f"POST /v1/graphs/{graph}/ask HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
        f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _send(selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
    client: socket.socket = key.fileobj  # type: ignore[assignment]
    try:
        key.data.left = key.data.left[client.send(key.data.left) :]
    except BlockingIOError:
        return
    except OSError:
        key.data.left = b""  # reading finds the connection broken
    if not key.data.left:
        selector.modify(client, selectors.EVENT_READ, key.data)


def _receive(key: selectors.SelectorKey) -> int | None:
    """Read on; return the status once the server has closed the connection, as it was asked to."""
    client: socket.socket = key.fileobj  # type: ignore[assignment]
    try:
        part = client.recv(65_536)
    except BlockingIOError:
        return None
    except OSError:
        return 0
    key.data.received += part
    if part:
        return None
    words = key.data.received[:20].split()
    return int(words[1]) if len(words) > 1 else 0
