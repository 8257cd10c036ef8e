"""Fetches the statements of a SPARQL endpoint, page by page, into an N-Triples file."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clew.kg.errors import BadFile, BadInput
from clew.kg.limits import SPARQL_ATTEMPTS, SPARQL_PAGE, SPARQL_PAGE_BYTES, SPARQL_PAUSE_SECONDS, SPARQL_SECONDS

DEFAULT_PATTERN = "?s ?p ?o"
_RETRIED = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where and how to ask: the ``url``, the ``headers`` to send (``Authorization``) and the ``page`` size.

    ``pattern`` is the graph pattern whose ``?s ?p ?o`` are fetched, such as ``GRAPH <g> { ?s ?p ?o }``.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    pattern: str = DEFAULT_PATTERN
    page: int = SPARQL_PAGE

    def query(self, offset: int) -> str:
        """The query of the page from ``offset``; ordered, so that pages neither overlap nor miss anything."""
        order = f"ORDER BY ?s ?p ?o LIMIT {self.page} OFFSET {offset}"
        return f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {{ {self.pattern} }} {order} }}"


def fetch(endpoint: Endpoint, target: Path, observer: Callable[[int], None] | None = None) -> int:
    """Fetch all statements into the N-Triples file ``target``; the number of pages.

    Resumable: pages already in ``target`` (noted beside it in ``<name>.state``) are not fetched again. Each request is
    tried ``SPARQL_ATTEMPTS`` times with growing pauses, longer where the server says ``Retry-After``. Blank nodes of
    two pages cannot be told to be one. Raises ``BadFile`` where the endpoint refuses or answers something else.
    """
    if urllib.parse.urlsplit(endpoint.url).scheme not in ("http", "https"):
        raise BadInput(f"not an HTTP URL: {endpoint.url!r}")
    state = target.with_name(target.name + ".state")
    offset, size = _resume(endpoint, target, state)
    while True:
        data = _request(endpoint, offset)
        rows = sum(1 for line in data.splitlines() if line.strip() and not line.startswith(b"#"))
        with target.open("r+b") as stream:
            stream.truncate(size)
            stream.seek(size)
            stream.write(data if data.endswith(b"\n") or not data else data + b"\n")
            size = stream.tell()
        offset += endpoint.page
        state.write_text(json.dumps({"query": endpoint.query(0), "offset": offset, "bytes": size}), encoding="utf-8")
        if observer is not None:
            observer(offset)
        if rows < endpoint.page:
            state.unlink()
            return offset // endpoint.page


def _resume(endpoint: Endpoint, target: Path, state: Path) -> tuple[int, int]:
    """The offset and file size an earlier, broken-off fetch of the same query got to; else from the beginning."""
    try:
        noted = json.loads(state.read_text(encoding="utf-8"))
        if noted["query"] == endpoint.query(0) and target.stat().st_size >= noted["bytes"]:
            return int(noted["offset"]), int(noted["bytes"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    target.write_bytes(b"")
    return 0, 0


def _request(endpoint: Endpoint, offset: int) -> bytes:
    body = urllib.parse.urlencode({"query": endpoint.query(offset)}).encode()
    headers = {"Accept": "application/n-triples", "User-Agent": "clew", **endpoint.headers}
    request = urllib.request.Request(endpoint.url, body, headers)
    for attempt in range(1, SPARQL_ATTEMPTS + 1):
        pause = 2.0**attempt / 4
        try:
            with urllib.request.urlopen(request, timeout=SPARQL_SECONDS) as answer:
                return _body(endpoint, answer.headers.get_content_type(), answer.read(SPARQL_PAGE_BYTES + 1))
        except urllib.error.HTTPError as error:
            if error.code not in _RETRIED or attempt == SPARQL_ATTEMPTS:
                raise BadFile(f"{endpoint.url}: HTTP {error.code} {error.reason}") from error
            pause = max(pause, _seconds(error.headers.get("Retry-After")))
        except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
            if attempt == SPARQL_ATTEMPTS:
                raise BadFile(f"{endpoint.url}: {error}") from error
        time.sleep(pause)
    raise AssertionError("unreachable")


def _body(endpoint: Endpoint, kind: str, data: bytes) -> bytes:
    if len(data) > SPARQL_PAGE_BYTES:
        raise BadFile(f"{endpoint.url}: a page exceeds {SPARQL_PAGE_BYTES >> 20} MiB; use a smaller --page-size")
    if kind not in ("application/n-triples", "text/plain"):
        raise BadFile(f"{endpoint.url}: the endpoint returned {kind} instead of N-Triples")
    return data


def _seconds(text: str | None) -> float:
    return min(float(text), SPARQL_PAUSE_SECONDS) if text and text.isdigit() else 0.0
