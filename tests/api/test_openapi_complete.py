"""The OpenAPI document is complete: every operation and field is described, with examples that fit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.service.service import Service
from clew.api.settings import Settings
from tests.api.json_schema import Schemas

IDS = {
    "ask",
    "ask_batch",
    "cancel_job",
    "check_health",
    "check_path",
    "check_readiness",
    "create_chat_completion",
    "create_graph",
    "delete_graph",
    "find_entities",
    "get_entity",
    "get_graph",
    "get_job",
    "get_metrics",
    "get_model",
    "get_path",
    "get_problem_type",
    "ingest",
    "list_graphs",
    "list_jobs",
    "list_models",
    "list_problem_types",
    "list_relations",
    "query_sparql",
    "query_sparql_by_post",
    "list_versions",
    "roll_back",
    "search_paths",
    "update_graph",
}
"""The operation ids that clients are generated from: one may be added, none may change."""


@pytest.fixture(scope="module")
def client(tmp_path_factory, parts) -> Iterator[TestClient]:
    service = Service(Settings(home=tmp_path_factory.mktemp("home")), parts)
    with TestClient(create_app(service)) as client:
        yield client


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = [operation for methods in document["paths"].values() for operation in methods.values()]
    assert found
    return found


def test_the_operation_ids_are_stable(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert set(ids) == IDS


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    for operation in operations(document):
        assert all(operation[part] for part in ("summary", "description", "tags")), operation
        for parameter in operation.get("parameters", ()):
            assert all((parameter["description"], parameter["schema"]["examples"])), parameter
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            assert kind in ("application/octet-stream", "multipart/form-data") or content["examples"]


def test_every_response_has_an_example_that_fits(document: dict[str, Any]) -> None:
    schemas = Schemas(document)
    for operation in operations(document):
        assert operation["responses"].keys() >= {"4XX", "5XX"}
        assert operation["responses"].keys() & {"200", "202"}
        for response in operation["responses"].values():
            assert response["description"]
            for kind, content in response.get("content", {}).items():  # 304 has none
                if kind.endswith("json"):
                    assert schemas.fits(content["schema"], content["example"]), (operation["operationId"], kind)


def test_every_example_of_a_body_fits(document: dict[str, Any]) -> None:
    schemas = Schemas(document)
    bodies = [each["requestBody"] for each in operations(document) if "requestBody" in each]
    assert bodies
    for body in bodies:
        content = body["content"].get("application/json", {"schema": {}, "examples": {}})
        assert all(schemas.fits(content["schema"], each["value"]) for each in content["examples"].values())


def test_every_field_is_described(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    assert len(schemas) > 20
    for name, schema in schemas.items():
        assert schema["description"], name
        assert "enum" in schema or schema["properties"], name
        fields = schema.get("properties", {})
        assert not [field for field, value in fields.items() if not value.get("description")], name


def test_the_page_shows_every_operation_and_field(client: TestClient, document: dict[str, Any]) -> None:
    response = client.get("/docs")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
    for path, methods in document["paths"].items():
        assert f"<code>{path}</code>" in response.text
        for operation in methods.values():
            assert f'id="{operation["operationId"]}"' in response.text
    for name, schema in document["components"]["schemas"].items():
        assert f'id="schema-{name}"' in response.text
        assert all(f"<code>{field}</code>" in response.text for field in schema.get("properties", ()))


def test_the_page_loads_nothing_from_elsewhere(client: TestClient) -> None:
    response = client.get("/docs")
    assert "<script" not in response.text
    assert " style=" not in response.text
    loaded = re.findall(r'(?:src|href)="([^"#]*)"', response.text)
    assert loaded
    for address in loaded:
        assert "//" not in address
        assert client.get(f"/{address.removeprefix('./')}").status_code == 200
    assert response.headers["content-security-policy"].startswith("default-src 'none'")


def test_links_within_the_page_lead_somewhere(client: TestClient) -> None:
    text = client.get("/docs").text
    targets = set(re.findall(r'href="#([^"]+)"', text))
    assert len(targets) > 20
    assert targets <= set(re.findall(r'id="([^"]+)"', text))
