"""``clew ingest --sparql`` against a real server on this machine."""

import base64
import json

import pyoxigraph as ox
import pytest

from clew.kg.ingest.sparql import requests
from tests.kg.fake_endpoint import serving

LINES = "".join(f'<http://x.org/{i}> <http://x.org/p> "{i}\\n"@en .\n' for i in range(25))


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(requests.time, "sleep", lambda seconds: None)
    with serving() as running:
        store = ox.Store()
        store.load(LINES.encode(), ox.RdfFormat.N_TRIPLES)
        running.behave(store, authorization="Bearer secret")
        yield running


@pytest.fixture
def expected(clew, tmp_path):
    (tmp_path / "all.nt").write_text(LINES)
    return json.loads(clew("ingest", tmp_path / "all.nt", "-g", "file", "--json").stdout)["hash"]


def test_pages_of_an_endpoint_are_a_graph(clew, server, expected, monkeypatch, home):
    monkeypatch.setenv("CLEW_SPARQL_TOKEN", "secret")
    server.faults = ["503", "429"]
    result = clew("ingest", "--sparql", server.url, "--page-size", "10", "-g", "s", "--json")
    assert json.loads(result.stdout)["hash"] == expected
    events = list(map(json.loads, result.stderr.splitlines()))
    assert [event["statements"] for event in events if event["event"] == "fetched"] == [10, 20, 25]
    assert [event for event in events if event["event"] == "complete"] == [
        {"event": "complete", "statements": 25, "counted": True}
    ]
    assert list((home / "fetched").iterdir()) == []


def test_a_broken_fetch_goes_on_where_it_stopped(clew, server, expected):
    arguments = ("ingest", "--sparql", server.url, "--token", "secret", "--page-size", "10", "-g", "s", "--json")
    server.faults = ["", "", *["cut"] * 5]
    failed = clew(*arguments, exit_code=1)
    problem = json.loads(failed.stderr.splitlines()[-1])
    assert problem["code"] == "endpoint-failed"
    assert problem["detail"].startswith(f"{server.url}: the response was cut short after")
    assert "s" not in [graph["name"] for graph in json.loads(clew("graphs", "--json").stdout)]
    before = len(server.pages)
    assert json.loads(clew(*arguments).stdout)["hash"] == expected
    assert ["OFFSET 0 " in page for page in server.pages[before:]] == [False] * 3, "the last page again, and the rest"


def test_a_failed_request_leaves_one_line_and_the_graph(clew, server, expected):
    arguments = ("ingest", "--sparql", server.url, "--token", "secret", "-g", "file")
    for always in ("cut", "html", "half", "empty", "503"):
        server.change(always=always)
        failed = clew(*arguments, exit_code=1)
        (line,) = failed.stderr.splitlines()
        assert line.startswith(f"clew: {server.url}: ")
        assert failed.stdout == ""
    (graph,) = (graph for graph in json.loads(clew("graphs", "--json").stdout) if graph["name"] == "file")
    assert expected.startswith(graph["version"])


def test_a_user_and_a_password(clew, server, expected):
    server.change(authorization="Basic " + base64.b64encode(b"me:pass").decode())
    got = clew("ingest", "--sparql", server.url, "--user", "me:pass", "-g", "s", "--json")
    assert json.loads(got.stdout)["hash"] == expected
    assert "401" in clew("ingest", "--sparql", server.url, "--user", "me:no", "-g", "t", exit_code=1).stderr


def test_files_and_an_endpoint_together(clew, server, tmp_path):
    (tmp_path / "more.nt").write_text("<a:a> <a:p> <a:b> .\n")
    got = clew("ingest", tmp_path / "more.nt", "--sparql", server.url, "--token", "secret", "-g", "s", "--json")
    assert json.loads(got.stdout)["triples"] == 26


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ([], "nothing to load"),
        (["--page-size", "5"], "need --sparql"),
        (["--sparql", "http://127.0.0.1:9/", "--token", "x", "--user", "a:b"], "either a token or a user"),
        (["--sparql", "file:///etc/passwd"], "not an HTTP URL"),
    ],
)
def test_options_that_do_not_go_together(clew, options, reason):
    assert reason in clew("ingest", *options, "-g", "s", exit_code=2).stderr
