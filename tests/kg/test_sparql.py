"""Fetching from a SPARQL endpoint: everything that it holds, whatever its habits, or a clear error."""

from __future__ import annotations

import io
import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.kg.errors import BadInput, EndpointFailed
from clew.kg.ingest.loading import load
from clew.kg.ingest.options import IngestOptions
from clew.kg.ingest.sparql import bodies, requests
from clew.kg.ingest.sparql.endpoint import Endpoint
from clew.kg.ingest.sparql.fetch import Fetched, fetch
from tests.kg.fake_endpoint import FAULTS, FakeServer, serving

LINES = "".join(f'<http://x.org/{i}> <http://x.org/p> "{i}\\n"@en .\n' for i in range(25))
TERMS = r"""
<http://x.org/a> <http://x.org/p> "tab\t quote\" slash\\ line\n return\r é 𝔸 \u0007 '''" .
<http://x.org/a> <http://x.org/p> "same", "same"@en, "same"@de-AT, "same"^^<http://x.org/t>, <http://x.org/same> .
<http://x.org/a> <http://x.org/p> 1, "01"^^<http://www.w3.org/2001/XMLSchema#integer>, 1.0, 1e0, true .
<http://x.org/Ω> <http://x.org/q/Ω> "", " ", "x.", "# no error", "_:b" .
<http://x.org/ﬀ> <http://x.org/p> "ﬀ" . <http://x.org/𝔸> <http://x.org/p> "𝔸" .
"""
BLANK = """
<http://x.org/a> <http://x.org/at> _:one . _:one <http://x.org/street> "High" ; <http://x.org/in> _:two .
<http://x.org/b> <http://x.org/at> _:three . _:three <http://x.org/street> "High" ; <http://x.org/in> _:four .
_:two <http://x.org/name> "Here" . _:four <http://x.org/name> "There" .
"""


@pytest.fixture(scope="module")
def running() -> Iterator[FakeServer]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: FakeServer, monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    running.pauses = []  # type: ignore[attr-defined]
    monkeypatch.setattr(requests.time, "sleep", running.pauses.append)  # type: ignore[attr-defined]
    return running


def store_of(*turtle: str) -> ox.Store:
    store = ox.Store()
    for text in turtle:
        store.load(text.encode(), ox.RdfFormat.TURTLE)
    return store


def endpoint(server: FakeServer, **options: Any) -> Endpoint:
    return Endpoint(server.url, **{"page": 10, **options})


def canonical(quads: Any) -> set[str]:
    """Quads as text, the same for isomorphic graphs."""
    found = ox.Dataset(quads)
    found.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in found}


def in_file(path: Path) -> set[str]:
    return canonical(ox.parse(path.read_bytes(), ox.RdfFormat.N_TRIPLES))


def check(server: FakeServer, path: Path, **options: Any) -> Fetched:
    """Fetch, and compare with what the server holds."""
    found = fetch(endpoint(server, **options), path)
    expected = canonical(server.store)
    assert in_file(path) == expected
    assert found.statements == len(expected) > 0
    return found


# --- whole, or an error


def test_pages_make_the_whole_graph(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES))
    seen: list[int] = []
    assert fetch(endpoint(server), tmp_path / "g.nt", seen.append) == Fetched(25, counted=True)
    assert seen == [10, 20, 25]
    assert in_file(tmp_path / "g.nt") == canonical(server.store)
    assert [path.name for path in tmp_path.iterdir()] == ["g.nt"]


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("cap", [1, 3, 10])
@pytest.mark.parametrize("page", [4, 10, 1000])
def test_a_page_shorter_than_asked_for_is_not_the_end(
    server: FakeServer, tmp_path: Path, cap: int, page: int, counts: bool
) -> None:
    server.behave(store_of(LINES, TERMS), cap=cap, counts=counts)
    assert check(server, tmp_path / "g.nt", page=page).counted is counts


