"""A lone question is computed by one thread, many by the usual ones, and whatever happens the usual ones are left."""

from __future__ import annotations

import threading

import pytest
import torch

from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.embedded.search import threads
from clew.decoding.reasoner import Bounds, Topic
from clew.kg import limits
from tests.decoding.embedded.toys import encoder, films


@pytest.fixture(autouse=True)
def two(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    monkeypatch.setattr(threads, "usual_threads", lambda: 2)
    yield
    torch.set_num_threads(before)


def test_by_how_many_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    encode = Network.encode
    monkeypatch.setattr(Network, "encode", lambda *given: used.append(torch.get_num_threads()) or encode(*given))
    graph, reasoner = films(), EmbeddedReasoner(encoder())
    reasoner.prepare(graph)
    topic = [Topic(graph.node("Alpha"))]
    reasoner.reason("who directed it", graph, topic, Bounds(2))
    assert used == [1]
    assert torch.get_num_threads() == 2
    many = [f"who directed it{'?' * i}" for i in range(limits.MAX_LONE_WORDINGS + 1)]
    reasoner.reason_batch(many, graph, [topic] * len(many), [Bounds(2)] * len(many))
    assert set(used[1:]) == {2}


@pytest.mark.parametrize(("more", "expected"), [(0, 2), (1, 1), (5, 1)])
def test_processes_that_compute_at_the_same_time_share_the_cores(more: int, expected: int) -> None:
    threads.share_cores(more)
    try:
        with threads.threads_for(limits.MAX_LONE_WORDINGS + 1):
            assert torch.get_num_threads() == expected
        assert torch.get_num_threads() == 2
    finally:
        threads.share_cores(-more)


def test_an_error_leaves_the_usual_threads() -> None:
    def failing() -> None:
        with threads.threads_for(1):
            assert torch.get_num_threads() == 1
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert torch.get_num_threads() == 2


def test_a_thread_that_begins_meanwhile_is_not_left_with_one() -> None:
    found: list[int] = []

    def begun() -> None:
        torch.ones(2) @ torch.ones(2)  # its first computation takes over the setting made last
        with threads.threads_for(limits.MAX_LONE_WORDINGS + 1):
            found.append(torch.get_num_threads())
        found.append(torch.get_num_threads())

    with threads.threads_for(1):
        worker = threading.Thread(target=begun)
        worker.start()
        worker.join()
        assert torch.get_num_threads() == 1
    assert found == [2, 2]
