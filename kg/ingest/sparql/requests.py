"""Requests to an endpoint: sent by the method it takes, redirected, bounded, and tried again while they fail."""

from __future__ import annotations

import http.client
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import TypeVar

from clew.kg.errors import BadInput, EndpointFailed
from clew.kg.http_line import HttpLine
from clew.kg.ingest.rejections import excerpt
from clew.kg.ingest.sparql.bodies import RequestFailed, read_body
from clew.kg.ingest.sparql.endpoint import Endpoint
from clew.kg.limits import (
    MAX_SPARQL_ERROR_BYTES,
    SPARQL_ATTEMPTS,
    SPARQL_PAUSE_SECONDS,
    SPARQL_REDIRECTS,
    SPARQL_SECONDS,
)

T = TypeVar("T")
_RETRIED = {408, 425, 429, 500, 502, 503, 504}
_REDIRECTED = {301, 302, 303, 307, 308}
_OTHER_METHOD = {405, 411, 415, 501}
_REFUSED = {400, 406, 413, 414, 422, *_OTHER_METHOD}
_QUERY = "application/sparql-query"
_FORM = "application/x-www-form-urlencoded"
_SORT_LIMIT = ("SR353", "Sorted TOP clause")
"""How Virtuoso refuses to sort more rows than its limit."""


class EndpointRefused(EndpointFailed):
    """The endpoint refuses a query that it may answer in another form."""


class SortRefused(EndpointRefused):
    """The endpoint does not sort as many rows as a query asks for."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A response: its media type (empty where none is given) and its body."""

    kind: str
    data: bytes


class Requester:
    """Sends queries to an endpoint, and remembers which method it takes."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._methods = ["form", "get", "post"]

    def ask(self, query: str, accept: str, read: Callable[[Reply], T], attempts: int | None = None) -> T:
        """Send a query and ``read`` the response; again while either raises ``RequestFailed``, with growing pauses,
        longer where the endpoint says ``Retry-After``.

        Raises ``EndpointFailed`` after the last of ``attempts`` (default: ``SPARQL_ATTEMPTS``), and at once for what
        will not change; ``EndpointRefused`` where another query may be answered.
        """
        last = SPARQL_ATTEMPTS if attempts is None else attempts
        for attempt in range(1, last + 1):
            try:
                return read(self._send(query, accept))
            except RequestFailed as failed:
                check_limits(str(failed))
                if attempt == last:
                    kind = EndpointRefused if failed.status == 500 else EndpointFailed
                    raise kind(str(failed)) from failed
                time.sleep(min(max(2.0**attempt / 4, failed.pause), SPARQL_PAUSE_SECONDS))
        raise AssertionError("unreachable")

    def _send(self, query: str, accept: str) -> Reply:
        while True:
            status, headers, data = self._redirected(self._methods[0], query, accept)
            if status not in _OTHER_METHOD or len(self._methods) == 1:
                return _checked(status, headers, data)
            del self._methods[0]

    def _redirected(self, method: str, query: str, accept: str) -> tuple[int, Message, bytes]:
        """Send a query by a method, and to where it is redirected; the status, the headers and the body."""
        url = _ascii(self.endpoint.url)
        for number in range(SPARQL_REDIRECTS + 1):
            request = _request(method, url, query, number > 0)
            mine = self.endpoint.headers if _may_know(self.endpoint.url, url) else {}
            for name, value in {
                "Accept": accept,
                "Accept-Encoding": "gzip, deflate",
                "User-Agent": "clew",
                **mine,
            }.items():
                request.add_header(name, value)
            status, headers, data = exchange(request)
            if status not in _REDIRECTED or "Location" not in headers:
                return status, headers, data
            url = _target(url, headers["Location"])
            method = "get" if status == 303 else method
        raise EndpointFailed(f"redirected more than {SPARQL_REDIRECTS} times, at last to {url}")


def _request(method: str, url: str, query: str, redirected: bool) -> urllib.request.Request:
    if method == "get":
        return urllib.request.Request(_with_query(url, query, redirected))
    data = query.encode() if method == "post" else urllib.parse.urlencode({"query": query}).encode()
    return urllib.request.Request(url, data, {"Content-Type": _QUERY if method == "post" else _FORM})


def _with_query(url: str, query: str, redirected: bool) -> str:
    """Return the address of a query: an endpoint's own parameters stay, and so does a query it redirects to."""
    parts = urllib.parse.urlsplit(url)
    if redirected and "query" in urllib.parse.parse_qs(parts.query):
        return url
    added = urllib.parse.urlencode({"query": query})
    return urllib.parse.urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, added))), fragment=""))