@pytest.mark.parametrize(
    "habits",
    [
        {"kind": "text/turtle"},
        {"kind": "application/rdf+xml"},
        {"kind": "application/ld+json"},
        {"kind": "text/plain"},
        {"method": "GET"},
        {"method": "POST"},
        {"method": "form"},
        {"redirect": 301},
        {"redirect": 302},
        {"redirect": 303},
        {"redirect": 307},
        {"redirect": 308},
        {"redirect": 303, "method": "GET"},
        {"encoding": "gzip"},
        {"encoding": "deflate"},
        {"encoding": "raw deflate"},
        {"encoding": "gzip", "chunked": True},
        {"constructs": False},
        {"constructs": False, "cap": 3},
        {"sort_limit": 8},
        {"sort_limit": 20},
        {"sort_limit": 20, "sort_error_in_body": True},
        {"sort_limit": 10, "counts": False},
        {"sort_limit": 3, "page": 1000},
        {"repeats": True},
        {"ignores_offset": True, "page": 1000},
    ],
    ids=str,
)
def test_habits_that_lose_nothing(server: FakeServer, tmp_path: Path, habits: dict[str, Any]) -> None:
    options = {"page": habits.pop("page")} if "page" in habits else {}
    simple = TERMS.replace(r" \u0007", "") if habits.get("kind") == "application/rdf+xml" else TERMS
    server.behave(store_of(LINES, simple), **habits)
    options |= {"page": 8} if habits.get("sort_limit") == 8 else {}
    check(server, tmp_path / "g.nt", **options)


PERSISTENT = [
    ("cut", {}, "cut short after"),
    ("cut", {"chunked": True}, "cut short"),
    ("cut", {"encoding": "gzip"}, "cut short after"),
    ("cut", {"encoding": "gzip", "chunked": True}, "cut short"),
    ("cut within", {"encoding": "gzip"}, "compressed response was cut short"),
    ("cut within", {"encoding": "deflate", "chunked": True}, "compressed response was cut short"),
    ("reset", {}, "cut short"),
    ("bad gzip", {}, "compressed response"),
    ("html", {}, "a page of HTML"),
    ("error text", {}, "SR171"),
    ("error text", {"kind": "text/turtle"}, "SR171|damaged"),
    ("time-out text", {}, "SPARQL-QUERY"),
    ("time-out text", {"kind": "text/turtle"}, "cut short or damaged"),
    ("time-out text", {"kind": "application/rdf+xml"}, "cut short or damaged"),
    ("time-out text", {"kind": "application/ld+json"}, "cut short or damaged"),
    ("time-out text", {"constructs": False}, "cut short or no SPARQL results"),
    ("half", {}, "no statement"),
    ("half", {"kind": "text/turtle"}, "cut short or damaged"),
    ("half", {"kind": "application/rdf+xml"}, "cut short or damaged"),
    ("half", {"kind": "application/ld+json"}, "cut short or damaged"),
    ("half", {"constructs": False}, "cut short or no SPARQL results"),
    ("partial", {}, "partial .S1TAT RC"),
    ("206", {}, "partial"),
    ("503", {}, "HTTP 503 Service Unavailable: later"),
    ("429", {}, "HTTP 429"),
    ("empty", {}, "counts 25 statements, but gave no more than"),
]


