"""One graph that loads, or is damaged, delays and breaks no other."""

from __future__ import annotations

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.schema.problems import GraphLoading, NotReady
from clew.api.service.engine_cache import Engines
from clew.api.service.loaders import Loaders, LoadingTask
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg import limits
from clew.kg.errors import CorruptSnapshot
from clew.kg.store.catalogue import Catalogue

QUESTION = {"question": "Who directed Inception?"}
PATIENCE = 20.0


class HeldParts:
    """Parts whose linker of the graph ``large`` waits until it is let go."""

    def __init__(self, parts):
        self._parts = parts
        self.begun, self.release = threading.Event(), threading.Event()

    def linker(self, graph):
        if graph.name == "large":
            self.begun.set()
            assert self.release.wait(PATIENCE)
        return self._parts.linker(graph)

    def __getattr__(self, name):
        return getattr(self._parts, name)


@pytest.fixture
def held(home, parts, publish):
    publish(home, "large", [("Inception", "directed_by", "Somebody Else")])
    held = HeldParts(parts)
    yield held
    held.release.set()


def serving(home, parts, **settings):
    return TestClient(create_app(Service(Settings(home=home, **settings), parts)), raise_server_exceptions=False)


def ask(client, graph):
    return client.post(f"/v1/graphs/{graph}/ask", json=QUESTION)


def test_a_graph_that_loads_holds_up_no_other(home, held):
    with serving(home, held, workers=1) as client, ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, client, "large") for _ in range(8)]
        assert held.begun.wait(PATIENCE)
        assert ask(client, "films").json()["status"] == "answered"
        assert client.get("/healthz").json()["graphs"] == 2
        assert [graph["name"] for graph in client.get("/v1/graphs").json()] == ["films", "large"]
        assert client.get("/v1/graphs/films").status_code == 200
        assert not any(one.done() for one in waiting)
        held.release.set()
        assert [one.result(PATIENCE).json()["answers"][0]["label"] for one in waiting] == ["Somebody Else"] * 8


def test_questions_that_wait_take_no_thread(home, held):
    with serving(home, held, workers=1) as client, ThreadPoolExecutor(40) as pool:
        waiting = [pool.submit(ask, client, "large")]
        assert held.begun.wait(PATIENCE)
        ask(client, "films")
        before = len([thread for thread in threading.enumerate() if not thread.name.startswith("ThreadPoolExecutor")])
        waiting += [pool.submit(ask, client, "large") for _ in range(39)]
        arrivals = client.app.state.arrivals
        while arrivals._waiting["large"] < 40:
            threading.Event().wait(0.01)
        after = len([thread for thread in threading.enumerate() if not thread.name.startswith("ThreadPoolExecutor")])
        assert after <= before
        held.release.set()
        assert {one.result(PATIENCE).status_code for one in waiting} == {200}


@pytest.mark.parametrize("path", ["ask", "ask-batch"])
def test_waiting_ends_with_the_time_limit(home, held, path):
    body = QUESTION if path == "ask" else {"questions": [QUESTION]}
    with serving(home, held, ask_seconds=0.05) as client:
        response = client.post(f"/v1/graphs/large/{path}", json=body)
        assert (response.status_code, response.json()["code"]) == (503, "graph-loading")
        assert int(response.headers["retry-after"]) >= 1
        held.release.set()


def test_waiting_counts_towards_the_time_limit(home, held, monkeypatch):
    service = Service(Settings(home=home, ask_seconds=1_000.0), held)
    held.release.set()
    service.load("films").result()
    seen = []
    bounds = service._bounds
    monkeypatch.setattr(service, "_bounds", lambda *given: seen.append(bounds(*given)) or seen[-1])
    begin = time.monotonic()
    result = service.ask("films", AskRequest(**QUESTION), waited=400.0)
    (many,) = service.ask_many("films", [AskRequest(**QUESTION)], waited=[400.0])
    for bound, found in zip(seen, (result, many), strict=True):
        assert begin + 600.0 <= bound.deadline <= begin + 600.0 + PATIENCE
        assert found.timings["load"] >= 400_000.0
        assert found.timings["total"] >= 400_000.0


