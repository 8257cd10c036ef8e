"""Asks the server that runs over the same home, so that a command need not load a model of its own."""

from __future__ import annotations

import http.client
import os
import selectors
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from pydantic import ValidationError

from clew.api.schema.ask_result import AskResult
from clew.api.schema.request import AskRequest
from clew.api.serving.presence import connected, found
from clew.api.settings import Settings
from clew.decoding.cancellation import Cancellation
from clew.kg.limits import LOOK_SECONDS, SERVER_CONNECT_SECONDS, SERVER_MARGIN_SECONDS


def ask_running(
    settings: Settings, graph: str, request: AskRequest, cancellation: Cancellation | None = None
) -> AskResult | None:
    """Return what the server of this home answers; None where there is none that answers as this process would, or it
    does not answer: it refuses, it is busy, the request is wrong. The caller then answers alone.

    A server that requires an API key gets ``CLEW_SERVER_KEY``; without it, it is not asked. Raises ``Cancelled``.
    """
    there = found(settings)
    key = os.environ.get("CLEW_SERVER_KEY", "")
    if there is None or (there.requires_key and not key):
        return None
    with suppress(OSError, http.client.HTTPException, ValidationError, ValueError):
        return _asked(settings, graph, request, key, cancellation)
    return None


class _LocalConnection(http.client.HTTPConnection):
    """HTTP over the socket of a home."""

    def __init__(self, home: Path, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._home, self._seconds = home, seconds

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock: socket.socket = connected(self._home, SERVER_CONNECT_SECONDS)
        self.sock.settimeout(self._seconds)


def _asked(
    settings: Settings, graph: str, request: AskRequest, key: str, cancellation: Cancellation | None
) -> AskResult | None:
    connection = _LocalConnection(settings.home, settings.ask_seconds + SERVER_MARGIN_SECONDS)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request("GET", "/readyz", headers=headers)
        ready = connection.getresponse()
        ready.read()
        if ready.status != http.HTTPStatus.OK:  # it is loading: alone, the answer is there sooner
            return None
        address = f"/v1/graphs/{quote(graph, safe='')}/ask"
        connection.request("POST", address, request.model_dump_json(exclude_none=True), headers)
        _wait(connection.sock, cancellation)
        response = connection.getresponse()
        body = response.read()
        return AskResult.model_validate_json(body) if response.status == http.HTTPStatus.OK else None
    finally:
        connection.close()


def _wait(connection: socket.socket, cancellation: Cancellation | None) -> None:
    """Wait for a response. Raises ``Cancelled``: the connection is closed then, which withdraws the question."""
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while not selector.select(LOOK_SECONDS):
            if cancellation is not None:
                cancellation.check()