@pytest.mark.parametrize(("fault", "habits", "message"), PERSISTENT, ids=str)
def test_a_response_that_is_not_whole_is_a_failed_request(
    server: FakeServer, tmp_path: Path, fault: str, habits: dict[str, Any], message: str
) -> None:
    server.behave(store_of(LINES), faults=("", "", fault, fault), **habits)
    check(server, tmp_path / "g.nt")
    wait = 1.0 if fault in ("503", "429") else 0.5
    assert server.pauses[0] == wait  # type: ignore[attr-defined]
    server.behave(store_of(LINES), faults=("",), always=fault, **habits)
    with pytest.raises(EndpointFailed, match=message) as raised:
        fetch(endpoint(server), tmp_path / "h.nt")
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(server.url)
    assert server.pauses[-4:] == [wait, 1.0, 2.0, 4.0], "tried five times"  # type: ignore[attr-defined]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_combination_of_habits_gives_a_part(server: FakeServer, tmp_path: Path, data: st.DataObject) -> None:
    plain = TERMS.replace(r" \u0007", "")
    texts = data.draw(st.lists(st.sampled_from([LINES, plain, BLANK]), min_size=1, max_size=3))
    faults = data.draw(st.lists(st.sampled_from(["", *FAULTS]), max_size=6))
    always = data.draw(st.sampled_from(["", "", "", *FAULTS]))
    flags = ("counts", "constructs", "selects", "chunked", "relabels", "repeats", "shuffles", "ignores_offset")
    habits = {name: data.draw(st.booleans(), label=name) for name in flags}
    habits |= {
        "cap": data.draw(st.sampled_from([None, 2, 7, 30])),
        "kind": data.draw(st.sampled_from(["application/n-triples", "text/turtle", "application/rdf+xml"])),
        "method": data.draw(st.sampled_from(["any", "GET", "POST"])),
        "encoding": data.draw(st.sampled_from(["", "gzip", "deflate"])),
        "redirect": data.draw(st.sampled_from([0, 302, 307])),
        "sort_limit": data.draw(st.sampled_from([None, 9, 20])),
    }
    if not habits["counts"]:  # nothing tells an empty page from the end
        faults, always = [fault for fault in faults if fault != "empty"], always.replace("empty", "")
    server.behave(store_of(*texts), faults=tuple(faults), always=always, **habits)
    page = data.draw(st.sampled_from([3, 9, 1000]))
    (tmp_path / "g.nt").unlink(missing_ok=True)
    (tmp_path / "g.nt.state").unlink(missing_ok=True)
    for _ in range(3):  # a fetch that fails is resumed
        try:
            found = fetch(endpoint(server, page=page), tmp_path / "g.nt")
        except EndpointFailed:
            server.change(always="")
            continue
        assert in_file(tmp_path / "g.nt") == canonical(server.store)
        assert found.statements == len(server.store)
        return


# --- what cannot be read whole


@pytest.mark.parametrize("constructs", [True, False])
def test_blank_nodes_come_in_one_response_or_not_at_all(server: FakeServer, tmp_path: Path, constructs: bool) -> None:
    server.behave(store_of(LINES, BLANK), relabels=True, constructs=constructs)
    check(server, tmp_path / "g.nt")
    check(server, tmp_path / "whole.nt", page=1000)
    server.change(cap=5)
    with pytest.raises(EndpointFailed, match=r"8 statements have blank nodes.*gave 5 of them.*--pattern"):
        fetch(endpoint(server), tmp_path / "h.nt")
    server.change(counts=False)
    with pytest.raises(EndpointFailed, match="or more statements have blank nodes"):
        fetch(endpoint(server), tmp_path / "i.nt")
    ground = "?s ?p ?o FILTER(!isBlank(?s) && !isBlank(?o))"
    assert fetch(endpoint(server, pattern=ground), tmp_path / "j.nt").statements == 25


@pytest.mark.parametrize("counts", [True, False])
def test_an_endpoint_that_gives_the_same_page_again(server: FakeServer, tmp_path: Path, counts: bool) -> None:
    server.behave(store_of(LINES), ignores_offset=True, counts=counts)
    with pytest.raises(EndpointFailed, match="gave no more than 10" if counts else "gave statements again"):
        fetch(endpoint(server), tmp_path / "g.nt")


def test_an_empty_page_is_doubted(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES), faults=("", "empty", "503", "503", "empty"))  # nor is it counted at once
    check(server, tmp_path / "g.nt")
    server.behave(store_of(LINES), faults=("", "empty"), counts=False)
    check(server, tmp_path / "h.nt")


def test_a_count_that_differs_is_an_error(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES))

    def lose(count: int) -> None:
        gone = list(server.store)[:2]
        for quad in gone if count == 20 else []:
            server.store.remove(quad)
            server.store.add(ox.Quad(ox.NamedNode("http://a.org/new"), quad.predicate, quad.object))
        if count > 20:
            server.store.clear()

    with pytest.raises(EndpointFailed, match=r"gave 2[0-9] statements, but counts 0.*try again"):
        fetch(endpoint(server), tmp_path / "g.nt", lose)
    server.behave(store_of(LINES))
    check(server, tmp_path / "g.nt")


