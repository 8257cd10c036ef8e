"""Against a real HTTP server on this machine that speaks the chat-completions protocol."""

from __future__ import annotations

import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from decoding.gather import gather, to_proof
from decoding.reasoner import Bounds, Topic
from decoding.remote import Guide, HttpTransport, RemoteEngine
from decoding.remote_reasoner import RemoteReasoner
from kg import checker
from kg.errors import BadInput, ConstraintViolation, LimitReached, ModelUnavailable
from tests.decoding.graphs import films

CHOICES = ["Heat -> directed by", "Heat -> starred actors", 'Heat -> x (y) [z] "q" \\ é']


class Engine(BaseHTTPRequestHandler):
    """Says the k-th of what it is held to (k per draw), as each kind of engine would."""

    requests: ClassVar[list[dict[str, Any]]] = []
    behaviour = "obey"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).requests.append({"path": self.path, "auth": self.headers.get("Authorization"), **body})
        if self.behaviour == "slow":
            time.sleep(1)
        if self.behaviour == "fail":
            return self._send(503, b"model is loading")
        if self.behaviour == "redirect":
            self.send_response(302)
            self.send_header("Location", self.path + "/elsewhere")
            return self.end_headers()
        if self.behaviour == "garbage":
            return self._send(200, b"<html>")
        if self.behaviour == "empty":
            return self._send(200, b'{"choices": []}')
        texts = [self._text(body, i) for i in range(body.get("n", 1))]
        if self.behaviour == "disobey":
            texts[-1] = "Heat -> murdered by"
        choices = [{"index": i, "message": {"role": "assistant", "content": t}} for i, t in enumerate(texts)]
        return self._send(200, json.dumps({"choices": choices}).encode())

    def _text(self, body: dict[str, Any], i: int) -> str:
        if "structured_outputs" in body:
            some = body["structured_outputs"]["choice"]
            return some[0 if i % 3 else -1]
        if "regex" in body:
            return next(c for c in CHOICES if re.fullmatch(body["regex"], c))
        if "grammar" in body:
            assert body["grammar"].startswith("root ::= ")
            return CHOICES[1]
        if "response_format" in body:
            schema = body["response_format"]["json_schema"]["schema"]
            return json.dumps({"path": schema["properties"]["path"]["enum"][1]})
        return f"You said: {body['messages'][0]['content']}"

    def _send(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def server():
    Engine.requests, Engine.behaviour = [], "obey"
    http = ThreadingHTTPServer(("127.0.0.1", 0), Engine)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{http.server_port}/v1"
    http.shutdown()
    http.server_close()


def engine(url: str, guide: Guide = Guide.CHOICE, timeout: float = 10) -> RemoteEngine:
    return RemoteEngine(HttpTransport(url, "secret", timeout), "some-model", guide)


def test_free_text(server) -> None:
    assert engine(server).write("hello", 20, stop=["."]) == "You said: hello"
    (request,) = Engine.requests
    assert request["path"] == "/v1/chat/completions"
    assert request["auth"] == "Bearer secret"
    assert (request["model"], request["max_tokens"], request["temperature"]) == ("some-model", 20, 0.0)
    assert request["stop"] == ["."]


@pytest.mark.parametrize("guide", list(Guide))
def test_each_guide_holds_to_the_list(server, guide) -> None:
    ((text, count),) = engine(server, guide).choose("which", CHOICES)
    assert text in CHOICES
    assert count == 1


def test_draws_are_counted(server) -> None:
    assert engine(server).choose("which", CHOICES, n=6) == [(CHOICES[0], 4), (CHOICES[2], 2)]
    assert Engine.requests[0]["n"] == 6
    assert Engine.requests[0]["temperature"] == 1.0


@pytest.mark.parametrize("guide", list(Guide))
def test_an_engine_that_disobeys_is_not_believed(server, guide) -> None:
    Engine.behaviour = "disobey"
    with pytest.raises(ConstraintViolation, match="none of the 3 choices"):
        engine(server, guide).choose("which", CHOICES)


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [("fail", "503: model is loading"), ("redirect", "302"), ("garbage", "JSON"), ("empty", "without a text")],
)
def test_a_failing_engine_is_a_clear_error(server, behaviour, message) -> None:
    Engine.behaviour = behaviour
    with pytest.raises(ModelUnavailable, match=message):
        engine(server).choose("which", CHOICES)


def test_a_slow_absent_or_odd_engine_is_a_clear_error(server) -> None:
    Engine.behaviour = "slow"
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        engine(server, timeout=0.2).write("hello", 5)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        engine("http://127.0.0.1:9/v1").write("hello", 5)
    with pytest.raises(BadInput, match="http"):
        HttpTransport("file:///etc/passwd")
    with pytest.raises(BadInput, match="nothing to choose"):
        engine(server).choose("which", [])


def test_a_remote_reasoner_ranks_paths_of_the_graph_only(server) -> None:
    graph = films()
    found = RemoteReasoner(engine(server), draws=6).reason("who", graph, [Topic(graph.node("Heat"))], Bounds(2))
    assert [p.probability for p in found.paths] == pytest.approx([4 / 6, 2 / 6])
    assert not found.exact
    listed = Engine.requests[0]["structured_outputs"]["choice"]
    assert listed == sorted(set(listed))
    assert all(text.startswith("Heat -> ") for text in listed)
    for answer in gather(graph, found, Bounds(2)).answers:
        checker.verify(graph, to_proof(graph, answer))


def test_too_many_paths_and_no_topic(server) -> None:
    graph = films()
    reasoner = RemoteReasoner(engine(server), most=2)
    with pytest.raises(LimitReached, match="more than 2"):
        reasoner.reason("who", graph, [Topic(graph.node("Heat"))], Bounds(3))
    assert reasoner.reason("who", graph, [], Bounds(2)).paths == ()
    assert Engine.requests == []
