"""Bad input: each a clear message, with an exit code or as problem+json."""

import json

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.problems import KINDS
from clew.kg import errors, limits

REST = [
    ("/v1/graphs/films/ask", {"question": "q", "topics": [""]}, 422, "unknown-node", "''"),
    ("/v1/graphs/nowhere/ask", {"question": "q"}, 404, "unknown-graph", "nowhere"),
    ("/v1/graphs/films/ask", {"question": ""}, 400, "bad-input", "empty"),
    ("/v1/graphs/films/ask", {"question": " \n "}, 400, "bad-input", "empty"),
    ("/v1/graphs/films/ask", {"question": "x" * 10_000}, 400, "bad-input", "10,000 characters"),
    ("/v1/graphs/films/ask", {"question": 7}, 422, "invalid-request", "question"),
    ("/v1/graphs/films/ask", {}, 422, "invalid-request", "question"),
    ("/v1/graphs/films/ask", [], 422, "invalid-request", "body"),
    ("/v1/graphs/films/ask", {"question": "q", "max_hops": 99}, 422, "invalid-request", "max_hops"),
    ("/v1/graphs/films/ask", {"question": "q", "max_hop": 1}, 422, "invalid-request", "max_hop"),
    ("/v1/graphs/films/ask", {"question": "q", "topics": "Juno"}, 422, "invalid-request", "topics"),
    ("/v1/graphs/films/ask", {"question": "q", "topics": ["Casablanca"]}, 422, "unknown-node", "Casablanca"),
    ("/v1/graphs/films/ask", {"question": "q", "version": "000000000000"}, 404, "unknown-version", "000000000000"),
    ("/v1/graphs/..%2F..%2Fetc/ask", {"question": "q"}, 404, "not-found", "Not Found"),
    ("/v1/graphs/..%5Cfilms/ask", {"question": "q"}, 400, "bad-input", "invalid graph name"),
    ("/v1/graphs/.hidden/ask", {"question": "q"}, 400, "bad-input", "invalid graph name"),
    ("/v1/graphs/films%00/ask", {"question": "q"}, 400, "bad-input", "invalid graph name"),
]


def check_problem(response, status, code, words):
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
    assert problem["title"]
    assert words in problem["detail"]
    assert "Traceback" not in response.text


@pytest.mark.parametrize(("path", "body", "status", "code", "words"), REST)
def test_rest(client, path, body, status, code, words):
    check_problem(client.post(path, json=body), status, code, words)


@pytest.mark.parametrize("path", ["/v1/paths/nonsense", "/v1/paths/0123456789abcdef-0", "/v1/paths/..%2f..%2fx"])
def test_rest_unknown_path(client, path):
    response = client.get(path)
    assert response.status_code == 404
    assert response.json()["code"] in ("unknown-path", "not-found")


def test_rest_bodies_that_are_not_json(client):
    url, headers = "/v1/graphs/films/ask", {"Content-Type": "application/json"}
    check_problem(client.post(url, content="{", headers=headers), 422, "invalid-request", "JSON")
    check_problem(client.post(url, content=b"\xff\xfe", headers=headers), 422, "invalid-request", "")
    check_problem(client.post(url, headers=headers), 422, "invalid-request", "body")
    check_problem(
        client.post(url, content=r'{"question": "half a \ud83d"}', headers=headers), 400, "bad-input", "Unicode"
    )
    deep = '{"question": ' + "[" * 20_000
    assert client.post(url, content=deep, headers=headers).status_code in (400, 422)


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded", "json", ""])
def test_rest_bodies_that_are_not_said_to_be_json(client, kind):
    for route in ("ask", "ask-batch"):
        headers = {} if kind is None else {"Content-Type": kind}
        response = client.post(f"/v1/graphs/films/{route}", content='{"question": "q"}', headers=headers)
        check_problem(response, 415, "unsupported-media-type", "application/json")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/ld+json"])
def test_rest_bodies_that_are_said_to_be_json(client, kind):
    body = '{"question": "Who directed Inception?"}'
    assert client.post("/v1/graphs/films/ask", content=body, headers={"Content-Type": kind}).status_code == 200


def test_rest_a_host_that_is_not_served(service):
    with TestClient(create_app(service, ["localhost"]), base_url="http://elsewhere.example") as client:
        check_problem(client.get("/v1/graphs"), 400, "bad-request", "host")
        assert client.head("/v1/graphs").content == b""


def test_rest_large_bodies(client):
    body = json.dumps({"question": "x" * limits.MAX_BODY_BYTES}).encode()
    for content in (body, iter([body[:10], body[10:]])):
        response = client.post("/v1/graphs/films/ask", content=content, headers={"Content-Type": "application/json"})
        check_problem(response, 413, "body-too-large", str(limits.MAX_BODY_BYTES))