def test_bad_terms_are_left_to_the_ingest(server: FakeServer, tmp_path: Path) -> None:
    store = ox.Store()
    bad = b'<http://x.org/a b> <http://x.org/p> "x" .\n<http://x.org/c> <http://x.org/p> <http://x.org/{d}> .\n'
    store.load(bad + LINES.encode(), ox.RdfFormat.N_TRIPLES, lenient=True)
    for kind in ("application/n-triples", "text/turtle"):
        server.behave(store, kind=kind)
        assert fetch(endpoint(server), tmp_path / "g.nt").statements == 27
        loaded = load([str(tmp_path / "g.nt")], IngestOptions(on_error="skip"))
        assert loaded.rejections.counts == {"IRI": 2}


# --- resuming


class Stop(Exception):
    pass


def stop_at(count: int) -> Any:
    def observe(there: int) -> None:
        if there >= count:
            raise Stop

    return observe


@pytest.mark.parametrize(
    "habits", [{}, {"constructs": False}, {"relabels": True, "cap": 12}, {"sort_limit": 15}], ids=str
)
@pytest.mark.parametrize("page", [5, 100])
@pytest.mark.parametrize("change", ["", "removed", "added"])
def test_an_interrupted_fetch_goes_on(
    server: FakeServer, tmp_path: Path, page: int, change: str, habits: dict[str, Any]
) -> None:
    server.behave(store_of(LINES, BLANK), **habits)
    with pytest.raises(Stop):
        fetch(endpoint(server), tmp_path / "g.nt", stop_at(18))
    with (tmp_path / "g.nt").open("a") as stream:
        stream.write("<half a li")
    first = min(str(quad) for quad in server.store if isinstance(quad.subject, ox.NamedNode))
    if change == "removed":
        server.store.remove(next(quad for quad in server.store if str(quad) == first))
    elif change == "added":
        server.store.add(ox.Quad(ox.NamedNode("http://a.org/"), ox.NamedNode("http://a.org/p"), ox.Literal("new")))
    before = len(server.pages)
    by_key = not habits.get("constructs", True) or "sort_limit" in habits
    if by_key and change:  # what changed lies before the key
        with pytest.raises(EndpointFailed, match="counts"):
            fetch(endpoint(server, page=page), tmp_path / "g.nt")
        (tmp_path / "g.nt.state").unlink(missing_ok=True)
    check(server, tmp_path / "g.nt", page=page)
    if not change and not habits:
        assert "OFFSET 0 " not in " ".join(server.pages[before:]), "the first page is not fetched again"


def test_a_fetch_of_something_else_does_not_go_on(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES))
    with pytest.raises(Stop):
        fetch(endpoint(server), tmp_path / "g.nt", stop_at(10))
    found = fetch(endpoint(server, pattern="?s ?p ?o . FILTER(?s = <http://x.org/7>)"), tmp_path / "g.nt")
    assert found.statements == 1
    with pytest.raises(Stop):
        fetch(endpoint(server), tmp_path / "g.nt", stop_at(10))
    noted = json.loads((tmp_path / "g.nt.state").read_text())
    (tmp_path / "g.nt.state").write_text(json.dumps(noted | {"count": 9}))
    check(server, tmp_path / "g.nt")


# --- requests


def test_pauses_follow_the_endpoint(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES), faults=("503", "429", "500"))
    check(server, tmp_path / "g.nt", page=100)
    assert server.pauses == [1.0, 1.0, 2.0]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7), (" 7 ", 7), ("²", 0), ("-1", 0), ("", 0), (None, 0), ("soon", 0), ("Mon, 01 Jan 2001 00:00:00 GMT", 0)],
)
def test_retry_after(text: str | None, seconds: float) -> None:
    assert requests._seconds(text) == seconds


