"""Against a real HTTP server on this machine that speaks the chat-completions protocol."""

from __future__ import annotations

import time

import pytest

from clew.api.http_transport import HttpTransport
from clew.decoding.answers.gather import gather
from clew.decoding.answers.proof_writer import to_proof
from clew.decoding.reasoner import Bounds, Topic
from clew.decoding.remote.engine import RemoteEngine
from clew.decoding.remote.guide import Guide
from clew.decoding.remote.reasoner import RemoteReasoner
from clew.kg import limits
from clew.kg.errors import BadInput, ConstraintViolation, LimitReached, ModelUnavailable
from clew.kg.proof import checker
from tests.decoding.chat_server import CHOICES, Engine, chat_server
from tests.decoding.graphs import films


@pytest.fixture
def server():
    with chat_server() as url:
        yield url


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
    with pytest.raises(ConstraintViolation, match="not one of the 3 choices"):
        engine(server, guide).choose("which", CHOICES)


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [("fail", "503: model is loading"), ("redirect", "302"), ("garbage", "JSON"), ("empty", "has no text")],
)
def test_a_failing_engine_is_a_clear_error(server, behaviour, message) -> None:
    Engine.behaviour = behaviour
    with pytest.raises(ModelUnavailable, match=message):
        engine(server).choose("which", CHOICES)


def test_a_reply_beyond_all_measure_is_not_read(server, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_REMOTE_REPLY_BYTES", 50)
    with pytest.raises(ModelUnavailable, match="more than 50 bytes"):
        engine(server).choose("which", CHOICES)


def test_fewer_draws_than_asked_for_are_an_error(server) -> None:
    Engine.behaviour = "one"
    with pytest.raises(ModelUnavailable, match="1 of 6 samples"):
        engine(server).choose("which", CHOICES, n=6)


def test_the_deadline_of_a_question_is_kept(server) -> None:
    Engine.behaviour = "slow"
    graph = films()
    bounds = Bounds(2, deadline=time.monotonic() + 0.2)
    begin = time.monotonic()
    with pytest.raises(ModelUnavailable, match="timed out"):
        RemoteReasoner(engine(server)).reason("who", graph, [Topic(graph.node("Heat"))], bounds)
    assert time.monotonic() - begin < 5


def test_a_key_shows_in_no_representation(server) -> None:
    assert "secret" not in repr(engine(server))


def test_a_slow_absent_or_odd_engine_is_a_clear_error(server) -> None:
    Engine.behaviour = "slow"
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        engine(server, timeout=0.2).write("hello", 5)
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        engine("http://127.0.0.1:9/v1").write("hello", 5)
    with pytest.raises(BadInput, match="http"):
        HttpTransport("file:///etc/passwd")
    with pytest.raises(BadInput, match="would be unconstrained"):
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