def test_rest_methods_and_places(client):
    check_problem(client.delete("/v1/graphs"), 405, "method-not-allowed", "")
    check_problem(client.options("/v1/graphs"), 405, "method-not-allowed", "")
    check_problem(client.post("/"), 405, "method-not-allowed", "")
    check_problem(client.get("/static/nothing.js"), 404, "not-found", "")
    check_problem(client.get("/v1"), 404, "not-found", "")
    check_problem(client.get("/v1/graphs/films/ask"), 405, "method-not-allowed", "")
    check_problem(client.get("/nowhere"), 404, "not-found", "")


def test_rest_an_unforeseen_error_gives_nothing_away(client, service, monkeypatch):
    monkeypatch.setattr(service, "ask", lambda *_: 1 / 0)
    check_problem(client.post("/v1/graphs/films/ask", json={"question": "q"}), 500, "internal-error", "log")


def test_a_path_that_fails_verification_is_never_returned(client, clew, service, monkeypatch):
    def lying(graph, proof, seen):
        raise errors.VerificationFailed("not in the graph: x")

    monkeypatch.setattr("clew.kg.proof.checker.verify", lying)
    response = client.post("/v1/graphs/films/ask", json={"question": "Who directed Inception?"})
    check_problem(response, 500, "verification-failed", "not in the graph")
    assert "Nolan" not in response.text
    result = clew("ask", "-g", "films", "Who directed Inception?", exit_code=1)
    assert (result.stdout, result.stderr) == ("", "clew: not in the graph: x\n")


def test_every_problem_type_can_be_looked_up(client):
    for error in KINDS:
        got = client.get(f"/problems/{error.code}")
        assert got.status_code == 200
        assert got.json()["title"] == KINDS[error].title
    assert client.get("/problems/nothing").status_code == 404


def test_every_error_of_the_graph_layer_is_mapped():
    known = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.ClewError)]
    assert set(known) <= KINDS.keys()
    assert len({error.code for error in KINDS}) == len(KINDS)


CLI = [
    (["ask", "-g", "nowhere", "q"], 2, "no graph 'nowhere'"),
    (["ask", "-g", "../films", "q"], 2, "invalid graph name"),
    (["ask", "-g", "films", ""], 2, "the question is empty"),
    (["ask", "-g", "films", "x" * 10_000], 2, "10,000 characters"),
    (["ask", "-g", "films", "q", "--topic", "Casablanca"], 2, "'Casablanca'"),
    (["ask", "-g", "films", "q", "--version", "zz"], 2, "no unique version"),
    (["inspect", "nonsense"], 2, "no stored path"),
    (["stats", "-g", "nowhere"], 2, "no graph 'nowhere'"),
    (["versions", "-g", "nowhere"], 2, "no graph 'nowhere'"),
    (["remove", "-g", "nowhere", "--yes"], 2, "no graph 'nowhere'"),
    (["eval", "-g", "films", "--questions", "/no/such/file"], 2, "no such file"),
    (["eval", "-g", "nowhere", "--questions", "/no/such/file"], 2, "no graph 'nowhere'"),
]


@pytest.mark.parametrize(("arguments", "exit_code", "words"), CLI)
def test_cli(clew, arguments, exit_code, words):
    result = clew(*arguments, exit_code=exit_code)
    assert result.stdout == ""
    assert result.stderr.startswith("clew: ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    as_json = clew(*arguments, "--json", exit_code=exit_code)
    assert as_json.stdout == ""
    assert words in json.loads(as_json.stderr)["detail"]


@pytest.mark.parametrize(
    "arguments",
    [["ask"], ["ask", "-g", "films"], ["ask", "-g", "films", "q", "--max-hops", "99"], ["nonsense"], ["eval"]],
)
def test_cli_usage(clew, arguments):
    assert "Usage:" in clew(*arguments, exit_code=2).stderr


def test_cli_bad_environment(clew, monkeypatch):
    monkeypatch.setenv("CLEW_THRESHOLD", "high")
    assert "CLEW_THRESHOLD must be a number from 0 to 1" in clew("graphs", exit_code=2).stderr


def test_cli_questions_cut_short(clew, tmp_path):
    file = tmp_path / "q.txt"
    file.write_text("who [x]\ty\nwho is")
    assert f"{file}:2: no tab" in clew("eval", "-g", "films", "--questions", file, exit_code=2).stderr
    file.write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    assert "binary" in clew("eval", "-g", "films", "--questions", file, exit_code=2).stderr


def test_cli_text_that_is_no_unicode(clew):
    assert "invalid Unicode text" in clew("ask", "-g", "films", "caf\udce9", exit_code=2).stderr
    assert "invalid Unicode text" in clew("ask", "-g", "films", "q", "--topic", "caf\udce9", exit_code=2).stderr
    assert "topics" in clew("ask", "-g", "films", "q", *["--topic", "x"] * 9, exit_code=2).stderr