def test_retry_after_a_date() -> None:
    assert requests._seconds("Fri, 01 Jan 2100 00:00:00 GMT") > 1e9


def test_a_pattern_chooses(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES, "<http://x.org/1> <http://x.org/of> <http://x.org/2> ."))
    assert fetch(endpoint(server, pattern="?s ?p ?o # all"), tmp_path / "all.nt").statements == 26
    pattern = (
        "{ ?s ?p ?o FILTER(?s = <http://x.org/7>) } UNION { ?o <http://x.org/of> ?s BIND(<http://x.org/has> AS ?p) }"
    )
    assert fetch(endpoint(server, pattern=pattern + " UNION { ?o ?p ?s }"), tmp_path / "g.nt").statements == 3


def test_no_statement_is_an_error(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES))
    with pytest.raises(EndpointFailed, match="no such statement"):
        fetch(endpoint(server, pattern="?s ?p ?o FILTER(false)"), tmp_path / "g.nt")


def test_credentials_stay_with_their_host(server: FakeServer, tmp_path: Path) -> None:
    with serving() as other:
        other.behave(store_of(LINES), authorization="Bearer secret")
        server.behave(store_of(LINES))
        headers = {"Authorization": "Bearer secret"}
        assert fetch(Endpoint(other.url, headers), tmp_path / "g.nt").statements == 25
        with pytest.raises(EndpointFailed, match="HTTP 401 Unauthorized: who are you"):
            fetch(Endpoint(other.url), tmp_path / "h.nt")
    mine = "http://a.org/sparql"
    assert requests._may_know(mine, "http://a.org/other")
    assert requests._may_know(mine, "https://a.org/sparql")
    for url in ("http://b.org/sparql", "http://a.org:8080/sparql", "https://a.org:8443/", "http://a.org.b.org/"):
        assert not requests._may_know(mine, url)
    assert not requests._may_know("https://a.org/", mine)


def test_redirects_are_bounded_and_stay_encrypted(server: FakeServer, tmp_path: Path) -> None:
    server.behave(store_of(LINES))
    server.change(redirect=302, circles=True)
    with pytest.raises(EndpointFailed, match="redirected more than 5 times"):
        fetch(endpoint(server), tmp_path / "g.nt")
    for target in ("http://a.org/sparql", "file:///etc/hosts", "ftp://a.org/"):
        with pytest.raises(EndpointFailed, match="which is not"):
            requests._target("https://a.org/sparql", target)
    assert requests._target("https://a.org/sparql", "/x?y") == "https://a.org/x?y"


def test_an_endpoint_keeps_its_parameters(server: FakeServer) -> None:
    server.behave(store_of(LINES), method="GET")
    url = server.url + "?default-graph-uri=http%3A%2F%2Fg#part"
    requests.Requester(Endpoint(url)).ask("ASK { }", "a/b", lambda reply: reply)
    assert server.asked[-1].path == "/sparql?default-graph-uri=http%3A%2F%2Fg&query=ASK+%7B+%7D"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not an HTTP URL"),
        ("http://", "not an HTTP URL"),
        ("http://a.org:port/", "not an HTTP URL"),
        ("http://a.org/a b", "not an HTTP URL"),
        ("http://me:secret@a.org/sparql", "CLEW_SPARQL_USER"),
    ],
)
def test_addresses_that_are_none(tmp_path: Path, url: str, reason: str) -> None:
    with pytest.raises(BadInput, match=reason) as raised:
        fetch(Endpoint(url), tmp_path / "g.nt")
    assert reason == "not an HTTP URL" or "secret" not in str(raised.value)


def test_nobody_there(server: FakeServer, tmp_path: Path) -> None:
    with pytest.raises(EndpointFailed, match=r"127\.0\.0\.1:9/: .*refused"):
        fetch(Endpoint("http://127.0.0.1:9/"), tmp_path / "g.nt")


