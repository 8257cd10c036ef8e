"""Questions gathered while others are answered: as if each had been alone, whatever becomes of its neighbours."""

import asyncio
import threading
import time

import pytest

from clew.api.rest.admission import Gate
from clew.api.rest.batching import Gathering
from clew.api.schema.models import AskRequest
from clew.api.schema.problems import Overloaded
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.cancellation import Cancellation
from clew.kg import limits
from clew.kg.errors import BadInput, Cancelled, UnknownGraph, UnknownNode

TEXTS = [
    "Who directed Inception?",
    "who directed Juno",
    "in what language is Juno",
    "films starred by Tom Hardy",
    "what has nothing to do with it",
    "Who directed Tenet?",
]


def told(result):
    return result.model_dump(exclude={"timings"})


def requests(texts):
    return [AskRequest(question=text) for text in texts]


class Held:
    """A service whose first computation waits until it is let go; it notes what is asked together."""

    def __init__(self, service):
        self._service, self.release = service, threading.Event()
        self.batches = []

    def ask(self, graph, request, cancellation=None, waited=None, deadline=None):
        self._note([request])
        return self._service.ask(graph, request, cancellation=cancellation)

    def ask_many(self, graph, asked, cancellations=None, waited=None, deadlines=None):
        self._note(asked)
        return self._service.ask_many(graph, asked, cancellations=cancellations)

    def _note(self, asked):
        self.batches.append([request.question for request in asked])
        if len(self.batches) == 1:
            assert self.release.wait(20)


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.001)


async def gathered(held, asked, graph="films", gate=None, between=None):
    """Ask all while the first one is held; return what each gave, or raised."""
    gathering, gate = Gathering(held), gate or Gate(4, 64)
    first = asyncio.create_task(gathering.ask(graph, asked[0], gate))
    await until(lambda: held.batches)
    others = [asyncio.create_task(gathering.ask(graph, request, gate)) for request in asked[1:]]
    await asyncio.sleep(0)
    if between is not None:
        await between(first, others)
    held.release.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


def test_those_that_wait_are_one_batch_and_each_is_as_if_alone(service):
    held = Held(service)
    found = asyncio.run(gathered(held, requests(TEXTS)))
    assert held.batches == [TEXTS[:1], TEXTS[1:]]
    assert [told(one) for one in found] == [told(service.ask("films", one)) for one in requests(TEXTS)]


def test_a_batch_is_bounded(service, monkeypatch):
    monkeypatch.setattr(limits, "MAX_GATHERED", 2)
    held = Held(service)
    asyncio.run(gathered(held, requests(TEXTS)))
    assert held.batches == [TEXTS[:1], TEXTS[1:3], TEXTS[3:5], TEXTS[5:]]


def test_the_idle_service_does_not_wait(service, monkeypatch):
    monkeypatch.setattr(limits, "GATHER_SECONDS", 3600.0)
    service.load("films").result()

    async def one_after_another():
        gathering, gate = Gathering(service), Gate(2, 64)
        async with asyncio.timeout(20):
            return [await gathering.ask("films", request, gate) for request in requests(TEXTS)]

    assert len(asyncio.run(one_after_another())) == len(TEXTS)


def test_a_bad_question_fails_by_itself(service):
    asked = [*requests(TEXTS), AskRequest(question=" "), AskRequest(question="Who?", topics=["Nobody At All"])]
    *found, empty, nobody = asyncio.run(gathered(Held(service), asked))
    assert isinstance(empty, BadInput)
    assert isinstance(nobody, UnknownNode)
    assert [told(one) for one in found] == [told(service.ask("films", one)) for one in requests(TEXTS)]


def test_an_unforeseen_failure_is_its_own_question_s(home, parts):
    class Failing(Service):
        def _bounds(self, request, now, *others):
            if "Juno" in request.question:
                raise RuntimeError("a bug")
            return super()._bounds(request, now, *others)

    found = asyncio.run(gathered(Held(Failing(Settings(home=home), parts)), requests(TEXTS)))
    assert [isinstance(one, RuntimeError) for one in found] == ["Juno" in text for text in TEXTS]


