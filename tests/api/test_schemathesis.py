"""schemathesis over the OpenAPI document: no failure of the server, and every error a problem that is documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clew.api.rest.app import create_app
from clew.api.schema.problems import CODES
from clew.api.service.service import Service
from clew.api.settings import Settings

QUICK = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def described(tmp_path_factory, publish, parts) -> Iterator[schemathesis.BaseSchema]:
    home = tmp_path_factory.mktemp("schemathesis") / "home"
    publish(home)
    service = Service(Settings(home=home), parts)
    service.warm_up.begin()
    service.warm("films")
    found = schemathesis.openapi.from_asgi("/openapi.json", create_app(service))
    found.config.generation.update(with_security_parameters=False)  # random keys: test_access_matrix.py tries others
    yield found
    service.close()


OPERATIONS = [
    "ask",
    "ask_batch",
    "cancel_job",
    "check_health",
    "check_path",
    "create_chat_completion",
    "delete_graph",
    "find_entities",
    "get_entity",
    "get_graph",
    "get_job",
    "get_model",
    "get_path",
    "get_problem_type",
    "list_graphs",
    "list_jobs",
    "list_models",
    "list_problem_types",
    "list_relations",
    "list_versions",
    "roll_back",
    "search_paths",
]
CAN_BE_WRONG = [
    "ask",
    "ask_batch",
    "check_path",
    "create_chat_completion",
    "find_entities",
    "get_entity",
    "get_graph",
    "get_path",
    "list_relations",
    "roll_back",
    "search_paths",
]
"""The operations that take more than a text of any kind."""

CASES = [
    *((name, GenerationMode.POSITIVE) for name in OPERATIONS),
    *((name, GenerationMode.NEGATIVE) for name in CAN_BE_WRONG),
]


def test_all_operations_are_looked_at(described: schemathesis.BaseSchema) -> None:
    apart = {
        "check_readiness",
        "get_metrics",
        "create_graph",
        "ingest",
        "update_graph",
    }  # 503 until all is loaded; no JSON; files
    apart |= {"query_sparql", "query_sparql_by_post"}  # see test_sparql_protocol.py
    assert {result.ok().definition.raw["operationId"] for result in described.get_all_operations()} - apart == set(
        OPERATIONS
    )


@pytest.mark.parametrize(("name", "mode"), CASES, ids=lambda one: getattr(one, "value", one))
def test_no_failure_and_only_documented_problems(
    described: schemathesis.BaseSchema, name: str, mode: GenerationMode
) -> None:
    operation = described.find_operation_by_id(name)
    count = 0

    @given(case=operation.as_strategy(generation_mode=mode))
    @QUICK
    def check(case: schemathesis.Case) -> None:
        nonlocal count
        count += 1
        response = case.call()
        case.validate_response(response, checks=CHECKS)
        assert response.status_code != 401  # nothing would be looked at
        if response.status_code >= 400 and "openai" in operation.definition.raw["tags"]:
            assert response.json()["error"]["code"] in CODES
        elif response.status_code >= 400:
            problem = response.json()
            assert response.headers["content-type"] == ["application/problem+json"]
            assert problem["status"] == response.status_code
            assert problem["type"] == f"/problems/{problem['code']}"

    check()
    assert count
