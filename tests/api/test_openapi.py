"""What the OpenAPI description says is what the service does: requests generated from it, right and wrong ones."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.rest.routes.dependencies import GRAPH_NAME
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.errors import BadInput
from clew.kg.store.catalogue import Catalogue
from tests.api.json_schema import ANY_JSON, Schemas

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(EXAMPLES, max_examples=25)
QUESTIONS = ["Who directed Inception?", "Which films were directed by Christopher Nolan?", "q"]
NAMES = ["Inception", "Juno", "directed_by", "^directed_by", "English", "films.nt", "1999", ""]


@pytest.fixture(scope="module")
def client(tmp_path_factory, publish, parts):
    home = tmp_path_factory.mktemp("openapi") / "home"
    publish(home)
    with TestClient(create_app(Service(Settings(home=home), parts)), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def schemas(client):
    return Schemas(client.get("/openapi.json").json())


def operations(schemas):
    return {
        f"{method} {path}": (method, path, operation)
        for path, methods in sorted(schemas.document["paths"].items())
        for method, operation in sorted(methods.items())
    }


def body_schema(operation) -> Any:
    content = operation.get("requestBody", {}).get("content", {})
    return content["application/json"]["schema"] if "application/json" in content else None


def documented(operation, status):
    for code in (str(status), f"{status // 100}XX"):
        if code in operation["responses"]:
            return operation["responses"][code]["content"]
    raise AssertionError(f"the status {status} is not documented")


def check(schemas, operation, response):
    """A documented status, content type and body, and no failure of the server."""
    assert response.status_code < 500, response.text
    content = documented(operation, response.status_code)
    kind = response.headers["content-type"].split(";")[0]
    assert kind in content
    failed = "application/json" if "openai" in operation["tags"] else "application/problem+json"
    assert kind == (failed if response.status_code >= 400 else "application/json")
    assert schemas.fits(content[kind]["schema"], response.json()), response.text


KNOWN = {"graph": "films", "key": "Christopher Nolan", "q": "nolan"}


def address(path, operation, draw, schemas):
    """The address with parameters as described; of those in the path, also what does not fit."""
    query = {}
    for parameter in operation.get("parameters", ()):
        name = parameter["name"]
        if parameter["in"] == "header":  # schemathesis tries these
            continue
        known = st.just(KNOWN[name]) if name in KNOWN else st.nothing()
        if parameter["in"] == "query":
            value = draw(known | schemas.values(parameter["schema"]).filter(lambda one: sendable(str(one))))
            query |= {} if value is None else {name: value}
            continue
        assert parameter["in"] == "path"
        value = draw(known | schemas.values(parameter["schema"]) | st.text(min_size=1, max_size=8).filter(sendable))
        path = path.replace("{" + name + "}", quote(value, safe=""))
    return f"{path}?{urlencode(query)}" if query else path


def sendable(text):
    return text not in (".", "..") and not any("\ud800" <= character <= "\udfff" for character in text)


def with_sense(draw, body):
    """Replace some generated texts by names that mean something to the graph."""
    if isinstance(body, list):
        return [draw(st.sampled_from([one, *NAMES])) if isinstance(one, str) else with_sense(draw, one) for one in body]
    if isinstance(body, dict):
        found = {name: with_sense(draw, one) for name, one in body.items()}
        if isinstance(found.get("question"), str) and draw(st.booleans()):
            found["question"] = draw(st.sampled_from(QUESTIONS))
        if "messages" in found:
            found |= {"model": draw(st.sampled_from([found["model"], "films"])), "stream": None}
        if found.get("version") is not None and draw(st.booleans()):
            found["version"] = None
        return found
    return body


def send(client, method, path, body):
    data = None if body is None else json.dumps(body).encode("utf-8", "surrogatepass")
    return client.request(method.upper(), path, content=data, headers={"Content-Type": "application/json"})


def test_all_routes_are_described(schemas):
    described = {path for _, path, _ in operations(schemas).values()}
    assert described >= {"/v1/graphs", "/v1/graphs/{graph}/ask", "/v1/graphs/{graph}/ask-batch", "/v1/paths/{id}"}
    assert described >= {"/healthz", "/problems", "/problems/{code}"}


@given(data=st.data())
@EXAMPLES
def test_requests_as_described(client, schemas, data):
    """No failure, nothing that is not described; and what is described is never refused as malformed."""
    method, path, operation = operations(schemas)[data.draw(st.sampled_from(list(operations(schemas))))]
    schema = body_schema(operation)
    body = None if schema is None else with_sense(data.draw, data.draw(schemas.values(schema)))
    assert schema is None or schemas.fits(schema, body)
    if path in ("/readyz", "/metrics") or path.endswith("/sparql"):
        return
    response = send(client, method, address(path, operation, data.draw, schemas), body)
    check(schemas, operation, response)
    if response.status_code == 422:
        assert code_of(response) != "invalid-request", response.text


def code_of(response):
    """The code of a problem, or of an error in OpenAI's form."""
    return response.json().get("error", response.json())["code"]


