"""A question that nobody waits for any more stops: a client that goes away, Ctrl-C, one of a batch."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time

import anyio
import pytest
import uvicorn
from click.testing import CliRunner

from clew.api.cli import main
from clew.api.rest.admission import Gate
from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.answering.answered import Answered
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.cancellation import Cancellation
from clew.decoding.reasoner import Bounds, Reasoner, Reasoning
from clew.kg.errors import Cancelled
from tests.decoding.chat_server import Engine as ChatEngine
from tests.decoding.chat_server import chat_server

PATIENCE = 20.0
"""Seconds after which a question that should have been cancelled fails its test."""


@pytest.fixture
def slow(service, monkeypatch):
    """A service whose reasoner works until it is cancelled, and what it saw."""
    seen = {"begun": threading.Event(), "cancelled": threading.Event()}
    reasoner = type(service.pipeline("films").reasoner)

    def reason(self, question, graph, topics, bounds):
        seen["begun"].set()
        end = time.monotonic() + PATIENCE
        while not bounds.cancelled and time.monotonic() < end:
            time.sleep(0.005)
        if bounds.cancelled:
            seen["cancelled"].set()
        return Reasoning((), 0.0, exact=False, gap=float("inf"), partial=True)

    monkeypatch.setattr(reasoner, "reason", reason)
    return service, seen


def post(app, path, body, when_gone, headers=None) -> int | None:
    """The status that a request gets whose client goes away once ``when_gone()`` returns; None: no response."""
    data = json.dumps(body).encode()
    sent = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "scheme": "http",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json"), *sent],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000), "state": {},
    }  # fmt: skip
    messages = [{"type": "http.request", "body": data, "more_body": False}]
    status = []

    async def receive():
        if messages:
            return messages.pop()
        await anyio.to_thread.run_sync(when_gone, abandon_on_cancel=True)
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            status.append(message["status"])

    async def serve():
        with anyio.fail_after(PATIENCE):
            await app(scope, receive, send)

    anyio.run(serve)
    return status[0] if status else None


QUESTION = {"question": "Who directed Inception?"}


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/graphs/films/ask", QUESTION), ("/v1/graphs/films/ask-batch", {"questions": [QUESTION] * 3})],
)
def test_a_client_that_goes_away_cancels_its_question(slow, path, body):
    service, seen = slow
    status = post(create_app(service), path, body, lambda: seen["begun"].wait(PATIENCE))
    assert seen["cancelled"].wait(PATIENCE)
    assert status == 499


def test_a_connection_closed_at_a_real_server_cancels(slow):
    service, seen = slow
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(service), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    body = json.dumps(QUESTION).encode()
    head = f"POST /v1/graphs/films/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    try:
        with socket.create_connection(listening.getsockname()) as client:
            client.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            assert seen["begun"].wait(PATIENCE)
            assert not seen["cancelled"].is_set()
        assert seen["cancelled"].wait(PATIENCE)
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


def test_a_question_still_waiting_at_the_gate_leaves_it(slow):
    service, seen = slow
    app = create_app(service)
    app.state.gate = Gate(0, 1)  # nobody is served, one may wait
    assert post(app, "/v1/graphs/films/ask", QUESTION, lambda: time.sleep(0.05)) == 499
    assert not seen["begun"].is_set()
    assert app.state.gate._inside == 0


def test_a_client_that_stays_gets_its_answer(client):
    assert client.post("/v1/graphs/films/ask", json=QUESTION).json()["status"] == "answered"
    assert client.post("/v1/graphs/none/ask", json=QUESTION).status_code == 404  # no group around the error


def test_a_cancelled_question_is_an_error_and_never_an_empty_answer(service):
    token = Cancellation()
    token.cancel()
    with pytest.raises(Cancelled):
        service.ask("films", AskRequest(**QUESTION), cancellation=token)
    found = service.ask_many("films", [AskRequest(**QUESTION)] * 2, cancellations=[token] * 2)
    assert [type(one) for one in found] == [Cancelled, Cancelled]


def answers(answered: Answered) -> list[int]:
    """What was answered, by paths or by a program."""
    if answered.program is not None:
        return answered.program.execution.value.nodes.tolist()
    return [answer.node for answer in answered.gathered.answers]


@pytest.mark.parametrize("victim", range(3))
def test_one_cancelled_question_of_a_batch_disturbs_no_other(service, victim):
    pipeline: Pipeline = service.pipeline("films")
    texts = ["Who directed Inception?", "Who directed Juno?", "What language is Juno in?"]
    token = Cancellation()
    token.cancel()
    bounds = [Bounds(2, cancellation=token if i == victim else None) for i in range(3)]
    found = pipeline.answer_many([Query(text, one) for text, one in zip(texts, bounds, strict=True)])
    assert isinstance(found[victim], Cancelled)
    for i in {0, 1, 2} - {victim}:
        alone = pipeline.answer(Query(texts[i], bounds[i]))
        assert answers(found[i]) == answers(alone) != []


def test_ctrl_c_ends_the_question_in_order(slow, clew):
    _, seen = slow

    def interrupt():
        assert seen["begun"].wait(PATIENCE)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    before = signal.getsignal(signal.SIGINT)
    result = clew("ask", "-g", "films", "--json", QUESTION["question"], exit_code=1)
    assert seen["cancelled"].is_set()
    assert json.loads(result.stderr)["code"] == "cancelled"
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_twice_interrupts_at_once(home, parts, monkeypatch):
    class Stubborn(Reasoner):
        name = "stubborn"

        def prepare(self, graph):
            pass

        def reason(self, question, graph, topics, bounds):
            os.kill(os.getpid(), signal.SIGINT)
            assert bounds.cancelled
            os.kill(os.getpid(), signal.SIGINT)
            raise AssertionError("still there")

    monkeypatch.setattr(parts, "reasoner", Stubborn, raising=False)
    monkeypatch.setattr("clew.api.service.service.DefaultParts", lambda catalogue, settings: parts)
    result = CliRunner().invoke(main, ["--home", str(home), "ask", "-g", "films", QUESTION["question"]])
    assert result.exit_code == 1
    assert "Aborted" in result.output


def test_a_request_to_a_remote_engine_is_closed(home):
    with chat_server() as url:
        ChatEngine.behaviour = "hang"
        service = Service(Settings(home=home, model=f"openai:{url}#m", threshold=0.0))
        service.pipeline("films")
        token = Cancellation()

        def cancel():
            while not ChatEngine.requests:
                time.sleep(0.005)
            token.cancel()

        threading.Thread(target=cancel, daemon=True).start()
        with pytest.raises(Cancelled):
            service.ask("films", AskRequest(**QUESTION, max_hops=1), cancellation=token)
        assert not ChatEngine.release.is_set()  # the engine has not answered yet
        ChatEngine.release.set()
        ChatEngine.behaviour = "obey"
        assert service.ask("films", AskRequest(**QUESTION, max_hops=1)).status == "answered"
