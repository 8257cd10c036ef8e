"""The body of an HTTP response: whole and decompressed, or an error."""

from __future__ import annotations

import http.client
import zlib
from email.message import Message

from clew.kg.errors import EndpointFailed
from clew.kg.limits import SPARQL_PAGE_BYTES

ENCODINGS = {"gzip": 31, "x-gzip": 31, "deflate": 15}
"""Compressions that are read, and what tells zlib which it is."""
_BARE_DEFLATE = -15
_GZIP = b"\x1f\x8b"


class RequestFailed(Exception):
    """A request failed that may succeed when it is sent again, after ``pause`` seconds at least."""

    def __init__(self, reason: str, pause: float = 0.0, status: int = 0) -> None:
        super().__init__(reason)
        self.pause, self.status = pause, status


def read_body(response: http.client.HTTPResponse) -> bytes:
    """Return the whole body, decompressed. Raises ``RequestFailed`` where it is cut short or damaged, and
    ``EndpointFailed`` where it is larger than ``SPARQL_PAGE_BYTES``."""
    data = response.read(SPARQL_PAGE_BYTES + 1)
    _check_size(data)
    expected = _length(response)
    if expected is not None and len(data) < expected:
        raise RequestFailed(f"the response was cut short after {len(data):,} of {expected:,} bytes")
    return _decoded(data, response.headers)


def _length(response: http.client.HTTPResponse) -> int | None:
    text = response.headers.get("Content-Length", "").strip()
    chunked = "chunked" in response.headers.get("Transfer-Encoding", "").lower()
    if chunked or not text:
        return None
    if not (text.isascii() and text.isdecimal()):
        raise RequestFailed(f"the response has an invalid length: {text[:20]!r}")
    return int(text)


def _check_size(data: bytes) -> None:
    if len(data) > SPARQL_PAGE_BYTES:
        raise EndpointFailed(f"a page exceeds {SPARQL_PAGE_BYTES >> 20} MiB; use a smaller --page-size")


def _decoded(data: bytes, headers: Message) -> bytes:
    """Return the data without the compressions that the headers name, or that its first bytes are of."""
    named = [coding.strip().lower() for coding in headers.get("Content-Encoding", "").split(",")]
    codings = [coding for coding in named if coding not in ("", "identity")]
    if not codings and data.startswith(_GZIP):
        codings = ["gzip"]
    for coding in reversed(codings):
        if coding not in ENCODINGS:
            raise EndpointFailed(f"the response is compressed with {coding!r}, which was not asked for")
        data = _inflated(data, coding)
    return data


def _inflated(data: bytes, coding: str) -> bytes:
    try:
        return _inflate(data, ENCODINGS[coding])
    except zlib.error as error:
        if coding == "deflate":
            try:
                return _inflate(data, _BARE_DEFLATE)
            except zlib.error:
                pass
        raise RequestFailed(f"the compressed response is damaged ({error})") from error


def _inflate(data: bytes, kind: int) -> bytes:
    """Return what one compressed stream after the other stands for."""
    found = b""
    while data.strip(b"\0"):
        stream = zlib.decompressobj(kind)
        found += stream.decompress(data, SPARQL_PAGE_BYTES + 1 - len(found))
        _check_size(found)
        if not stream.eof:
            raise RequestFailed("the compressed response was cut short")
        data = stream.unused_data
    return found
