"""Problem types, for programs and for people; HEAD."""

from __future__ import annotations

import pytest

from clew.api.schema.problems import CODES

PATHS = ["/", "/healthz", "/v1/graphs", "/v1/graphs/films", "/problems", "/problems/unknown-graph", "/openapi.json"]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_type_leads_to_its_description(client, code):
    found = client.get(f"/problems/{code}")
    assert found.status_code == 200
    assert (found.json()["code"], found.json()["type"]) == (code, f"/problems/{code}")
    assert found.json()["detail"]
    page = client.get(f"/problems/{code}", headers={"Accept": "text/html,application/xhtml+xml"})
    assert page.headers["content-type"].startswith("text/html")
    assert code in page.text
    assert found.json()["title"] in page.text


def test_the_list_of_types(client):
    assert [one["code"] for one in client.get("/problems").json()] == sorted(CODES)
    page = client.get("/problems", headers={"Accept": "text/html"}).text
    assert all(f"<code>{code}</code>" in page for code in CODES)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/nowhere", None),
        ("DELETE", "/v1/graphs", None),
        ("POST", "/v1/graphs/films/ask", {}),
        ("POST", "/v1/graphs/films/ask", {"question": ""}),
        ("POST", "/v1/graphs/none/ask", {"question": "q"}),
        ("GET", "/problems/<b>", None),
    ],
)
def test_the_type_of_a_problem_resolves(client, method, path, body):
    problem = client.request(method, path, json=body).json()
    assert client.get(problem["type"]).json()["code"] == problem["code"]


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(client, path):
    got, head = client.get(path), client.head(path)
    assert got.status_code == head.status_code == 200
    assert head.content == b""
    assert {name: head.headers[name] for name in ("content-type", "content-length")} == {
        name: got.headers[name] for name in ("content-type", "content-length")
    }


def test_head_of_what_is_not_there(client):
    assert client.head("/nowhere").status_code == 404
    response = client.head("/v1/graphs/films/ask")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
