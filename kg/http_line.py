"""The connection of one HTTP request, which another thread can close."""

from __future__ import annotations

import http.client
import socket
import urllib.request
from contextlib import suppress
from functools import partial
from typing import Any


class HttpLine:
    """The connection of one request. Redirects are not followed: they could carry a key elsewhere."""

    def __init__(self) -> None:
        self.closed = False
        self._connections: list[http.client.HTTPConnection] = []

    def opener(self) -> urllib.request.OpenerDirector:
        """Return what sends a request over this line."""
        return urllib.request.build_opener(_NoRedirect, _Http(self), _Https(self))

    def connect(self, kind: type[http.client.HTTPConnection], *given: Any, **options: Any) -> Any:
        """Return a connection of a kind, kept in mind."""
        self._connections.append(kind(*given, **options))
        return self._connections[-1]

    def close(self) -> None:
        """Close the connection: a caller that waits for a response gets an error, or a response that is cut short."""
        self.closed = True
        for connection in self._connections:
            with suppress(OSError, AttributeError):  # not connected yet, or no longer
                connection.sock.shutdown(socket.SHUT_RDWR)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class _Http(urllib.request.HTTPHandler):
    def __init__(self, line: HttpLine) -> None:
        super().__init__()
        self._line = line

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._line.connect, http.client.HTTPConnection), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, line: HttpLine) -> None:
        super().__init__()
        self._line = line

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(self._line.connect, http.client.HTTPSConnection), req)
