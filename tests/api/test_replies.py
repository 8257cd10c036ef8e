"""A request that is sent again with its key is answered once, and never as another one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.kg import limits
from tests.api.test_cancelling import post
from tests.api.test_errors import check_problem
from tests.api.test_events import held

FILMS = "/v1/graphs/films"
QUESTION, OTHER = {"question": "Who directed Inception?"}, {"question": "Who directed Juno?"}
ROUTES = [(f"{FILMS}/ask", QUESTION, OTHER), (f"{FILMS}/ask-batch", {"questions": [QUESTION]}, {"questions": [OTHER]})]
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


@pytest.fixture
def asked(service, monkeypatch):
    """How often the reasoner was asked."""
    seen = []
    reasoner = type(service.pipeline("films").reasoner)
    reason = reasoner.reason

    def noted(self, question, graph, topics, bounds):
        seen.append(question)
        return reason(self, question, graph, topics, bounds)

    monkeypatch.setattr(reasoner, "reason", noted)
    return seen


@pytest.mark.parametrize(("path", "body", "other"), ROUTES)
def test_the_same_request_gets_the_same_response(client, asked, path, body, other) -> None:
    first = client.post(path, json=body, headers=KEY)
    again = client.post(path, json=body, headers=KEY)
    assert first.status_code == again.status_code == 200
    assert again.json() == first.json()  # the times are the same, too
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert len(asked) == 1
    client.post(path, json=body)
    client.post(path, json=body, headers={"Idempotency-Key": "another"})
    client.post(path, json=body, headers={"Idempotency-Key": ""})
    assert len(asked) == 4


@pytest.mark.parametrize(("path", "body", "other"), ROUTES)
def test_another_request_is_never_answered_with_it(client, path, body, other) -> None:
    assert client.post(path, json=body, headers=KEY).status_code == 200
    check_problem(client.post(path, json=other, headers=KEY), 422, "idempotency-mismatch", "another request")
    elsewhere = next((route, sent) for route, sent, _ in ROUTES if route != path)
    check_problem(client.post(elsewhere[0], json=elsewhere[1], headers=KEY), 422, "idempotency-mismatch", "")


def test_an_error_is_not_kept(client, home, publish) -> None:
    path = "/v1/graphs/later/ask"
    check_problem(client.post(path, json=QUESTION, headers=KEY), 404, "unknown-graph", "later")
    publish(home, "later")
    assert client.post(path, json=QUESTION, headers=KEY).json()["status"] == "answered"


def test_a_request_that_is_being_answered_is_not_answered_twice(service, monkeypatch) -> None:
    with held(service, monkeypatch) as (go, _), TestClient(create_app(service)) as client, ThreadPoolExecutor() as pool:
        first = pool.submit(client.post, f"{FILMS}/ask", json=QUESTION, headers=KEY)
        end = time.monotonic() + 20
        while client.app.state.gate.inside == 0 and time.monotonic() < end:
            time.sleep(0.005)
        response = client.post(f"{FILMS}/ask", json=QUESTION, headers=KEY)
        check_problem(response, 409, "still-answered", "")
        assert response.headers["retry-after"]
        go.set()
        assert first.result(20).status_code == 200
        assert client.post(f"{FILMS}/ask", json=QUESTION, headers=KEY).json() == first.result().json()


def test_a_request_whose_client_left_is_answered_anew(service, monkeypatch) -> None:
    app = create_app(service)
    with held(service, monkeypatch) as (go, _):

        def leave() -> None:
            end = time.monotonic() + 20
            while app.state.gate.inside == 0 and time.monotonic() < end:
                time.sleep(0.005)
            assert app.state.replies._replies

        assert post(app, f"{FILMS}/ask", QUESTION, leave, KEY) == 499
        assert not app.state.replies._replies
        go.set()
        with TestClient(app) as client:
            again = client.post(f"{FILMS}/ask", json=QUESTION, headers=KEY)
            assert again.json()["status"] == "answered"
            assert "idempotent-replayed" not in again.headers


def test_few_are_kept_and_not_for_long(client, asked, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_REPLIES", 2)
    for key in "abc":
        client.post(f"{FILMS}/ask", json=QUESTION, headers={"Idempotency-Key": key})
    assert len(client.app.state.replies._replies) == 2
    client.post(f"{FILMS}/ask", json=QUESTION, headers={"Idempotency-Key": "c"})
    assert len(asked) == 3
    client.post(f"{FILMS}/ask", json=QUESTION, headers={"Idempotency-Key": "a"})
    assert len(asked) == 4
    monkeypatch.setattr(limits, "REPLY_SECONDS", -1.0)
    for _ in range(2):
        client.post(f"{FILMS}/ask", json=QUESTION, headers={"Idempotency-Key": "d"})
    assert len(asked) == 6


def test_events_have_no_key(client) -> None:
    response = client.post(f"{FILMS}/ask", json=QUESTION, headers=KEY | {"Accept": "text/event-stream"})
    check_problem(response, 400, "bad-input", "Idempotency-Key")


def test_a_key_is_not_of_any_length(client) -> None:
    response = client.post(f"{FILMS}/ask", json=QUESTION, headers={"Idempotency-Key": "k" * 256})
    check_problem(response, 422, "invalid-request", "idempotency-key")
