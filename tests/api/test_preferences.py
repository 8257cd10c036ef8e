"""A client says how long it waits: it gets what was found by then, and never waits longer than the server allows."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.rest.preferences import preferred_wait
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.reasoner import Reasoning
from clew.kg.time_limit import looking
from tests.api.test_errors import check_problem
from tests.api.test_events import parsed

FILMS = "/v1/graphs/films"
QUESTION = {"question": "Who directed Inception?"}
ROUTES = [
    (f"{FILMS}/ask", QUESTION),
    (f"{FILMS}/ask-batch", {"questions": [QUESTION, QUESTION]}),
    (f"{FILMS}/paths:search", {"start": ["Inception"]}),
]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("wait=10", 10),
        ("respond-async, wait=3", 3),
        ("WAIT = 7", 7),
        ('wait="5"', 5),
        ("wait=4; foo=bar", 4),
        ("wait=1, wait=2", 1),
        ("wait=x, wait=2", 2),
        ('other="a, wait=9", wait=8', 8),
        ("wait", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("waits=1", None),
        ("", None),
    ],
)
def test_the_preference(header: str, seconds: int | None) -> None:
    assert preferred_wait(header) == seconds


@given(st.text())
def test_no_header_is_an_error(header: str) -> None:
    found = preferred_wait(header)
    assert found is None or found >= 0


@pytest.fixture
def deadlines(service, monkeypatch):
    """When each question has to end, in seconds from its beginning."""
    seen = []
    reasoner = type(service.pipeline("films").reasoner)
    reason = reasoner.reason

    def noted(self, question, graph, topics, bounds):
        seen.append(bounds.deadline - time.monotonic())
        return reason(self, question, graph, topics, bounds)

    monkeypatch.setattr(reasoner, "reason", noted)
    return seen


@pytest.mark.parametrize(
    ("prefer", "most", "applied"),
    [("wait=7", 7.0, "wait=7"), ("wait=3600", 30.0, "wait=30"), (None, 30.0, None), ("wait=soon", 30.0, None)],
)
def test_a_question_ends_when_its_client_leaves_off_waiting(client, deadlines, prefer, most, applied) -> None:
    for path, body in ROUTES:
        response = client.post(path, json=body, headers={"Prefer": prefer} if prefer else {})
        assert response.status_code == 200
        assert response.headers.get("preference-applied") == applied
    assert len(deadlines) == 3
    assert all(0 < seconds <= most for seconds in deadlines)
    assert all(seconds > most / 2 for seconds in deadlines)


def test_events_keep_to_it_too(client, deadlines) -> None:
    headers = {"Prefer": "wait=7", "Accept": "text/event-stream"}
    response = client.post(f"{FILMS}/ask", json=QUESTION, headers=headers)
    assert response.headers["preference-applied"] == "wait=7"
    assert parsed(response.text)[-1][0] == "done"
    assert deadlines[0] <= 7.0


def test_what_was_found_by_then_is_returned(service, monkeypatch) -> None:
    def forever(self, question, graph, topics, bounds):
        for _ in looking(iter(int, 1)):
            time.sleep(0.001)
        return Reasoning((), 0.0)

    monkeypatch.setattr(type(service.pipeline("films").reasoner), "reason", forever)
    with TestClient(create_app(service)) as client:
        response = client.post(f"{FILMS}/ask", json=QUESTION, headers={"Prefer": "wait=0"})
        assert response.json()["status"] == "partial"
        assert response.json()["reason"]["code"] == "budget"
        batch = client.post(f"{FILMS}/ask-batch", json={"questions": [QUESTION] * 2}, headers={"Prefer": "wait=0"})
        assert [one["status"] for one in batch.json()["results"]] == ["partial"] * 2
        search = {"start": ["Inception"]}
        page = client.post(f"{FILMS}/paths:search", json=search, headers={"Prefer": "wait=0"})
        assert page.json()["partial"]


def test_who_does_not_wait_for_a_graph_is_told_to_come_back(home, parts, monkeypatch) -> None:
    held = threading.Event()
    linker = type(parts).linker

    def slowly(self, graph):
        assert held.wait(20)
        return linker(self, graph)

    monkeypatch.setattr(type(parts), "linker", slowly)
    service = Service(Settings(home=home), parts)
    try:
        with TestClient(create_app(service)) as client:
            response = client.post(f"{FILMS}/ask", json=QUESTION, headers={"Prefer": "wait=0"})
            check_problem(response, 503, "graph-loading", "films")
            assert response.headers["retry-after"]
            held.set()
            assert client.post(f"{FILMS}/ask", json=QUESTION).status_code == 200
    finally:
        held.set()
        service.close()
