"""``clew ingest --sparql`` against a real server on this machine."""

import base64
import json

import pytest

from clew.kg.ingest import sparql
from tests.kg.test_sparql import LINES, server  # noqa: F401  (a fixture)


def url(server):  # noqa: F811
    return f"http://127.0.0.1:{server.server_address[1]}/sparql"


@pytest.fixture
def expected(clew, tmp_path):
    (tmp_path / "all.nt").write_text(LINES)
    return json.loads(clew("ingest", tmp_path / "all.nt", "-g", "file", "--json").stdout)["hash"]


def test_pages_of_an_endpoint_are_a_graph(clew, server, expected, monkeypatch, home):  # noqa: F811
    monkeypatch.setenv("CLEW_SPARQL_TOKEN", "secret")
    server.failures = [503, 429]
    result = clew("ingest", "--sparql", url(server), "--page-size", "10", "-g", "s", "--json")
    assert json.loads(result.stdout)["hash"] == expected
    events = map(json.loads, result.stderr.splitlines())
    assert [event["statements"] for event in events if event["event"] == "fetched"] == [10, 20, 30]
    assert list((home / "fetched").iterdir()) == []


def test_a_broken_fetch_goes_on_where_it_stopped(clew, server, expected, monkeypatch):  # noqa: F811
    monkeypatch.setattr(sparql, "SPARQL_ATTEMPTS", 1)
    arguments = ("ingest", "--sparql", url(server), "--token", "secret", "--page-size", "10", "-g", "s", "--json")
    server.fail_after = 2
    assert "HTTP 500" in clew(*arguments, exit_code=2).stderr
    assert "s" not in [graph["name"] for graph in json.loads(clew("graphs", "--json").stdout)]
    server.fail_after = None
    assert json.loads(clew(*arguments).stdout)["hash"] == expected
    assert len(server.queries) == 3


def test_a_user_and_a_password(clew, server, expected):  # noqa: F811
    server.expected = "Basic " + base64.b64encode(b"me:pass").decode()
    got = clew("ingest", "--sparql", url(server), "--user", "me:pass", "-g", "s", "--json")
    assert json.loads(got.stdout)["hash"] == expected
    assert "401" in clew("ingest", "--sparql", url(server), "--user", "me:no", "-g", "t", exit_code=2).stderr


def test_files_and_an_endpoint_together(clew, server, tmp_path):  # noqa: F811
    (tmp_path / "more.nt").write_text("<a:a> <a:p> <a:b> .\n")
    got = clew("ingest", tmp_path / "more.nt", "--sparql", url(server), "--token", "secret", "-g", "s", "--json")
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