def test_too_many_that_wait_are_turned_away_and_others_are_not(home, held):
    with serving(home, held) as client, ThreadPoolExecutor(2) as pool:
        client.app.state.arrivals._most = 1
        first = pool.submit(ask, client, "large")
        assert held.begun.wait(PATIENCE)
        assert ask(client, "large").json()["code"] == "overloaded"
        assert ask(client, "films").status_code == 200
        held.release.set()
        assert first.result(PATIENCE).status_code == 200


def test_a_client_that_leaves_while_its_graph_loads_takes_it_from_nobody(home, held):
    service = Service(Settings(home=home), held)
    future = service.load("large")
    assert held.begun.wait(PATIENCE)
    assert not future.cancel()
    held.release.set()
    assert future.result(PATIENCE).graph.name == "large"


def test_a_graph_dropped_before_its_question_was_computed_is_loaded_again(home, parts, publish, monkeypatch):
    monkeypatch.setattr("clew.api.service.engine_cache.MAX_PREPARED_GRAPHS", 1)
    names = ["films", *(f"films{n}" for n in range(4))]
    for name in names[1:]:
        publish(home, name)
    with serving(home, parts, ask_seconds=200.0) as client, ThreadPoolExecutor(5) as pool:
        found = list(pool.map(lambda n: ask(client, names[n % 5]), range(40)))
    assert [response.json()["status"] for response in found] == ["answered"] * 40
    assert [response.json()["graph"] for response in found] == [names[n % 5] for n in range(40)]


def test_a_question_that_waited_for_a_graph_that_is_not_loaded_is_told(service):
    with pytest.raises(GraphLoading):
        service.ask("films", AskRequest(**QUESTION), waited=0.0)
    (found,) = service.ask_many("films", [AskRequest(**QUESTION)], waited=[0.0])
    assert isinstance(found, GraphLoading)


# --- damage


def broken_manifest(folder):
    (folder / "manifest.json").write_text("{", encoding="utf-8")


def no_manifest(folder):
    (folder / "manifest.json").unlink()


def manifest_without_counts(folder):
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    (folder / "manifest.json").write_text(text.replace('"counts"', '"sums"'), encoding="utf-8")


def no_files(folder):
    for file in folder.iterdir():
        if file.name != "manifest.json":
            file.unlink()


def broken_pointer(folder):
    (folder.parent / "current").write_text("../../etc", encoding="utf-8")


def no_folder(folder):
    shutil.rmtree(folder)


DAMAGES = [broken_manifest, no_manifest, no_files, broken_pointer, no_folder]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_told_of_its_own_graph_only(home, parts, publish, clew, damage):
    publish(home, "damaged")
    damage(Catalogue(home).folder("damaged"))
    with serving(home, parts) as client:
        response = ask(client, "damaged")
        assert (response.status_code, response.json()["code"]) == (500, "corrupt-snapshot")
        batch = client.post("/v1/graphs/damaged/ask-batch", json={"questions": [QUESTION]})
        assert (batch.status_code, batch.json()["code"]) == (500, "corrupt-snapshot")
        assert ask(client, "films").json()["status"] == "answered"
        assert client.get("/healthz").json() == client.get("/healthz").json() | {"status": "ok", "graphs": 2}
        listed = client.get("/v1/graphs")
        assert [graph["name"] for graph in listed.json()] == ["damaged", "films"]
        assert listed.json()[1]["triples"] == 10
    assert "films" in clew("graphs").stdout


@pytest.mark.parametrize("damage", [*DAMAGES[:2], manifest_without_counts, *DAMAGES[3:]])
def test_the_list_says_what_is_damaged(home, service, publish, clew, damage):
    publish(home, "damaged")
    damage(Catalogue(home).folder("damaged"))
    damaged, films = service.graphs()
    assert damaged.damaged
    assert (damaged.triples, damaged.entities, damaged.relations) == (None, None, None)
    assert films.damaged is None
    assert "damaged" not in films.model_dump()
    first, second = clew("graphs").stdout.splitlines()
    assert "damaged: " in first
    assert second.startswith("films ")


