"""A question's answer as server-sent events: they say what the JSON says, as it happens, to whoever listens."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.decoding.answering.observer import UNOBSERVED, Observer
from clew.decoding.reasoner import Reasoning
from clew.kg import limits
from tests.api.program_answers import PROGRAMS
from tests.api.test_errors import check_problem

PATIENCE = 20.0
EVENTS = {"Accept": "text/event-stream"}
FILMS = "/v1/graphs/films/ask"
Event = tuple[str, Any]


def parsed(text: str) -> list[Event]:
    """The events of a stream, as a client reads them; comments are left out."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            fields = dict(line.split(": ", 1) for line in lines)
            found.append((fields["event"], json.loads(fields["data"])))
    return found


def events(client: TestClient, body: dict[str, Any], address: str = FILMS) -> list[Event]:
    response = client.post(address, json=body, headers=EVENTS)
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    return parsed(response.text)


def check_law(told: list[Event], result: dict[str, Any]) -> None:
    """The events are those of the result, in order; only times differ from question to question."""
    kinds = [kind for kind, _ in told]
    assert kinds[-1] == "done"
    assert kinds.count("done") == 1
    assert "problem" not in kinds
    done = told[-1][1]
    assert {**done, "timings": 0} == {**result, "timings": 0}
    assert done["timings"].keys() == result["timings"].keys()
    assert [data for kind, data in told if kind == "answer"] == result["answers"]
    assert [data for kind, data in told if kind == "path"] == result["paths"]
    linked = [data["linked"] for kind, data in told if kind == "linked"]
    assert (linked[-1] if linked else []) == result["linked"]
    readings = [data for kind, data in told if kind == "reading"]
    last = readings[-1] if readings else {"reading": "", "unread": []}
    assert last == {"reading": result["reading"], "unread": result["unread"]}
    proved: set[str] = set()
    for kind, data in told:  # the proof comes before what it proves
        if kind == "path":
            proved.add(data["id"])
        if kind == "answer":
            assert set(data["paths"]) <= proved


QUESTIONS = [
    "Who directed Inception?",
    "Who starred in Inception?",
    "What did Christopher Nolan direct?",
    "What language is Juno in?",
    "Who is the wife of Tom Hardy?",
    "Whatever is that?",
    "Who directed Incepton?",
]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    question=st.sampled_from(QUESTIONS) | st.text(min_size=1, max_size=30),
    hops=st.integers(1, 3),
    answers=st.integers(1, 3),
    topics=st.none() | st.just(["Juno"]),
)
def test_the_events_say_what_the_result_says(client, question, hops, answers, topics) -> None:
    body = {"question": question, "max_hops": hops, "max_answers": answers, "topics": topics}
    plain = client.post(FILMS, json=body)
    told = client.post(FILMS, json=body, headers=EVENTS)
    assert told.status_code == plain.status_code
    if plain.status_code == 200:
        check_law(parsed(told.text), plain.json())
    else:
        assert told.json() == plain.json()


def test_an_answer_comes_in_the_order_of_its_making(client) -> None:
    kinds = [kind for kind, _ in events(client, {"question": "Who starred in Inception?", "max_hops": 1})]
    assert kinds == ["linked", "reading", "path", "answer", "path", "answer", "done"]


@pytest.mark.parametrize("question", list(PROGRAMS))
def test_programs_are_told_as_well(mills, question) -> None:
    with TestClient(create_app(mills)) as client:
        plain = client.post("/v1/graphs/mills/ask", json={"question": question}).json()
        check_law(events(client, {"question": question}, "/v1/graphs/mills/ask"), plain)


