"""The tools of an agent, by the official client: in memory, over HTTP, over standard input and output."""

from __future__ import annotations

import json
import sys
import time
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from clew.api.mcp.server import make_server, mount
from clew.api.mcp.tools import Tools
from clew.api.rest.admission import Gate
from clew.api.rest.app import create_app
from clew.api.rest.arrivals import Arrivals
from clew.api.rest.readers import Readers
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.errors import Cancelled

TOOLS = {"ask", "find_entity", "inspect_path", "check_path", "describe_graph"}


@pytest.fixture(scope="module")
def films(tmp_path_factory, publish, parts):
    home = tmp_path_factory.mktemp("mcp") / "home"
    publish(home)
    service = Service(Settings(home=home), parts)
    service.warm("films")
    yield service
    service.close()


def server_of(service, graph=None, waiting=8):
    return make_server(Tools(service, Gate(2, waiting), Arrivals(service), Readers(), graph), "1.0")


def call(service, tool, graph=None, **arguments):
    """What a tool returns: its structured content, or the text of its error."""

    async def run():
        async with Client(server_of(service, graph)) as client:
            found = await client.call_tool(tool, arguments)
            return found.content[0].text if found.is_error else found.structured_content

    return anyio.run(run)


def test_every_tool_and_argument_is_described(films):
    async def run():
        async with Client(server_of(films)) as client:
            return (await client.list_tools()).tools, client.instructions

    tools, instructions = anyio.run(run)
    assert {tool.name for tool in tools} == TOOLS
    assert "never" in instructions
    for tool in tools:
        assert tool.description
        assert tool.title
        assert tool.annotations.read_only_hint
        assert tool.output_schema["properties"]
        fields = [*tool.input_schema["properties"].values(), *tool.output_schema["properties"].values()]
        assert all(field.get("description") for field in fields), tool.name


def test_an_answer_comes_with_its_proof(films):
    found = call(films, "ask", question="Who directed Inception?")
    assert found["status"] == "answered"
    assert [answer["label"] for answer in found["answers"]] == ["Christopher Nolan"]
    assert found["reading"]
    assert found["unread"] == []
    path = found["paths"][0]
    assert found["answers"][0]["paths"][0] == path["id"]
    assert path["verified"]
    proof = call(films, "inspect_path", id=path["id"])
    assert proof["text"] == path["text"]
    assert [triple["relation"]["key"] for triple in proof["triples"]] == ["directed_by"]


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("Who directed Nosferatu?", "no_entity"),
        ("Who directed Inception in seven weeks without a script?", "not_understood"),
        ("What is the budget of Inception?", "not_understood"),
    ],
)
def test_what_is_declined_comes_without_an_answer(films, question, status):
    found = call(films, "ask", question=question)
    assert (found["status"], found["answers"], found["paths"]) == (status, [], [])
    assert found["reason"]["message"]
    assert "otherwise" not in found
    assert "alternatives" not in found
    assert "Christopher Nolan" not in str(found)


def test_a_pronoun_is_not_ignored(films):
    found = call(films, "ask", question="Who directed it?")
    assert (found["status"], found["answers"]) == ("not_understood", [])
    assert [part["text"] for part in found["unread"]] == ["it"]
    assert '"it"' in found["reason"]["message"]
    found = call(films, "ask", question="Who directed it?", topics=["Inception"])
    assert [answer["label"] for answer in found["answers"]] == ["Christopher Nolan"]


def test_an_answer_is_that_of_the_service(films):
    for question in ("Who directed Inception?", "Which films were directed by Christopher Nolan?"):
        found = call(films, "ask", question=question, max_hops=2)
        same = films.ask("films", AskRequest(question=question, max_hops=2, max_answers=20))
        assert found["answers"] == [answer.model_dump() for answer in same.answers]
        assert found["reading"] == same.reading


def test_more_answers_than_wanted_are_partial(films):
    found = call(films, "ask", question="Which films were directed by Christopher Nolan?", max_answers=1)
    assert (found["status"], len(found["answers"])) == ("partial", 1)


def test_entities_and_paths_and_the_graph(films):
    assert call(films, "find_entity", text="nolan")["entities"][0]["key"] == "Christopher Nolan"
    claim = {
        "nodes": ["Inception", "Christopher Nolan", "Paris"],
        "relations": [{"key": "directed_by"}, {"key": "born_in"}],
    }
    checked = call(films, "check_path", **claim)
    assert (checked["found"], checked["missing"]) == (False, [1])
    graph = call(films, "describe_graph")
    assert (graph["graph"], graph["graphs"], graph["triples"]) == ("films", ["films"], 10)
    assert graph["most_used"][0]["key"] == "directed_by"


def test_errors_say_what_to_do(films, publish):
    assert "unknown-graph" in call(films, "ask", question="q", graph="art")
    assert "unknown-node" in call(films, "ask", question="Where was he born?", topics=["Nobody at all"])
    assert "unknown-path" in call(films, "inspect_path", id="none")
    assert "max_answers" in call(films, "ask", question="q", max_answers=0)
    publish(films.settings.home, "other")
    try:
        assert "films, other" in call(films, "ask", question="Who directed Inception?")
        assert call(films, "ask", graph="films", question="Who directed Inception?")["status"] == "answered"
    finally:
        films.catalogue.remove("other")