def test_a_graph_that_was_mended_is_loaded_again(home, parts, publish):
    publish(home, "damaged")
    manifest = Catalogue(home).folder("damaged") / "manifest.json"
    whole = manifest.read_bytes()
    service = Service(Settings(home=home), parts)
    manifest.write_bytes(b"{")
    with pytest.raises(CorruptSnapshot):
        service.ask("damaged", AskRequest(**QUESTION))
    manifest.write_bytes(whole)
    assert service.ask("damaged", AskRequest(**QUESTION)).status == "answered"


# --- readiness


def test_ready_when_all_is_loaded(home, held):
    with serving(home, held) as client:
        response = client.get("/readyz")
        assert (response.status_code, response.json()["code"]) == (503, "not-ready")
        assert int(response.headers["retry-after"]) >= 1
        assert held.begun.wait(PATIENCE)
        response = client.get("/readyz")
        assert response.status_code == 503
        assert "'large'" in response.json()["detail"]
        assert client.get("/healthz").status_code == 200
        held.release.set()
        while (response := client.get("/readyz")).status_code != 200:
            threading.Event().wait(0.01)
        assert response.json() == {"status": "ready"}


def test_damage_of_one_graph_keeps_no_server_from_being_ready(home, service, publish):
    publish(home, "damaged")
    broken_manifest(Catalogue(home).folder("damaged"))
    assert until_ready(service) == []


def test_a_model_that_cannot_be_loaded_is_tried_again(home, parts):
    class Failing:
        fails = True

        def reasoner(self):
            if self.fails:
                raise CorruptSnapshot("no weights")
            return parts.reasoner()

        def __getattr__(self, name):
            return getattr(parts, name)

    failing = Failing()
    service = Service(Settings(home=home), failing)
    reasons = set()
    while "no weights" not in reasons:
        with pytest.raises(NotReady) as error:
            service.warm_up.check()
        reasons.add(str(error.value))
    failing.fails = False
    until_ready(service)


def until_ready(service):
    """Wait until a service is ready; return nothing, or never."""
    while True:
        try:
            service.warm_up.check()
        except NotReady:
            threading.Event().wait(0.01)
        else:
            return []


# --- the threads that load


def test_loaders_are_bounded_and_end():
    loaders, release = Loaders(3), threading.Event()
    running, most, lock = [0], [0], threading.Lock()

    def work(n):
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        assert release.wait(PATIENCE)
        with lock:
            running[0] -= 1
        if n % 2:
            raise ValueError(n)
        return n

    tasks = [LoadingTask(partial(work, n)) for n in range(10)]
    for task in tasks:
        loaders.submit(task)
    futures = [task.future for task in tasks]
    release.set()
    wait(futures, PATIENCE)
    assert [future.result() for future in futures[::2]] == list(range(0, 10, 2))
    assert [str(future.exception()) for future in futures[1::2]] == [str(n) for n in range(1, 10, 2)]
    assert 1 <= most[0] <= 3
    again = LoadingTask(lambda: "again")
    loaders.submit(again)
    assert again.future.result(PATIENCE) == "again"


def test_graphs_are_loaded_by_few_threads_at_a_time(home, parts, publish):
    inside, most, lock = [0], [0], threading.Lock()

    class Counting:
        def linker(self, graph):
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            found = parts.linker(graph)
            with lock:
                inside[0] -= 1
            return found

        def __getattr__(self, name):
            return getattr(parts, name)

    names = [f"graph{n}" for n in range(12)]
    for name in names:
        publish(home, name)
    engines = Engines(Catalogue(home), Counting(), None)
    futures = [engines.load(name) for name in names]
    assert [future.result(PATIENCE).graph.name for future in futures] == names
    assert most[0] <= limits.MAX_LOADING
