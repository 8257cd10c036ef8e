"""Fetching from a SPARQL endpoint: pages, resuming, retries, authentication, and answers that are none."""

from __future__ import annotations

import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyoxigraph as ox
import pytest

from clew.kg.errors import BadFile, BadInput
from clew.kg.ingest import sparql
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.sparql import Endpoint, fetch

LINES = "".join(f'<http://x.org/{i}> <http://x.org/p> "{i}\\n"@en .\n' for i in range(25))


class Server(ThreadingHTTPServer):
    store: ox.Store
    failures: list[int]
    queries: list[str]
    kind = "application/n-triples"
    expected = "Bearer secret"
    fail_after: int | None = None


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        query = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"][0]
        if self.headers["Authorization"] != self.server.expected:
            self.send_error(401)
        elif self.server.fail_after is not None and len(self.server.queries) >= self.server.fail_after:
            self.send_error(500)
        elif self.server.failures:
            self.send_error(self.server.failures.pop())
        else:
            self.server.queries.append(query)
            answer = self.server.store.query(query).serialize(format=ox.RdfFormat.N_TRIPLES)
            self.send_response(200)
            self.send_header("Content-Type", self.server.kind)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setattr(sparql.time, "sleep", lambda seconds: None)
    with Server(("127.0.0.1", 0), Handler) as running:
        running.store, running.failures, running.queries = ox.Store(), [], []
        running.store.load(LINES.encode(), ox.RdfFormat.N_TRIPLES)
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running
        running.shutdown()


def endpoint(server: Server, **options: object) -> Endpoint:
    url = f"http://127.0.0.1:{server.server_address[1]}/sparql"
    return Endpoint(url, **{"headers": {"Authorization": "Bearer secret"}, "page": 10, **options})  # type: ignore[arg-type]


def graph_of(path: Path) -> str:
    return load([str(path)], IngestOptions()).graph.content_hash


def test_pages_make_the_whole_graph(server: Server, tmp_path: Path) -> None:
    (tmp_path / "all.nt").write_text(LINES)
    seen: list[int] = []
    assert fetch(endpoint(server), tmp_path / "g.nt", seen.append) == 3
    assert seen == [10, 20, 30]
    assert graph_of(tmp_path / "g.nt") == graph_of(tmp_path / "all.nt")
    assert not (tmp_path / "g.nt.state").exists()


def test_a_broken_fetch_is_resumed(server: Server, tmp_path: Path) -> None:
    (tmp_path / "all.nt").write_text(LINES)

    def stop(offset: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(endpoint(server), tmp_path / "g.nt", stop)
    with (tmp_path / "g.nt").open("a") as stream:
        stream.write("<half a li")
    fetch(endpoint(server), tmp_path / "g.nt")
    assert len(server.queries) == 3
    assert graph_of(tmp_path / "g.nt") == graph_of(tmp_path / "all.nt")


def test_retries(server: Server, tmp_path: Path) -> None:
    server.failures = [503, 429, 500]
    assert fetch(endpoint(server, page=100), tmp_path / "g.nt") == 1
    server.failures = [503] * 9
    with pytest.raises(BadFile, match="503"):
        fetch(endpoint(server), tmp_path / "h.nt")
    assert len(server.failures) == 4


def test_a_pattern_chooses(server: Server, tmp_path: Path) -> None:
    fetch(endpoint(server, pattern="?s ?p ?o . FILTER(?s = <http://x.org/7>)"), tmp_path / "g.nt")
    assert load([str(tmp_path / "g.nt")], IngestOptions()).graph.num_edges == 1


def test_refusals(server: Server, tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="401"):
        fetch(endpoint(server, headers={}), tmp_path / "g.nt")
    server.kind = "text/html"
    with pytest.raises(BadFile, match="text/html"):
        fetch(endpoint(server), tmp_path / "g.nt")
    with pytest.raises(BadInput):
        fetch(Endpoint("file:///etc/passwd"), tmp_path / "g.nt")
    with pytest.raises(BadFile, match="127"):
        fetch(Endpoint("http://127.0.0.1:9/"), tmp_path / "g.nt")
