"""A remote engine as the model of the service, the command line and REST, over a real HTTP server."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from clew.api.cli import main
from clew.api.model_settings import ModelSettings, ReasoningMode
from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.errors import BadInput, ConstraintViolation, ModelUnavailable
from tests.decoding.chat_server import Engine, chat_server

QUESTION = "Who directed Inception?"


@pytest.fixture
def server():
    with chat_server() as url:
        Engine.wanted = "directed by"
        yield url


def settings(home, url, **of_model) -> Settings:
    return Settings(home=home, model=f"openai:{url}#some-model", threshold=0.0, of_model=ModelSettings(**of_model))


def test_a_remote_engine_answers_with_proofs(home, server):
    service = Service(settings(home, server, api_key="secret"))
    got = service.ask("films", AskRequest(question=QUESTION, max_hops=1))
    assert got.model == "remote:some-model"
    assert [answer.label for answer in got.answers] == ["Christopher Nolan"]
    assert got.paths
    assert all(path.verified for path in got.paths)
    (request,) = Engine.requests
    assert request["auth"] == "Bearer secret"
    assert request["model"] == "some-model"
    assert QUESTION in request["messages"][0]["content"]
    assert all(choice.startswith("Inception -> ") for choice in request["structured_outputs"]["choice"])
    found = service.path(got.paths[0].id)
    assert found.search["choices"] == len(request["structured_outputs"]["choice"])


def test_over_the_command_line(home, server):
    options = ["--home", str(home), "--model", f"openai:{server}#m", "--max-hops", "1", "--json"]
    env = {"CLEW_API_KEY": "secret", "CLEW_GUIDE": "json_schema", "CLEW_THRESHOLD": "0"}
    got = CliRunner().invoke(main, ["ask", "-g", "films", *options, QUESTION], env=env)
    assert got.exit_code == 0, got.output
    (request,) = Engine.requests
    assert request["auth"] == "Bearer secret"
    assert "response_format" in request
    assert json.loads(got.stdout)["model"] == "remote:m"
    assert json.loads(got.stdout)["answers"]


def test_over_rest_a_failing_engine_is_a_problem(home, server):
    client = TestClient(create_app(Service(settings(home, server))))
    ask = {"question": QUESTION, "max_hops": 1}
    assert client.post("/v1/graphs/films/ask", json=ask).json()["status"] == "answered"
    Engine.behaviour = "fail"
    failed = client.post("/v1/graphs/films/ask", json=ask)
    assert failed.status_code == 503
    assert failed.json()["code"] == "model-unavailable"
    Engine.behaviour = "disobey"
    assert client.post("/v1/graphs/films/ask", json=ask).json()["code"] == "constraint-violation"


@pytest.mark.parametrize("behaviour", ["disobey", "garbage", "empty", "redirect"])
def test_whatever_it_says_nothing_unproven_comes_out(home, server, behaviour):
    Engine.behaviour = behaviour
    with pytest.raises((ConstraintViolation, ModelUnavailable)):
        Service(settings(home, server)).ask("films", AskRequest(question=QUESTION, max_hops=1))


def test_names_and_combinations_that_cannot_be(home, server):
    ask = AskRequest(question=QUESTION)
    for model in ("openai:", f"openai:{server}", "openai:#m"):
        with pytest.raises(BadInput, match="ADDRESS#MODEL"):
            Service(Settings(home=home, model=model)).ask("films", ask)
    with pytest.raises(BadInput, match="http"):
        Service(Settings(home=home, model="openai:file:///etc/passwd#m")).ask("films", ask)
    with pytest.raises(BadInput, match="no token scores"):
        Service(settings(home, server, reasoning=ReasoningMode.CHAINS)).ask("films", ask)
    assert "secret" not in repr(settings(home, server, api_key="secret"))
