"""Pages of other origins can neither read nor ask, unless the operator names their origin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.rest.origins import READ, SENT, checked_origin
from clew.kg.errors import BadInput
from tests.api.test_errors import check_problem

HERE, THERE = "https://app.example.org", "https://evil.example.org"
ASK = "/v1/graphs/films/ask"
QUESTION = {"question": "Who directed Inception?"}
SIMPLE = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
"""What a page may send without asking first."""


def operations(client: TestClient) -> list[tuple[str, str]]:
    paths = client.get("/openapi.json").json()["paths"]
    named = {"{graph}": "films", "{key}": "Juno", "{id}": "0123456789abcdef-0", "{code}": "not-found"}
    found = []
    for path, methods in paths.items():
        for name, value in named.items():
            path = path.replace(name, value)
        path += "?file=a.ttl" if path.endswith("/ingest") else ""
        found += [(m.upper(), f"{path}?graph=x" if (m, path) == ("post", "/v1/graphs") else path) for m in methods]
    assert len(found) > 10
    return found


def preflight(client: TestClient, path: str, method: str, origin: str):
    asks = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
    return client.options(path, headers={"Origin": origin, **asks})


def names(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


def allowances(response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


@pytest.fixture
def opened(service):
    with TestClient(create_app(service, allowed_origins=[HERE])) as client:
        yield client


def test_by_default_no_other_origin_reads_or_asks(client) -> None:
    for method, path in operations(client):
        asked = preflight(client, path, method, HERE)
        check_problem(asked, 405, "method-not-allowed", "")
        assert allowances(asked) == {}
        response = client.request(method, path, headers={"Origin": HERE}, json={} if method == "POST" else None)
        assert allowances(response) == {}
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("kind", SIMPLE)
def test_what_needs_no_leave_of_the_browser_is_refused(client, kind) -> None:
    posts = [path for method, path in operations(client) if method == "POST"]
    assert ASK in posts
    for path in posts:
        headers = {"Origin": THERE} | ({"Content-Type": kind} if kind else {})
        response = client.post(path, content=b'{"question": "Who?"}', headers=headers)
        if "/chat/" in path:
            assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported-media-type")
            continue
        by_origin = path.partition("?")[0].endswith(("/graphs", "/ingest", "/update", "/sparql"))
        status, code = (403, "forbidden") if by_origin else (415, "unsupported-media-type")
        check_problem(response, status, code, "")


def test_an_origin_that_is_named_reads_and_asks(opened) -> None:
    asked = preflight(opened, ASK, "POST", HERE)
    assert asked.status_code == 200
    told = allowances(asked)
    assert told["access-control-allow-origin"] == HERE
    assert "access-control-allow-credentials" not in told
    assert names(",".join(SENT)) <= names(told["access-control-allow-headers"])
    response = opened.post(ASK, json=QUESTION, headers={"Origin": HERE})
    assert response.json()["status"] == "answered"
    assert response.headers["access-control-allow-origin"] == HERE
    assert names(response.headers["access-control-expose-headers"]) == names(",".join(READ))
    assert "Origin" in response.headers["vary"]
    failed = opened.post("/v1/graphs/none/ask", json=QUESTION, headers={"Origin": HERE})
    assert failed.headers["access-control-allow-origin"] == HERE  # a page may read the problem, too


@pytest.mark.parametrize("origin", [THERE, "null", f"{HERE}.evil.example", HERE.upper(), "http://app.example.org", ""])
def test_others_stay_out(opened, origin) -> None:
    asked = preflight(opened, ASK, "POST", origin)
    assert asked.status_code in (400, 405)
    assert asked.headers["content-type"] == "application/problem+json"
    assert "access-control-allow-origin" not in asked.headers
    assert "access-control-allow-origin" not in opened.get("/v1/graphs", headers={"Origin": origin}).headers
    assert preflight(opened, ASK, "PUT", HERE).status_code == 400


@pytest.mark.parametrize("origin", [HERE, "http://localhost:3000", "https://[::1]:8443", "http://a"])
def test_origins(origin) -> None:
    assert checked_origin(origin) == origin


WRONG = [
    "*",
    "null",
    "",
    "app.example.org",
    f"{HERE}/",
    f"{HERE}/page",
    "https://*.example.org",
    "file://x",
    f" {HERE}",
]


@given(st.sampled_from(WRONG) | st.text(max_size=10))
def test_what_is_no_origin_is_refused(origin) -> None:
    with pytest.raises(BadInput):
        checked_origin(origin)


def test_the_server_does_not_start_with_what_is_no_origin(clew) -> None:
    result = clew("serve", "--allow-origin", "*", exit_code=2)
    assert "no origin" in result.output
