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
        self._sockets: list[socket.socket] = []

    def opener(self) -> urllib.request.OpenerDirector:
        """Return what sends a request over this line."""
        return urllib.request.build_opener(_NoRedirect, _Http(self), _Https(self))

    def connect(self, kind: type[http.client.HTTPConnection], *given: Any, **options: Any) -> Any:
        """Return a connection of a kind that can be closed: also while a body is read, when urllib has let go of its
        socket."""
        connection = kind(*given, **options)
        begin = connection.connect

        def connect() -> None:
            begin()
            self._sockets.append(connection.sock)
            if self.closed:
                self.close()

        connection.connect = connect  # type: ignore[method-assign]
        self._connections.append(connection)
        return connection

    def close(self) -> None:
        """Close the connection: a caller that waits for a response gets an error, or a response that is cut short."""
        self.closed = True
        for each in (*self._sockets, *(connection.sock for connection in self._connections)):
            with suppress(OSError, AttributeError):  # not connected yet, or no longer
                each.shutdown(socket.SHUT_RDWR)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def http_error_302(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the response as it is: where it leads to may not even be an address."""

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


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
