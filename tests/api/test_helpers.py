"""Processes that help a server to answer: what they answer is what it would have answered, whatever becomes of them."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from clew.api.processes import worker
from clew.api.processes.helper import Helper, helpers
from clew.api.processes.worker import FlagCancellation, QuestionBatch
from clew.api.rest.admission import Gate
from clew.api.rest.batching import Gathering
from clew.api.schema.models import AskRequest, AskResult
from clew.api.service.demo import DEMO_GRAPH, demo_questions, ensure_demo
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.cancellation import Cancellation
from clew.decoding.embedded.search import threads
from clew.kg import limits
from clew.kg.errors import Cancelled, UnknownNode
from clew.kg.store.catalogue import Catalogue


def told(result: AskResult) -> dict[str, object]:
    return result.model_dump(exclude={"timings"})


def alike(one: object, other: object) -> bool:
    """Whether results are the same, but for the order of summation in numbers."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, abs=1e-5)
    return one == other


def batch(requests: Sequence[AskRequest], graph: str = DEMO_GRAPH) -> QuestionBatch:
    return QuestionBatch(graph, requests, [0.0] * len(requests), [None] * len(requests))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The demo graph, answered by the embedded model."""
    home = tmp_path_factory.mktemp("home")
    ensure_demo(Catalogue(home))
    service = Service(Settings(home=home, processes=2))
    yield service
    service.close()


async def loaded(helper: Helper, service: Service) -> None:
    """Start a helper, and wait until it has loaded the demo graph."""
    assert helper.want(DEMO_GRAPH)
    async with asyncio.timeout(120):
        while not helper.free_for(DEMO_GRAPH, service.version(DEMO_GRAPH)):
            await asyncio.sleep(0.05)


def test_a_helper_answers_as_the_server_does(demo: Service) -> None:
    """One process for all of it: questions, one that is withdrawn, one that fails, an old version, its sudden end."""
    asked = [AskRequest(question=one.text) for one in demo_questions()[: limits.MAX_GATHERED]]
    alone = [told(demo.ask(DEMO_GRAPH, one)) for one in asked]
    nobody, gone = AskRequest(question="Who?", topics=["Nobody At All"]), Cancellation()
    gone.cancel()

    async def main() -> None:
        (helper,) = helpers(demo.settings)
        await loaded(helper, demo)
        found = await helper.answer(batch(asked), [None] * len(asked))
        assert alike([told(one) for one in found if one], alone)
        assert await helper.answer(batch([nobody, asked[0]]), [None, gone]) == [None, None]
        assert await helper.answer(batch(asked[:1], "nowhere"), [None]) == [None]
        again = await helper.answer(batch(asked[:1]), [Cancellation()])  # nothing of those before is left
        assert alike([told(one) for one in again if one], alone[:1])
        assert not helper.free_for(DEMO_GRAPH, "another version")
        await until(lambda: not helper.loading)
        assert helper.free_for(DEMO_GRAPH, demo.version(DEMO_GRAPH))
        assert threads._Cores.processes == 2
        (process,) = helper._process._processes  # type: ignore[union-attr]
        os.kill(process, signal.SIGKILL)
        assert await helper.answer(batch(asked[:2]), [None, None]) == [None, None]
        assert threads._Cores.processes == 1
        assert not helper.want(DEMO_GRAPH)  # it rests
        assert not helper.free_for(DEMO_GRAPH, demo.version(DEMO_GRAPH))

    asyncio.run(main())


class Noting(Helper):
    """A helper of this process, without a process: it notes what it is asked, and answers with a service."""

    def __init__(self, service: Service, failing: Sequence[str] = ()) -> None:
        super().__init__(service.settings, 1)
        self.service, self.failing = service, failing
        self.asked: list[list[str]] = []
        self.wanted = 0
        self.started = True

    def want(self, graph: str) -> bool:
        self.wanted += 1
        return True

    def free_for(self, graph: str, version: str) -> bool:
        return self.started and not self.busy

    async def answer(self, batch: QuestionBatch, tokens: Sequence[Cancellation | None]) -> Sequence[AskResult | None]:
        self.busy = True
        self.asked.append([one.question for one in batch.requests])
        found = await asyncio.to_thread(self.service.ask_many, batch.graph, batch.requests)
        self.busy = False
        return [
            None if one.question in self.failing or not isinstance(result, AskResult) else result
            for one, result in zip(batch.requests, found, strict=True)
        ]


async def until(condition: object) -> None:
    async with asyncio.timeout(20):
        while not condition():  # type: ignore[operator]
            await asyncio.sleep(0.001)


TEXTS = ["Who directed Inception?", "who directed Juno", "in what language is Juno", "Who directed Tenet?"]


@contextmanager
def held(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Hold this process's first computation until the list is not empty."""
    release: list[int] = []
    ask = Service.ask

    def waiting(self: Service, graph: str, request: AskRequest, **others: object) -> AskResult:
        while not release:
            pass
        return ask(self, graph, request, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(Service, "ask", waiting)
    yield release
    monkeypatch.undo()


def asked_while_busy(
    service: Service, helper: Helper, requests: Sequence[AskRequest], monkeypatch: pytest.MonkeyPatch
) -> list[object]:
    """Ask the first question, and the others while this process is busy with it; return what each gave or raised."""

    async def main() -> list[object]:
        gathering, gate = Gathering(service, [helper]), Gate(2, 64)
        with held(service, monkeypatch) as release:
            first = asyncio.create_task(gathering.ask("films", requests[0], gate))
            await asyncio.sleep(0.05)
            others = [asyncio.create_task(gathering.ask("films", one, gate)) for one in requests[1:]]
            await asyncio.sleep(0.05)
            release.append(1)
            return list(await asyncio.gather(first, *others, return_exceptions=True))

    return asyncio.run(main())


def test_a_batch_that_would_wait_goes_to_a_helper(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [AskRequest(question=text) for text in TEXTS]
    alone = [told(service.ask("films", one)) for one in requests]
    helper = Noting(service)
    found = asked_while_busy(service, helper, requests, monkeypatch)
    assert helper.asked == [TEXTS[1:]]
    assert [told(one) for one in found if isinstance(one, AskResult)] == alone


def test_what_a_helper_cannot_answer_is_answered_here(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [*(AskRequest(question=text) for text in TEXTS), AskRequest(question="Who?", topics=["Nobody At All"])]
    alone = [told(service.ask("films", one)) for one in requests[:-1]]
    *found, nobody = asked_while_busy(service, Noting(service, failing=TEXTS[2:3]), requests, monkeypatch)
    assert [told(one) for one in found if isinstance(one, AskResult)] == alone
    assert isinstance(nobody, UnknownNode)


def test_a_helper_is_started_by_a_crowd_only(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    requests = [AskRequest(question=TEXTS[0])] * (1 + limits.MAX_GATHERED)
    for count, wanted in ((1, False), (limits.MAX_GATHERED, False), (1 + limits.MAX_GATHERED, True)):
        helper = Noting(service)
        helper.started = False
        asked_while_busy(service, helper, requests[:count], monkeypatch)
        assert bool(helper.wanted) is wanted
        assert helper.asked == []


def test_a_flag_withdraws_a_question() -> None:
    flags = [0, 0]
    token = FlagCancellation(flags, 1)
    token.check()
    flags[1] = 1
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


def test_it_ends_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    class Ended:
        def join(self) -> None: ...

    codes: list[int] = []
    monkeypatch.setattr(worker, "parent_process", Ended)
    worker._end_with_parent(codes.append)
    assert codes == [1]


def test_one_process_has_no_helper(tmp_path: Path) -> None:
    assert helpers(Settings(home=tmp_path)) == []
    assert len(helpers(Settings(home=tmp_path, processes=4))) == 3


@pytest.mark.parametrize(
    ("available", "held", "begins"), [(900.0, 500.0, False), (1000.0, 500.0, True), (None, 5.0, True)]
)
def test_it_is_not_started_where_memory_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available: float | None, held: float, begins: bool
) -> None:
    monkeypatch.setattr("clew.api.processes.helper.available_mb", lambda: available)
    monkeypatch.setattr("clew.api.processes.helper.anonymous_mb", lambda: held)
    monkeypatch.setattr(Helper, "_load", lambda self, graph: None)
    (helper,) = helpers(Settings(home=tmp_path, processes=2))
    assert helper.want("films") is begins
    assert not helper.want("films")  # it runs, or rests
    helper.close()
