"""A question for which there is no place is refused before it is read; the others come in one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from clew.api.rest.admission import Admission, Gate
from clew.api.rest.app import create_app
from clew.api.service.service import Service
from tests.api.test_metrics import samples

QUESTION = {"question": "Who directed Inception?"}


@contextmanager
def full(client: TestClient) -> Iterator[None]:
    gate: Gate = client.app.state.gate  # type: ignore[attr-defined]
    before, gate._inside = gate._inside, gate._capacity
    yield
    gate._inside = before


def test_nothing_is_read_of_a_question_without_a_place(client: TestClient) -> None:
    with full(client):
        for place in ("films/ask", "films/ask-batch", "nowhere/ask"):
            response = client.post(f"/v1/graphs/{place}", content="no json", headers={"Content-Type": "text/plain"})
            assert (response.status_code, response.json()["code"]) == (503, "overloaded")
            assert response.headers["content-type"] == "application/problem+json"
            assert int(response.headers["retry-after"]) >= 1
            assert response.headers["x-content-type-options"] == "nosniff"
        assert client.get("/v1/graphs").status_code == 200
        assert samples(client)["clew_requests_total", "POST", "/v1/graphs/{graph}/ask", "503"] == 2
    assert client.post("/v1/graphs/films/ask", json=QUESTION).status_code == 200


def test_a_known_reply_needs_no_place(client: TestClient) -> None:
    headers = {"Idempotency-Key": "once"}
    first = client.post("/v1/graphs/films/ask", json=QUESTION, headers=headers)
    with full(client):
        assert client.post("/v1/graphs/films/ask", json=QUESTION, headers=headers).json() == first.json()
        other = client.post("/v1/graphs/films/ask", json=QUESTION, headers={"Idempotency-Key": "another"})
        assert other.status_code == 503


def test_who_needs_a_key_is_told_so_first(service: Service) -> None:
    from dataclasses import replace

    service.settings = replace(service.settings, require_key=True)
    with TestClient(create_app(service)) as client, full(client):
        assert client.post("/v1/graphs/films/ask", json=QUESTION).status_code == 401


@given(places=st.integers(0, 8), crowd=st.integers(0, 20))
@settings(max_examples=30, deadline=None)
def test_of_a_crowd_as_many_come_in_as_there_are_places(places: int, crowd: int) -> None:
    """Whoever comes in takes a place at once; nobody is let in who would be refused then."""
    gate, sent, inside = Gate(0, places), [], []

    async def main() -> None:
        leave = asyncio.Event()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            with gate.entered():
                inside.append(gate.inside)
                await leave.wait()

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent.append(message["status"])

        async def receive() -> Message:
            raise AssertionError("nothing is read")

        admission = Admission(app, gate)
        scope = {"type": "http", "method": "POST", "path": "/v1/graphs/films/ask", "headers": []}
        async with anyio.create_task_group() as group:
            for _ in range(crowd):
                group.start_soon(admission, dict(scope), receive, send)
            for _ in range(100):
                await anyio.sleep(0)
            leave.set()

    asyncio.run(main())
    assert inside == list(range(1, min(places, crowd) + 1))
    assert sent == [503] * max(0, crowd - places)
