"""A SPARQL endpoint over pyoxigraph whose habits, good and bad, are switched on one by one."""

from __future__ import annotations

import gzip
import random
import re
import threading
import urllib.parse
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pyoxigraph as ox

CONSTRUCT_FORMATS = {
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "text/plain": ox.RdfFormat.N_TRIPLES,
}
VIRTUOSO = b"Virtuoso 22023 Error SR353: Sorted TOP clause specifies more then 8 rows to sort.\nOnly 8 are allowed.\n"
HTML = b"<!DOCTYPE html>\n<html><body><h1>Down for maintenance</h1></body></html>"
BLAZEGRAPH = b"SPARQL-QUERY: queryStr=CONSTRUCT\njava.util.concurrent.TimeoutException\n\tat x.y.Z.run(Z.java:7)\n"


@dataclass(frozen=True)
class Habits:
    """What an endpoint does. ``faults`` befall its first responses, one each; ``always`` befalls every later one."""

    cap: int | None = None
    kind: str = "application/n-triples"
    counts: bool = True
    constructs: bool = True
    selects: bool = True
    method: str = "any"
    redirect: int = 0
    circles: bool = False
    encoding: str = ""
    chunked: bool = False
    sort_limit: int | None = None
    sort_error_in_body: bool = False
    relabels: bool = False
    repeats: bool = False
    shuffles: bool = False
    ignores_offset: bool = False
    faults: tuple[str, ...] = ()
    always: str = ""
    authorization: str | None = None


@dataclass
class Asked:
    """A request as it arrived."""

    path: str
    method: str
    query: str
    headers: Any


class FakeServer(ThreadingHTTPServer):
    """The server, its data and what it was asked."""

    daemon_threads = True
    store: ox.Store
    habits: Habits
    asked: list[Asked]
    faults: list[str]

    def handle_error(self, *_: Any) -> None:
        """Stay silent where a client left."""

    def behave(self, store: ox.Store, **habits: Any) -> None:
        """Begin anew with data and habits."""
        self.store, self.habits, self.asked = store, Habits(**habits), []
        self.faults = list(self.habits.faults)

    def change(self, **habits: Any) -> None:
        """Change some habits."""
        self.habits = replace(self.habits, **habits)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/sparql"

    @property
    def pages(self) -> list[str]:
        """The queries that were no counts."""
        return [asked.query for asked in self.asked if "COUNT(" not in asked.query]