def _target(url: str, location: str) -> str:
    """Return the address that a response redirects to. Raises ``EndpointFailed`` where it must not be followed."""
    try:
        target = _ascii(urllib.parse.urljoin(url, location.encode("latin-1", "replace").decode("utf-8", "replace")))
    except ValueError as error:
        raise EndpointFailed(f"redirected to {location}, which is not an HTTP URL") from error
    old, new = urllib.parse.urlsplit(url).scheme, urllib.parse.urlsplit(target).scheme
    if new not in ("http", "https"):
        raise EndpointFailed(f"redirected to {target}, which is not an HTTP URL")
    if old == "https" and new == "http":
        raise EndpointFailed(f"redirected to {target}, which is not encrypted")
    return target


def _ascii(url: str) -> str:
    """Return an address whose path and parameters are spelled as HTTP needs them."""
    parts = urllib.parse.urlsplit(url)
    path, query = (urllib.parse.quote(part, safe="%/:=&?~+!$,;'@()*[]|") for part in (parts.path, parts.query))
    return urllib.parse.urlunsplit(parts._replace(path=path, query=query, fragment=""))


def _may_know(given: str, url: str) -> bool:
    """Whether an address may get the credentials meant for another: that of the same server, or its encrypted one."""
    mine, other = urllib.parse.urlsplit(given), urllib.parse.urlsplit(url)
    if mine.hostname != other.hostname:
        return False
    ports = {"http": 80, "https": 443}
    same = (mine.scheme, mine.port or ports[mine.scheme]) == (other.scheme, other.port or ports[other.scheme])
    return same or (other.scheme == "https" and mine.port in (None, 80) and other.port in (None, 443))


def exchange(request: urllib.request.Request) -> tuple[int, Message, bytes]:
    """Send one request; the status, the headers and the body, of an error its beginning.

    Raises ``RequestFailed`` where the connection fails or takes longer than ``SPARQL_SECONDS`` in all.
    """
    line = HttpLine()
    alarm = threading.Timer(SPARQL_SECONDS, line.close)
    alarm.daemon = True
    alarm.start()
    try:
        return _exchanged(line, request)
    except RequestFailed:
        _check_time(line)
        raise
    except ssl.SSLCertVerificationError as error:
        raise EndpointFailed(f"the certificate is not valid: {error.verify_message}") from error
    except (http.client.InvalidURL, UnicodeError) as error:
        raise BadInput(f"not an HTTP URL: {request.full_url!r}") from error
    except (OSError, http.client.HTTPException) as error:
        _check_time(line)
        raise RequestFailed(_reason(error)) from error
    finally:
        alarm.cancel()


def _exchanged(line: HttpLine, request: urllib.request.Request) -> tuple[int, Message, bytes]:
    try:
        with line.opener().open(request, timeout=SPARQL_SECONDS) as response:
            data = read_body(response)
            _check_time(line)
            return response.status, response.headers, data
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read(MAX_SPARQL_ERROR_BYTES)
    except urllib.error.URLError as error:
        raise error.reason if isinstance(error.reason, OSError) else OSError(str(error.reason)) from error


def _check_time(line: HttpLine) -> None:
    if line.closed:
        raise RequestFailed(f"the response took more than {SPARQL_SECONDS:g} seconds; a smaller --page-size may help")


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.IncompleteRead):
        return "the response was cut short"
    if isinstance(error, TimeoutError):
        return f"no response within {SPARQL_SECONDS:g} seconds"
    return " ".join(str(error).split()) or type(error).__name__


def _checked(status: int, headers: Message, data: bytes) -> Reply:
    """Return a response that claims to be whole. Raises ``RequestFailed``, ``EndpointRefused`` or ``EndpointFailed``
    for any other."""
    state = headers.get("X-SQL-State")
    if state is not None:  # Virtuoso's: its time was up
        raise RequestFailed(f"the result is partial ({state} {excerpt(headers.get('X-SQL-Message', ''))})")
    if status in (200, 203, 204):
        return Reply(headers.get_content_type() if "Content-Type" in headers else "", data)
    if status == 206:
        raise RequestFailed("the result is partial (HTTP 206)")
    reason = f"HTTP {status} {http.client.responses.get(status, '')}".rstrip()
    said = text_of(data)
    reason += f": {said}" if said else ""
    check_limits(data[:MAX_SPARQL_ERROR_BYTES].decode("utf-8", "replace"))
    if status in _RETRIED or 200 <= status < 300:
        raise RequestFailed(reason, _seconds(headers.get("Retry-After")), status)
    raise (EndpointRefused if status in _REFUSED else EndpointFailed)(reason)


def check_limits(text: str) -> None:
    """Raise ``SortRefused`` where an endpoint says that it does not sort that far."""
    if any(sign in text for sign in _SORT_LIMIT):
        raise SortRefused(text_of(text.encode()))


def text_of(data: bytes) -> str:
    """Return the start of what an endpoint says, on one line; of a page of HTML, that it is one."""
    text = " ".join(data[:MAX_SPARQL_ERROR_BYTES].decode("utf-8", "replace").split())
    return "a page of HTML" if text[:15].lower().startswith(("<!doctype html", "<html")) else excerpt(text)


def _seconds(text: str | None) -> float:
    """Return how long a ``Retry-After`` asks to wait, in seconds or until a date."""
    text = (text or "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
