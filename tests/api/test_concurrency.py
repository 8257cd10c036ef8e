"""Many clients at once: the same answers as alone, a bounded queue, engines built once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import anyio
import pytest
from starlette.testclient import TestClient

from clew.api.rest.admission import Gate
from clew.api.schema.models import AskRequest
from clew.api.schema.problems import Overloaded
from clew.api.service.service import Service
from clew.api.settings import Settings

QUESTIONS = [
    "Who directed Inception?",
    "who directed Juno",
    "in what language is Juno",
    "films starred by Tom Hardy",
    "?",
]


def test_eight_clients(client):
    def ask(n):
        response = client.post("/v1/graphs/films/ask", json={"question": QUESTIONS[n % len(QUESTIONS)]})
        assert response.status_code == 200
        return {**response.json(), "timings": None}

    alone = [ask(n) for n in range(len(QUESTIONS))]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(ask, range(100)))
    assert together == [alone[n % len(QUESTIONS)] for n in range(100)]


def test_an_engine_is_built_once_and_again_for_a_new_version(home, parts, publish, triples):
    built = []

    class Counting:
        reasoner = staticmethod(parts.reasoner)
        own_model = staticmethod(parts.own_model)
        own_reasoner = staticmethod(parts.own_reasoner)

        def suggest(self, graph):
            return None

        def linker(self, graph):
            built.append(graph.version)
            return parts.linker(graph)

    service = Service(Settings(home=home), Counting())

    def ask(_=0):
        return service.ask("films", AskRequest(question="Who directed Tenet?"))

    with ThreadPoolExecutor(8) as pool:
        first = {result.version for result in pool.map(ask, range(16))}
    assert len(built) == 1
    second = publish(home, "films", [*triples, ("Tenet", "directed_by", "Somebody Else")])
    result = ask()
    assert result.version == second
    assert [answer.label for answer in result.answers] == ["Christopher Nolan", "Somebody Else"]
    assert built == [*first, second]
    old = service.ask("films", AskRequest(question="Who directed Tenet?", version=first.pop()[:6]))
    assert [answer.label for answer in old.answers] == ["Christopher Nolan"]
    assert len(built) == 2


def test_the_gate_turns_away_what_would_not_fit():
    async def main():
        gate, release, inside = Gate(workers=2, waiting=3), threading.Event(), []

        def work():
            inside.append(threading.get_ident())
            release.wait(10)
            return "done"

        results = []

        async def one():
            results.append(await gate.run(work))

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(one)
            with anyio.fail_after(5):
                while len(inside) < 2:
                    await anyio.sleep(0.01)
            assert len(inside) == 2  # the others wait
            with pytest.raises(Overloaded):
                await gate.run(work)
            release.set()
        assert results == ["done"] * 5
        assert await gate.run(lambda: "again") == "again"

    anyio.run(main)


def test_a_full_queue_answers_503_with_retry_after(home, parts):
    from clew.api.rest.app import create_app

    app = create_app(Service(Settings(home=home), parts))
    app.state.gate = Gate(workers=0, waiting=0)
    response = TestClient(app).post("/v1/graphs/films/ask", json={"question": "q"})
    assert (response.status_code, response.json()["code"]) == (503, "overloaded")
    assert int(response.headers["retry-after"]) >= 1


def test_another_host_s_name_is_not_served(service):
    from clew.api.rest.app import create_app

    client = TestClient(create_app(service, ["localhost", "127.0.0.1"]), base_url="http://evil.example")
    assert client.get("/v1/graphs").status_code == 400
