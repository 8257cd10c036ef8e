"""Who is let in where: each operation of the OpenAPI document, without a key and with keys that do not allow it.

A route whose scope is not stated does not start, and one that is for everyone fails here until it is listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import APIRouter, Depends
from starlette.testclient import TestClient

from clew.api.rest.access import OPEN, OpenAddresses, needs
from clew.api.rest.app import ROUTERS, create_app
from clew.api.service.keys import OPERATIONS
from clew.api.service.service import Service
from clew.api.settings import Settings
from tests.api.test_errors import check_problem

FOR_EVERYONE = {"check_health", "check_readiness", "get_problem_type", "list_problem_types"}
"""Operations that need no key."""
OF_NO_GRAPH = {"cancel_job", "get_job", "get_metrics", "get_path", "list_graphs", "list_jobs", "list_models"}
"""Operations whose address names no graph: what they show of others is held back by what they return (test_keys.py)."""
DESTRUCTIVE = {"delete_graph"}
"""Operations that the right key is not tried with, since they would end what the others need."""


@dataclass(frozen=True)
class Call:
    """A request that an operation accepts, made of the examples in the document."""

    id: str
    method: str
    address: str
    body: dict[str, Any]
    headers: dict[str, str]
    scopes: list[str]


class Matrix:
    """A server that requires keys, the calls of its document, and keys of every kind."""

    def __init__(self, client: TestClient, service: Service) -> None:
        self.client, self.keys, self._made = client, service.keys, 0
        paths = client.get("/openapi.json").json()["paths"]
        self.calls = [
            call_of(path, method, operation) for path, methods in paths.items() for method, operation in methods.items()
        ]

    def key(self, *scopes: str, days: float | None = None) -> tuple[str, str]:
        """A new key: its name and its text."""
        self._made += 1
        return f"k{self._made}", self.keys.add(f"k{self._made}", scopes, days)[1]

    def send(self, call: Call, token: str | None) -> Any:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.client.request(call.method, call.address, headers=headers | call.headers, **call.body)


def call_of(path: str, method: str, operation: dict[str, Any]) -> Call:
    known, query = {"graph": "films", "model": "films"}, {}
    for parameter in operation.get("parameters", ()):
        value = known.get(parameter["name"], parameter["schema"]["examples"][0])
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", str(value))
        elif parameter["in"] == "query" and parameter.get("required"):
            query[parameter["name"]] = value
    content = operation.get("requestBody", {}).get("content", {})
    body: dict[str, Any] = {"params": query}
    headers = {}
    if "application/json" in content:
        body["json"] = dict(next(iter(content["application/json"]["examples"].values()))["value"])
        if "model" in body["json"]:
            body["json"]["model"] = "films"
    elif content:
        body |= {"content": b"x"}
        headers = {"Content-Type": "application/octet-stream"}
    (security,) = operation.get("security", [{}])
    scopes = [scope for named in security.values() for scope in named]
    return Call(operation["operationId"], method.upper(), path, body, headers, scopes)


@pytest.fixture(scope="module")
def matrix(tmp_path_factory, publish, parts) -> Iterator[Matrix]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    publish(home)
    publish(home, "other")
    service = Service(Settings(home=home, require_key=True, ingest=True, ingest_folder=home), parts)
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield Matrix(client, service)
    service.close()


def test_every_operation_states_its_scope(matrix) -> None:
    assert len(matrix.calls) > 15
    assert {call.id for call in matrix.calls if not call.scopes} == FOR_EVERYONE
    assert {call.id for call in matrix.calls if call.scopes and "films" not in str(call)} == OF_NO_GRAPH
    assert all(call.scopes[0] in OPERATIONS and len(call.scopes) == 1 for call in matrix.calls if call.scopes)


def test_what_is_for_everyone_needs_no_key(matrix) -> None:
    for call in matrix.calls:
        if not call.scopes:
            assert matrix.send(call, None).status_code in (200, 503)
    for address in ("/", "/docs", "/openapi.json", "/static/app.js"):
        assert matrix.client.get(address).status_code == 200


def test_nobody_else_is_let_in(matrix) -> None:
    revoked, token = matrix.key(*OPERATIONS)
    matrix.keys.revoke(revoked)
    strangers = [None, "nonsense", token, matrix.key(*OPERATIONS, days=1e-9)[1]]
    for call in matrix.calls:
        for stranger in strangers if call.scopes else ():
            response = matrix.send(call, stranger)
            check_problem(response, 401, "unauthorized", "")
            assert response.headers["www-authenticate"].startswith("Bearer ")


def check_refused(call: Call, response: Any, words: str) -> None:
    """A problem, or the same in the form of OpenAI."""
    if not call.id.endswith(("_model", "_models", "_completion")):
        check_problem(response, 403, "insufficient-scope", words)
        return
    assert (response.status_code, response.json()["error"]["code"]) == (403, "insufficient-scope")
    assert words in response.json()["error"]["message"]


def test_a_key_with_all_other_scopes_is_refused(matrix) -> None:
    keys = {scope: matrix.key(*(set(OPERATIONS) - {scope}))[1] for scope in OPERATIONS}
    for call in matrix.calls:
        for scope in call.scopes:
            response = matrix.send(call, keys[scope])
            check_refused(call, response, "")
            assert f'scope="{scope}"' in response.headers["www-authenticate"]


def test_a_key_of_another_graph_is_refused(matrix) -> None:
    _, token = matrix.key(*(f"{scope}:other" for scope in OPERATIONS))
    looked_at = [call for call in matrix.calls if call.scopes and call.id not in OF_NO_GRAPH]
    assert looked_at
    for call in looked_at:
        check_refused(call, matrix.send(call, token), "films")


def test_the_right_key_is_let_in(matrix) -> None:
    keys = {scope: matrix.key(f"{scope}:films")[1] for scope in OPERATIONS}
    for call in matrix.calls:
        for scope in call.scopes if call.id not in DESTRUCTIVE else ():
            assert matrix.send(call, keys[scope]).status_code not in (401, 403), call.id


@pytest.mark.parametrize("stated", [[], [Depends(lambda: None)]])
def test_a_route_that_states_nothing_does_not_start(stated) -> None:
    router = APIRouter(prefix="/v1/x")
    router.add_api_route("/a", lambda: 1, dependencies=[needs("read")])
    router.add_api_route("/b", lambda: 1, dependencies=[OPEN])
    assert "/v1/x/b" in OpenAddresses([router])
    assert "/v1/x/a" not in OpenAddresses([router])
    router.add_api_route("/c", lambda: 1, dependencies=stated)
    with pytest.raises(TypeError, match="does not say what it needs"):
        OpenAddresses([router])


@pytest.mark.parametrize(
    "address", ["/v1/graphs", "/healthz/x", "/x/healthz", "/docs\n", "/static", "/metrics", "", "//docs"]
)
def test_addresses_that_are_not_open(address) -> None:
    assert address not in OpenAddresses(ROUTERS)


def test_the_graph_that_is_checked_is_the_one_that_is_changed(matrix) -> None:
    _, token = matrix.key("ingest:new", "read:films")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "text/turtle"}
    address = "/v1/graphs?file=a.ttl"
    for wrong in ("&graph=new&graph=films", "&graph=films", "&graph=NEW", "&graph=%20new"):
        refused = matrix.client.post(address + wrong, content=b"x", headers=headers)
        check_problem(refused, 403, "insufficient-scope", "")
    assert (
        matrix.client.post(f"{address}&graph=films&graph=new", content=b"x", headers=headers).json()["graph"] == "new"
    )
    elsewhere = matrix.client.get("/v1/graphs/other?graph=films", headers=headers)
    check_problem(elsewhere, 403, "insufficient-scope", "other")