@given(data=st.data())
@EXAMPLES
def test_requests_that_are_not_as_described(client, schemas, data):
    """A field with a value that does not fit is refused, and no other value is."""
    asking = [one for one, (*_, operation) in operations(schemas).items() if body_schema(operation)]
    asking = [one for one in asking if not one.endswith("/completions")]  # unknown fields are ignored: other clients'
    method, path, operation = operations(schemas)[data.draw(st.sampled_from(asking))]
    schema = body_schema(operation)
    body = {"question": "q"} if path.endswith("ask") else {"questions": [{"question": "q"}]}
    place = body if path.endswith("ask") else body["questions"][0]
    fields = schemas.resolved({"$ref": "#/components/schemas/AskRequest"})["properties"]
    conditions = schemas.resolved({"$ref": "#/components/schemas/AskConditions"})["properties"]
    name = data.draw(st.sampled_from([*fields, *(f"conditions.{one}" for one in conditions), "unheard"]))
    value = data.draw(ANY_JSON | st.sampled_from([0, 1, "yes", "true", "3", 2.0, 2.5, True, [], [1], {"7": ["x"]}]))
    if name.startswith("conditions."):
        place["conditions"] = {name.removeprefix("conditions."): value}
    else:
        place[name] = value
    response = send(client, method, path.replace("{graph}", "films"), body)
    check(schemas, operation, response)
    if not schemas.fits(schema, body):
        assert 400 <= response.status_code < 500 or told_in_its_place(response.json()), (body, response.text)
    elif response.status_code == 422:
        assert response.json()["code"] != "invalid-request", (body, response.text)


def told_in_its_place(found):
    """Whether every question of a batch got a problem."""
    return all("code" in result for result in found.get("results", [{}]))


@given(body=st.binary(max_size=40) | ANY_JSON.map(lambda value: json.dumps(value).encode()))
@FEW
def test_bodies_of_any_kind(client, schemas, body):
    for _, path, operation in operations(schemas).values():
        if body_schema(operation):
            url, kind = path.replace("{graph}", "films"), {"Content-Type": "application/json"}
            response = client.post(url, content=body, headers=kind)
            check(schemas, operation, response)
            assert 400 <= response.status_code < 500


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "-1", '"2"', "true", "1" + "0" * 5_000])
@pytest.mark.parametrize("field", ["max_hops", "min_hops", "max_answers"])
def test_numbers_that_are_none(client, field, text):
    body = f'{{"question": "q", "{field}": {text}}}'
    response = client.post("/v1/graphs/films/ask", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code in (400, 422)
    assert response.json()["code"] in ("invalid-request", "bad-request")


@pytest.mark.parametrize("value", ["yes", "true", 1, 0, "", None, []])
@pytest.mark.parametrize("field", ["revisit", "explain"])
def test_truth_values_are_true_or_false(client, field, value):
    response = client.post("/v1/graphs/films/ask", json={"question": "q", field: value})
    assert (response.status_code, response.json()["code"]) == (422, "invalid-request")
    assert field in response.json()["detail"]


@given(name=st.from_regex(GRAPH_NAME, fullmatch=True) | st.text(max_size=70))
def test_the_pattern_of_names_is_the_catalogue_s(tmp_path_factory, name):
    catalogue = Catalogue(tmp_path_factory.getbasetemp())
    try:
        catalogue.check_name(name)
        valid = True
    except BadInput:
        valid = False
    assert valid == (re.fullmatch(GRAPH_NAME[1:-1], name) is not None)