def test_responses_are_bounded(server: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SPARQL_PAGE_BYTES", 100)
    for encoding in ("", "gzip"):
        server.behave(store_of(LINES), encoding=encoding)
        with pytest.raises(EndpointFailed, match="use a smaller --page-size"):
            fetch(endpoint(server), tmp_path / "g.nt")


@contextmanager
def answering(head: bytes, rest: Callable[[socket.socket], None] = lambda client: None) -> Iterator[str]:
    """The address of a server that sends some bytes to each client, and then does as it is told."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    with server.accept()[0] as client:
                        receive_whole(client)
                        client.sendall(head)
                        rest(client)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/sparql"
        server.shutdown(socket.SHUT_RDWR)


def receive_whole(client: socket.socket) -> None:
    """Read a request to its end: a connection closed before that is reset, and the response may be lost."""
    data = part = client.recv(1 << 16)
    while part and b"\r\n\r\n" not in data:
        part = client.recv(1 << 16)
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
    left = int(length.group(1)) - len(body) if length else 0
    while part and left > 0:
        part = client.recv(1 << 16)
        left -= len(part)


def ask(url: str) -> requests.Reply:
    return requests.Requester(Endpoint(url)).ask("ASK { }", "a/b", lambda reply: reply)


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: a",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<a:a>",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<a:a>\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\n<a:a> <a:p> <a:b> .\n",
        b"HTTP/1.1 404 Not Found\r\n\r\n<html>",
    ],
)
def test_a_response_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, head: bytes) -> None:
    """The time limit closes the connection wherever the response is, and what came till then is not taken for it."""
    sent = threading.Event()

    class Over:
        daemon = False

        def __init__(self, seconds: float, act: Any) -> None:
            self.act = act

        def start(self) -> None:
            threading.Thread(target=lambda: (sent.wait(), self.act()), daemon=True).start()

        def cancel(self) -> None:
            pass

    def wait(client: socket.socket) -> None:
        sent.set()
        while client.recv(4096):  # until the client has left
            pass

    monkeypatch.setattr(requests, "SPARQL_ATTEMPTS", 1)
    monkeypatch.setattr(requests.threading, "Timer", Over)
    expected = "HTTP 404|took more than 120" if b"404" in head else "took more than 120 seconds"
    with answering(head, wait) as url, pytest.raises(EndpointFailed, match=expected):
        ask(url)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"hello\r\n\r\n", "hello"),
        (b"", "Remote end closed"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc", "cut short"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc", "invalid length: '-5'"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500 + b"\r\n", "more than 100 headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nabc", "compressed with 'br'"),
        (b"HTTP/1.1 202 Accepted\r\nContent-Length: 3\r\n\r\nabc", "HTTP 202 Accepted: abc"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "HTTP 302"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[a\r\nContent-Length: 0\r\n\r\n", "not an HTTP URL"),
        (b"HTTP/1.1 302 Found\r\nLocation: file:///etc/hosts\r\nContent-Length: 0\r\n\r\n", "not an HTTP URL"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\xc3\xa9\r\nContent-Length: 0\r\n\r\n", "5 times, .*/%C3%A9"),
    ],
)
def test_responses_that_are_none(monkeypatch: pytest.MonkeyPatch, head: bytes, reason: str) -> None:
    monkeypatch.setattr(requests, "SPARQL_ATTEMPTS", 1)
    with answering(head) as url, pytest.raises(EndpointFailed, match=reason) as raised:
        ask(url)
    assert "\n" not in str(raised.value)


def test_terms_survive_the_fetch_and_the_ingest(server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "all.nt").write_bytes(
        ox.serialize(store_of(TERMS).quads_for_pattern(None, None, None), format=ox.RdfFormat.N_QUADS)
    )
    expected = load([str(tmp_path / "all.nt")], IngestOptions()).graph.content_hash
    for habits in ({}, {"kind": "text/turtle"}, {"constructs": False}):
        server.behave(store_of(TERMS), **habits)
        fetch(endpoint(server, page=3), tmp_path / "g.nt")
        assert load([str(tmp_path / "g.nt")], IngestOptions()).graph.content_hash == expected
    assert io.BytesIO(LINES.encode()).readline().endswith(b"@en .\n")