def test_the_limit_of_the_queue_holds_for_tools(films):
    gate = Gate(1, 0)
    server = make_server(Tools(films, gate, Arrivals(films), Readers()), "1.0")

    async def run():
        async with Client(server) as client:
            with gate.entered():
                return await client.call_tool("ask", {"question": "Who directed Inception?"})

    found = anyio.run(run)
    assert found.is_error
    assert "overloaded" in found.content[0].text


def test_a_question_that_is_withdrawn_is_cancelled(films, monkeypatch):
    seen = []

    def slow(*_, cancellations, **__):
        seen.append("begun")
        while not cancellations[0].cancelled:
            time.sleep(0.01)
        seen.append("cancelled")
        raise RuntimeError("nobody reads this")

    monkeypatch.setattr(films, "ask_many", slow)

    async def run():
        async with Client(server_of(films)) as client:
            with anyio.move_on_after(0.2):
                await client.call_tool("ask", {"question": "Who directed Inception?"})

    anyio.run(run)
    assert seen == ["begun", "cancelled"]


@asynccontextmanager
async def served(service, origins=()):
    """An HTTP client of the application, without a socket."""
    app = create_app(service, ["testserver"], origins)
    mount(app)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
            yield client


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http(films, mode):
    async def run():
        async with (
            served(films) as http,
            Client(streamable_http_client("http://testserver/mcp", http_client=http), mode=mode) as client,
        ):
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            found = await client.call_tool("ask", {"question": "Who directed Inception?"})
            return found.structured_content["answers"][0]["label"], (await http.get("/v1/graphs")).status_code

    assert anyio.run(run) == ("Christopher Nolan", 200)


@pytest.mark.parametrize(
    ("origin", "status"), [("https://evil.example", 403), ("http://testserver", 200), ("https://app.example", 200)]
)
def test_pages_of_other_origins_are_refused(films, origin, status):
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    headers = {"Origin": origin, "Accept": "application/json, text/event-stream"}

    async def run():
        async with served(films, ["https://app.example"]) as http:
            return await http.post("/mcp", json=body, headers=headers), await http.get("/mcp", headers=headers)

    answered, got = anyio.run(run)
    assert answered.status_code == status
    assert got.status_code == 405


@pytest.mark.parametrize("version", [None, "2025-06-18"])
def test_a_client_that_hangs_up_cancels_its_question(films, monkeypatch, version):
    seen = []

    def slow(*_, cancellations, **__):
        while not cancellations[0].cancelled:
            time.sleep(0.01)
        seen.append("cancelled")
        raise Cancelled("the question was withdrawn")

    monkeypatch.setattr(films, "ask_many", slow)
    call = {"name": "ask", "arguments": {"question": "Who directed Inception?"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}).encode()
    sent = {"content-type": "application/json", "accept": "application/json, text/event-stream", "host": "testserver"}
    sent |= {"mcp-protocol-version": version} if version else {}
    headers = [(name.encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "POST", "path": "/mcp", "query_string": b"", "headers": headers}
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive():
        if messages:
            return messages.pop()
        await anyio.sleep(0.1)
        return {"type": "http.disconnect"}

    async def send(_):
        pass

    async def run():
        app = create_app(films, ["testserver"])
        mount(app)
        async with app.router.lifespan_context(app):
            await app(scope, receive, send)

    anyio.run(run)
    assert seen == ["cancelled"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_tools_keep_to_the_scopes_of_a_key(tmp_path, publish, parts, mode):
    """Without a key nothing; with one what its scopes allow, and no word of other graphs."""
    home = tmp_path / "home"
    for name in ("films", "other"):
        publish(home, name)
    service = Service(Settings(home=home, require_key=True), parts)
    _, token = service.keys.add("agent", ["ask:films", "read:films"], None)
    claim = {"nodes": ["Inception", "Christopher Nolan"], "relations": [{"key": "directed_by"}]}
    calls = [
        ("ask", {"question": "Who directed Inception?"}),
        ("find_entity", {"text": "nolan"}),
        ("check_path", claim),
        ("describe_graph", {}),
    ]

    async def run():
        async with served(service) as http:
            assert (await http.post("/mcp", json={})).status_code == 401
            http.headers["Authorization"] = f"Bearer {token}"
            transport = streamable_http_client("http://testserver/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                allowed = [await client.call_tool(name, given) for name, given in calls]
                refused = [await client.call_tool(name, given | {"graph": "other"}) for name, given in calls]
        return allowed, refused

    allowed, refused = anyio.run(run)
    service.close()
    assert not any(found.is_error for found in allowed)
    assert allowed[-1].structured_content["graphs"] == ["films"]
    assert all(found.is_error and "insufficient-scope" in found.content[0].text for found in refused)


def test_over_standard_input_and_output(films):
    home = str(films.settings.home)
    parameters = StdioServerParameters(
        command=sys.executable, args=["-m", "clew", "mcp", "--home", home, "--graph", "films"]
    )

    async def run():
        async with Client(parameters) as client:
            assert {tool.name for tool in (await client.list_tools()).tools} == TOOLS
            return (await client.call_tool("describe_graph", {})).structured_content

    assert anyio.run(run)["graph"] == "films"