def test_what_concerns_all_is_told_to_all(service):
    found = asyncio.run(gathered(Held(service), requests(TEXTS), graph="nowhere"))
    assert [type(one) for one in found] == [UnknownGraph] * len(TEXTS)


def test_one_that_is_withdrawn_is_an_error_of_its_own(service):
    held, token = Held(service), Cancellation()

    async def main():
        gathering, gate = Gathering(held), Gate(4, 64)
        tasks = [asyncio.create_task(gathering.ask("films", requests(TEXTS)[0], gate))]
        await until(lambda: held.batches)
        for at, request in enumerate(requests(TEXTS[1:])):
            tasks.append(asyncio.create_task(gathering.ask("films", request, gate, token if at == 1 else None)))
        await asyncio.sleep(0)
        token.cancel()
        held.release.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    found = asyncio.run(main())
    assert held.batches == [TEXTS[:1], TEXTS[1:]]
    assert isinstance(found.pop(2), Cancelled)
    left = [text for at, text in enumerate(TEXTS) if at != 2]
    assert [told(one) for one in found] == [told(service.ask("films", one)) for one in requests(left)]


@pytest.mark.parametrize("cancelled", [0, 2])
def test_one_that_is_cancelled_leaves_the_others(service, cancelled):
    held = Held(service)

    async def leave(first, others):
        [first, *others][cancelled].cancel()
        await asyncio.sleep(0)

    found = asyncio.run(gathered(held, requests(TEXTS), between=leave))
    assert isinstance(found.pop(cancelled), asyncio.CancelledError)
    left = [text for at, text in enumerate(TEXTS) if at != cancelled]
    assert [told(one) for one in found] == [told(service.ask("films", one)) for one in requests(left)]
    assert held.batches[1] == [text for text in TEXTS[1:] if text in left]  # who has left is not computed


def test_one_that_takes_long_does_not_hold_up_the_others(service, monkeypatch):
    monkeypatch.setattr(limits, "GATHER_PATIENCE_SECONDS", 0.01)
    held = Held(service)

    async def others_first(first, others):
        await asyncio.wait_for(asyncio.gather(*others), 20)
        assert not first.done()

    asyncio.run(gathered(held, requests(TEXTS), between=others_first))


def test_graphs_do_not_wait_for_each_other(service):
    held = Held(service)

    async def main():
        gathering, gate = Gathering(held), Gate(4, 64)
        first = asyncio.create_task(gathering.ask("films", requests(TEXTS)[0], gate))
        await until(lambda: held.batches)
        with pytest.raises(UnknownGraph):
            await asyncio.wait_for(gathering.ask("nowhere", requests(TEXTS)[1], gate), 20)
        assert not first.done()
        held.release.set()
        await first

    asyncio.run(main())


def test_the_gate_counts_those_that_wait(service):
    async def main():
        gate, held = Gate(1, 2), Held(service)

        async def one_more(first, others):
            with pytest.raises(Overloaded):
                await Gathering(held).ask("films", requests(TEXTS)[0], gate)

        await gathered(held, requests(TEXTS[:3]), gate=gate, between=one_more)
        with gate.entered(), gate.entered(), gate.entered():  # all have left
            pass

    asyncio.run(main())


def test_each_question_has_its_own_time(home, parts):
    """A batch that waited is not late: a question's time runs from when it is computed."""
    service = Service(Settings(home=home, ask_seconds=5.0), parts)
    held = Held(service)
    deadlines = []
    bounds = service._bounds

    def noted(request, now, *others):
        deadlines.append((now, bounds(request, now, *others)))
        return deadlines[-1][1]

    service._bounds = noted

    async def wait(first, others):
        await asyncio.sleep(0.05)

    begin = time.monotonic()
    found = asyncio.run(gathered(held, requests(TEXTS), between=wait))
    assert not any(isinstance(one, BaseException) for one in found)
    assert len(deadlines) == len(TEXTS) > 1
    assert all(bound.deadline == pytest.approx(now + 5.0) for now, bound in deadlines)
    assert all(bound.deadline >= begin + 5.0 + 0.05 for _, bound in deadlines[1:])