@pytest.mark.parametrize(
    ("accept", "streams"),
    [
        ("text/event-stream", True),
        ("text/event-stream, */*", True),
        ("application/json, text/event-stream", False),
        ("application/json;q=0.5, text/event-stream", True),
        ("text/*", True),
        ("*/*", False),
        ("", False),
        ("text/html", False),
    ],
)
def test_who_gets_events(client, accept, streams) -> None:
    response = client.post(FILMS, json={"question": QUESTIONS[0]}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream" if streams else "application/json")


@pytest.mark.parametrize(
    ("address", "body", "code"),
    [
        ("/v1/graphs/none/ask", {"question": "Who?"}, "unknown-graph"),
        (FILMS, {"question": " "}, "bad-input"),
        (FILMS, {"question": "Who?", "topics": ["Nobody"]}, "unknown-node"),
        (FILMS, {"question": "Who?", "version": "zzz"}, "unknown-version"),
        (FILMS, {"question": "Who?", "what": 1}, "invalid-request"),
    ],
)
def test_an_error_before_the_first_event_has_its_status(client, address, body, code) -> None:
    response = client.post(address, json=body, headers=EVENTS)
    check_problem(response, response.status_code, code, "")
    assert response.json() == client.post(address, json=body).json()


@pytest.mark.parametrize("error", [ValueError("a mistake"), None], ids=["unforeseen", "known"])
def test_an_error_after_the_first_event_is_an_event(service, monkeypatch, error) -> None:
    from clew.kg.errors import ModelUnavailable

    def fail(self, question, graph, topics, bounds):
        raise error or ModelUnavailable("it went away")

    monkeypatch.setattr(type(service.pipeline("films").reasoner), "reason", fail)
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        told = events(client, {"question": QUESTIONS[0]})
        assert [kind for kind, _ in told] == ["linked", "problem"]
        problem = told[1][1]
        assert problem["code"] == ("internal-error" if error else "model-unavailable")
        assert "a mistake" not in problem["detail"]
        assert client.post(FILMS, json={"question": QUESTIONS[0]}).json() == problem


@contextmanager
def serving(service: Service):
    """The application of a service at a real server: its address, and itself."""
    app = create_app(service)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        yield listening.getsockname(), app
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@contextmanager
def held(service: Service, monkeypatch):
    """Let the reasoner wait, between the linking and the answer, until it is let go or cancelled."""
    reasoner, go, cancelled = type(service.pipeline("films").reasoner), threading.Event(), threading.Event()
    reason = reasoner.reason

    def wait(self, question, graph, topics, bounds):
        end = time.monotonic() + PATIENCE
        while not go.is_set() and time.monotonic() < end:
            if bounds.cancelled:
                cancelled.set()
                return Reasoning((), 0.0, exact=False, gap=float("inf"), partial=True)
            time.sleep(0.005)
        return reason(self, question, graph, topics, bounds)

    monkeypatch.setattr(reasoner, "reason", wait)
    yield go, cancelled


def opened(address) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(*address, timeout=PATIENCE)
    body = json.dumps({"question": QUESTIONS[0], "max_hops": 1})
    connection.request("POST", FILMS, body, {**EVENTS, "Content-Type": "application/json"})
    return connection, connection.getresponse()


def test_events_come_as_they_happen(service, monkeypatch) -> None:
    monkeypatch.setattr(limits, "EVENT_PING_SECONDS", 0.02)
    with held(service, monkeypatch) as (go, _), serving(service) as (address, app):
        connection, response = opened(address)
        lines = iter(response.readline, b"")
        assert next(line for line in lines if line not in (b": ping\n", b"\n")) == b"event: linked\n"
        assert not go.is_set()
        assert app.state.gate.inside == 1
        while response.readline() != b": ping\n":
            pass
        go.set()
        rest = response.read().decode()
        assert [kind for kind, _ in parsed(rest)] == ["reading", "path", "answer", "done"]
        connection.close()


def test_a_listener_who_leaves_frees_his_place(service, monkeypatch) -> None:
    with held(service, monkeypatch) as (go, cancelled), serving(service) as (address, app):
        connection, response = opened(address)
        assert response.readline() == b"event: linked\n"
        response.close()
        connection.close()
        assert cancelled.wait(PATIENCE)
        assert not go.is_set()
        end = time.monotonic() + PATIENCE
        while app.state.gate.inside and time.monotonic() < end:
            time.sleep(0.005)
        assert app.state.gate.inside == 0


def test_the_default_observer_does_nothing(service) -> None:
    seen = []

    class Watching(Observer):
        def proved(self, answer, demands):
            seen.append(answer.node)

    assert UNOBSERVED.linked([]) is UNOBSERVED.read("", []) is None
    pipeline = service.pipeline("films")
    from clew.decoding.answering.pipeline import Query
    from clew.decoding.reasoner import Bounds

    watched = pipeline.answer(Query(QUESTIONS[1], Bounds(2), observer=Watching()))
    plain = pipeline.answer(Query(QUESTIONS[1], Bounds(2)))
    assert seen == [item.node for item in watched.gathered.answers] == [item.node for item in plain.gathered.answers]
    assert len(seen) == len(watched.proofs) == 2


def test_events_of_the_service_come_without_a_server(service) -> None:
    told = []
    result = service.ask("films", AskRequest(question=QUESTIONS[0]), emit=told.append)
    assert told[-1].kind == "done"
    assert told[-1].data is result