class FakeHandler(BaseHTTPRequestHandler):
    server: FakeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._take("GET", urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get("query", [""])[0])

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = self.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
        self._take("form" if form else "POST", urllib.parse.parse_qs(body).get("query", [""])[0] if form else body)

    def _take(self, method: str, query: str) -> None:
        habits = self.server.habits
        self.server.asked.append(Asked(self.path, method, query, self.headers))
        self.close_connection = True
        if habits.redirect and (habits.circles or self.path.startswith("/sparql")):
            self._send(habits.redirect, "text/plain", b"", {"Location": self.path.replace("/sparql", "/moved", 1)})
        elif habits.authorization is not None and self.headers.get("Authorization") != habits.authorization:
            self._send(401, "text/plain", b"who are you?")
        elif habits.method not in ("any", method):
            self._send(415 if habits.method == "POST" else 405, "text/plain", b"not like this")
        else:
            self._answer(query, self.server.faults.pop(0) if self.server.faults else habits.always)

    def _answer(self, query: str, fault: str) -> None:
        habits = self.server.habits
        if fault.isdecimal():
            self._send(int(fault), "text/plain", b"later", {"Retry-After": "1"})
        elif "COUNT(" in query:
            if habits.counts:
                found = self.server.store.query(query).serialize(format=ox.QueryResultsFormat.JSON)
                self._send(200, "application/sparql-results+json", found, fault=fault)
            else:
                self._send(400, "text/plain", b"no counting here")
        elif query.startswith("CONSTRUCT" if not habits.constructs else "SELECT" if not habits.selects else " "):
            self._send(400, "text/plain", b"Parse error: not supported")
        elif habits.sort_limit is not None and _rows_sorted(query) > habits.sort_limit:
            self._send(200 if habits.sort_error_in_body else 500, "text/plain", VIRTUOSO)
        elif query.startswith("CONSTRUCT"):
            triples = [] if fault == "empty" else self._triples(query)
            self._send(200, habits.kind, ox.serialize(triples, format=CONSTRUCT_FORMATS[habits.kind]), fault=fault)
        else:
            limited = query if habits.cap is None else f"{re.sub(r' LIMIT [0-9]+$', '', query)} LIMIT {habits.cap}"
            limited = limited if fault != "empty" else query + " OFFSET 1000000"
            found = self.server.store.query(limited).serialize(format=ox.QueryResultsFormat.JSON)
            self._send(200, "application/sparql-results+json", found, fault=fault)

    def _triples(self, query: str) -> list[Any]:
        habits = self.server.habits
        if habits.ignores_offset:
            query = re.sub(r"OFFSET [0-9]+", "OFFSET 0", query)
        if habits.repeats:
            query = re.sub(r"OFFSET ([1-9][0-9]*)", lambda m: f"OFFSET {int(m[1]) - 1}", query)
        if habits.shuffles:
            triples = list(self.server.store.query(re.sub(r"ORDER BY .*?LIMIT [0-9]+ OFFSET [0-9]+", "", query)))
            low, size = (int(n[1]) if (n := re.search(rf"{w} ([0-9]+)", query)) else 0 for w in ("OFFSET", "LIMIT"))
            triples = random.sample(triples, len(triples))[low:][: size or None]
        else:
            triples = list(self.server.store.query(query))
        triples = triples[: habits.cap]
        return _relabelled(triples) if habits.relabels else triples

    def _send(
        self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None, fault: str = ""
    ) -> None:
        headers, encoding = dict(headers or {}), self.server.habits.encoding
        if fault == "html":
            kind, body = "text/html", HTML
        elif fault == "error text":
            body = VIRTUOSO.replace(b"SR353", b"SR171").replace(b"Sorted TOP", b"Transaction")
        elif fault == "time-out text":
            body += BLAZEGRAPH
        elif fault == "half":
            body = body.rstrip()[:-3]
        elif fault == "partial":
            headers |= {"X-SQL-State": "S1TAT", "X-SQL-Message": "RC...: Returning incomplete results"}
        elif fault == "206":
            status = 206
        if encoding == "gzip":
            body = gzip.compress(body)
        elif encoding:
            body = zlib.compress(body) if encoding == "deflate" else zlib.compress(body)[2:-4]
        if fault == "bad gzip":
            encoding, body = "gzip", b"\x1f\x8b\x08\x00" + b"\0" * 20
        if encoding:
            headers["Content-Encoding"] = encoding.removeprefix("raw ")
        if fault == "cut within":  # the compression, or what is not compressed, by a server that does not notice
            body = body[: len(body) // 2]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        sent = body[: len(body) // 2] if fault == "cut" else body
        if self.server.habits.chunked:
            headers["Transfer-Encoding"] = "chunked"
        else:
            headers["Content-Length"] = str(len(body))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.server.habits.chunked:
            sent = b"%x\r\n%s\r\n" % (len(sent), sent) if sent else b""
            sent += b"" if fault == "cut" else b"0\r\n\r\n"
        self.wfile.write(sent[:10] if fault == "reset" else sent)


FAULTS = (
    "html",
    "error text",
    "time-out text",
    "half",
    "partial",
    "206",
    "bad gzip",
    "cut",
    "reset",
    "empty",
    "503",
    "429",
)
"""What may befall a response. Some leave a response as it would be: of the end of an empty body nothing is cut."""


def _rows_sorted(query: str) -> int:
    numbers = [re.search(rf"{word} ([0-9]+)", query) for word in ("LIMIT", "OFFSET")]
    return sum(int(number[1]) for number in numbers if number) if "ORDER BY" in query else 0


def _relabelled(triples: list[Any]) -> list[Any]:
    """Triples with the labels of blank nodes that another response will not have."""
    names: dict[Any, Any] = {}
    start = random.randrange(3)

    def named(term: Any) -> Any:
        return (
            names.setdefault(term, ox.BlankNode(f"r{start + len(names)}")) if isinstance(term, ox.BlankNode) else term
        )

    return [ox.Triple(named(triple.subject), triple.predicate, named(triple.object)) for triple in triples]


@contextmanager
def serving() -> Iterator[FakeServer]:
    """Serve on a free port of this machine."""
    with FakeServer(("127.0.0.1", 0), FakeHandler) as server:
        server.behave(ox.Store())
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
