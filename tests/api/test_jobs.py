"""Files that are sent and loaded as jobs: followed, cancelled, and refused where they may not be."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.jobs import IngestResult, JobProgress
from clew.api.schema.problems import plain_problem
from clew.api.service import changes
from clew.api.service.jobs import Jobs
from clew.api.service.service import Service
from clew.api.settings import Settings, load
from clew.kg import limits
from clew.kg.errors import BadInput
from clew.kg.ingest.loading import Progress
from tests.api.test_errors import check_problem
from tests.api.test_events import parsed

TURTLE = b"""@prefix : <http://x.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:a rdfs:label "Alma" ; :knows :b . :b rdfs:label "Bert" .
"""
BROKEN = TURTLE + b':a :knows "half\n'
KIND = {"Content-Type": "text/turtle"}
PATIENCE = 30.0
INGEST = "/v1/graphs/people/ingest?file=people.ttl"


@pytest.fixture
def service(home, parts) -> Iterator[Service]:
    service = Service(Settings(home=home, ingest=True), parts)
    yield service
    service.close()


@pytest.fixture
def client(service) -> Iterator[TestClient]:
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


def send(client: TestClient, body: bytes = TURTLE, address: str = INGEST, **headers: str) -> Any:
    return client.post(address, content=body, headers=KIND | headers)


def job_of(client: TestClient, job: str) -> dict[str, Any]:
    return client.get(f"/v1/jobs/{job}").json()


def ended(client: TestClient, job: str) -> dict[str, Any]:
    """The job once it has ended."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = job_of(client, job)
        if found["state"] in ("done", "failed", "cancelled"):
            return found
        time.sleep(0.01)
    raise AssertionError("the job does not end")


@contextmanager
def held(monkeypatch) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Let each ingest report its progress, and wait, until it is let go."""
    begun, go = threading.Event(), threading.Event()
    ingest = changes.ingest

    def slowly(catalogue, sources, name, options, observer, expected):
        end = time.monotonic() + PATIENCE
        while not go.is_set() and time.monotonic() < end:
            observer(Progress("people.ttl", 7, 9, 3, 1))
            begun.set()
            time.sleep(0.01)
        return ingest(catalogue, sources, name, options, observer, expected)

    monkeypatch.setattr(changes, "ingest", slowly)
    yield begun, go
    go.set()


def left(home) -> list[Any]:
    return list((home / "uploads").iterdir())


def test_a_file_becomes_a_graph_that_answers(client, home) -> None:
    response = send(client)
    job = response.json()
    assert (response.status_code, response.headers["location"]) == (202, f"/v1/jobs/{job['id']}")
    assert (job["graph"], job["kind"]) == ("people", "ingest")
    done = ended(client, job["id"])
    assert done["state"] == "done"
    assert done["problem"] is None
    info = client.get("/v1/graphs/people").json()
    assert (done["result"]["version"], done["result"]["triples"]) == (info["version"], info["triples"]) != ("", 0)
    answer = client.post("/v1/graphs/people/ask", json={"question": "Who knows Bert?"}).json()
    assert [one["label"] for one in answer["answers"]] == ["Alma"]
    triple = client.get(f"/v1/paths/{answer['paths'][0]['id']}").json()["triples"][0]
    assert triple["source"] == {"file": "people.ttl", "line": 2}
    assert left(home) == []
    second = ended(client, send(client, TURTLE + b":b :knows :a .").json()["id"])
    now = client.get("/v1/graphs/people").json()
    assert now["version"] == second["result"]["version"]
    assert set(now["versions"]) == {second["result"]["version"], info["version"]}
    assert [one["id"] for one in client.get("/v1/jobs").json()] == [second["id"], done["id"]]


def test_a_file_that_cannot_be_read_changes_nothing(client, home) -> None:
    failed = ended(client, send(client, BROKEN).json()["id"])
    assert (failed["state"], failed["result"]) == ("failed", None)
    assert failed["problem"]["code"] == "bad-line"
    assert failed["problem"]["detail"].startswith("people.ttl:3")
    assert str(home) not in str(failed)
    assert client.get("/v1/graphs/people").status_code == 404
    assert left(home) == []
    some = ended(client, send(client, BROKEN, f"{INGEST}&on_error=skip").json()["id"])
    assert some["state"] == "done"
    assert sum(some["result"]["rejected"].values()) >= 1
    assert "uploads" not in str(some)


def test_a_job_that_runs_is_cancelled_at_its_next_report(client, home, monkeypatch) -> None:
    with held(monkeypatch) as (begun, _):
        job = send(client).json()["id"]
        assert begun.wait(PATIENCE)
        running = job_of(client, job)
        assert running["progress"] == {"bytes_read": 7, "bytes_total": 9, "accepted": 3, "rejected": 1}
        waiting = send(client, address="/v1/graphs/films/ingest?file=a.ttl").json()["id"]
        version = client.get("/v1/graphs/films").json()["version"]
        assert job_of(client, waiting)["state"] == "waiting"
        assert client.delete(f"/v1/jobs/{waiting}").json()["state"] == "cancelled"
        assert client.delete(f"/v1/jobs/{job}").status_code == 200
        assert ended(client, job)["state"] == "cancelled"
    assert client.get("/v1/graphs/people").status_code == 404
    assert client.get("/v1/graphs/films").json()["version"] == version
    end = time.monotonic() + PATIENCE
    while left(home) and time.monotonic() < end:
        time.sleep(0.01)
    assert left(home) == []
    assert client.delete(f"/v1/jobs/{job}").json()["state"] == "cancelled"  # and stays so


def test_a_job_is_followed_by_events(client, monkeypatch) -> None:
    with held(monkeypatch) as (begun, go):
        job = send(client).json()["id"]
        assert begun.wait(PATIENCE)
        threading.Timer(0.1, go.set).start()
        response = client.get(f"/v1/jobs/{job}", headers={"Accept": "text/event-stream"})
    told = parsed(response.text)
    assert {kind for kind, _ in told} == {"job"}
    states = [status["state"] for _, status in told]
    assert states[0] == "running"
    assert states[-1] == "done"
    assert states == sorted(states, reverse=True)
    assert told[-1][1] == job_of(client, job)
    after = client.get(f"/v1/jobs/{job}", headers={"Accept": "text/event-stream"})
    assert parsed(after.text) == [told[-1]]
    unknown = client.get("/v1/jobs/none", headers={"Accept": "text/event-stream"})
    check_problem(unknown, 404, "unknown-job", "none")


def test_it_is_off_unless_the_operator_says_so(home, parts) -> None:
    assert not Settings(home=home).ingest
    assert not load(home, env={}).ingest
    assert load(home, env={"CLEW_INGEST": "on"}).ingest
    service = Service(Settings(home=home), parts)
    with TestClient(create_app(service)) as client:
        check_problem(send(client), 403, "ingest-disabled", "--ingest")
    service.close()
    assert not (home / "uploads").exists()


@pytest.mark.parametrize(
    ("address", "headers", "status", "code"),
    [
        (INGEST, {"Origin": "https://evil.example"}, 403, "forbidden"),
        (INGEST, {"Origin": "null"}, 403, "forbidden"),
        (INGEST, {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        (INGEST, {"Content-Type": "application/x-www-form-urlencoded"}, 415, "unsupported-media-type"),
        (INGEST, {"Sec-Fetch-Site": "cross-site"}, 403, "forbidden"),
        (INGEST, {"Content-Type": "multipart/form-data"}, 400, "bad-input"),
        (INGEST, {"Content-Type": "multipart/form-data; boundary=x"}, 400, "bad-input"),
        (INGEST, {"Content-Type": "Text/Plain; charset=utf-8"}, 415, "unsupported-media-type"),
        ("/v1/graphs/.x/ingest?file=a.ttl", {}, 400, "bad-input"),
        ("/v1/graphs/x/ingest?file=../a.ttl", {}, 400, "bad-input"),
        ("/v1/graphs/x/ingest?file=.ttl", {}, 400, "bad-input"),
        ("/v1/graphs/x/ingest", {}, 422, "invalid-request"),
        ("/v1/graphs/x/ingest?file=a.ttl&on_error=quarantine", {}, 422, "invalid-request"),
    ],
)
def test_what_is_refused(client, home, address, headers, status, code) -> None:
    check_problem(send(client, TURTLE, address, **headers), status, code, "")
    assert client.get("/v1/jobs").json() == []
    assert not (home / "uploads").exists() or left(home) == []


def test_a_page_of_another_origin_cancels_nothing(client, monkeypatch) -> None:
    with held(monkeypatch) as (begun, _):
        job = send(client).json()["id"]
        assert begun.wait(PATIENCE)
        response = client.delete(f"/v1/jobs/{job}", headers={"Origin": "https://evil.example"})
        check_problem(response, 403, "forbidden", "")
        assert job_of(client, job)["state"] == "running"
        assert client.delete(f"/v1/jobs/{job}", headers={"Origin": "http://testserver"}).status_code == 200


def test_a_file_that_is_too_large_or_too_slow_leaves_nothing(client, home, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 10)
    check_problem(send(client), 413, "body-too-large", "10")
    monkeypatch.setattr(limits, "MAX_UPLOAD_BYTES", 10_000_000)
    assert send(client, TURTLE + b"#" * 200_000).status_code == 202  # more than other bodies may have
    monkeypatch.setattr(limits, "UPLOAD_SECONDS", 0.0)
    check_problem(send(client), 408, "request-timeout", "")
    ended(client, client.get("/v1/jobs").json()[0]["id"])
    assert left(home) == []


def test_too_many_are_refused_and_few_are_kept(client, home, monkeypatch) -> None:
    monkeypatch.setattr(limits, "MAX_JOBS_WAITING", 1)
    monkeypatch.setattr(limits, "MAX_JOBS", 2)
    with held(monkeypatch) as (begun, go):
        first = send(client).json()["id"]
        assert begun.wait(PATIENCE)
        second = send(client).json()["id"]
        refused = send(client)
        check_problem(refused, 503, "overloaded", "")
        assert refused.headers["retry-after"]
        go.set()
        assert ended(client, first)["state"] == ended(client, second)["state"] == "done"
    third = send(client).json()["id"]
    assert {job["id"] for job in client.get("/v1/jobs").json()} == {second, third}
    check_problem(client.get(f"/v1/jobs/{first}"), 404, "unknown-job", first)
    ended(client, third)


def test_what_a_killed_process_left_is_deleted(client, home, monkeypatch) -> None:
    send(client)
    old = home / "uploads" / "0123456789abcdef"
    old.mkdir()
    (old / "a.ttl").write_bytes(TURTLE)
    monkeypatch.setattr(limits, "UPLOAD_KEPT_SECONDS", -1.0)
    send(client)
    assert not old.exists()


def test_the_end_of_a_server_cancels_its_jobs(service, monkeypatch) -> None:
    with held(monkeypatch) as (begun, _):
        with TestClient(create_app(service)) as client:
            job = send(client).json()["id"]
            assert begun.wait(PATIENCE)
        assert service.jobs.get(job).state == "cancelled"
        assert [thread for thread in threading.enumerate() if thread.name == "clew-jobs"] == []


RESULT = IngestResult(
    version="v", triples=1, entities=1, relations=1, rejected={}, first_rejected=[], seconds=0.0, indexed=True
)


@pytest.mark.parametrize("count", [1, 5])
def test_jobs_are_done_in_turn_and_each_ends_once(count) -> None:
    jobs = Jobs(lambda error: plain_problem("bad-request", str(error)))
    order: list[tuple[str, int]] = []
    done = threading.Event()

    def work(number: int):
        def run(report) -> IngestResult:
            order.append(("begun", number))
            report(JobProgress(bytes_read=0, bytes_total=0, accepted=0, rejected=0))
            if number % 3 == 1:
                raise BadInput("no")
            if number % 3 == 2:
                raise RuntimeError("a bug")
            return RESULT

        return run

    def end(number: int) -> None:
        order.append(("ended", number))
        if number == count - 1:
            done.set()

    ids = [jobs.submit("g", work(i), lambda i=i: end(i)).id for i in range(count)]
    assert done.wait(PATIENCE)
    assert order == [(what, i) for i in range(count) for what in ("begun", "ended")]
    found = [jobs.get(one) for one in ids]
    assert [one.state for one in found] == [("done", "failed", "failed")[i % 3] for i in range(count)]
    assert [one.problem.code if one.problem else None for one in found] == [
        (None, "bad-request", "internal-error")[i % 3] for i in range(count)
    ]


# --- sent again
AGAIN = {"Idempotency-Key": "c8d3"}


def test_files_that_are_sent_again_are_loaded_once(client: TestClient, home: Any) -> None:
    address = "/v1/graphs?graph=people&file=people.ttl"
    first = send(client, address=address, **AGAIN)
    ended(client, first.json()["id"])
    second = send(client, address=address, **AGAIN)  # without the key: 409 graph-exists
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["id"] == second.json()["id"]
    assert first.headers["Location"] == second.headers["Location"]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert list((home / "uploads").iterdir()) == []
    assert len(client.get("/v1/graphs/people/versions").json()) == 1
    check_problem(send(client, address=address), 409, "graph-exists", "people")


def test_other_files_with_the_same_key_are_refused(client: TestClient, home: Any) -> None:
    ended(client, send(client, **AGAIN).json()["id"])
    other = TURTLE.replace(b"Bert", b"Dora")  # as long
    for response in (
        send(client, other, **AGAIN),
        send(client, address=f"{INGEST}&lenient=true", **AGAIN),
        send(client, address=INGEST.replace("people.ttl", "b.ttl"), **AGAIN),
        send(client, **AGAIN, **{"If-Match": '"0123456789ab"'}),
    ):
        check_problem(response, 422, "idempotency-mismatch", "another request")
    assert list((home / "uploads").iterdir()) == []
    assert len(client.get("/v1/graphs/people/versions").json()) == 1


def test_what_was_refused_may_be_sent_again(client: TestClient) -> None:
    changed = {"If-Match": '"0123456789ab"'}
    ended(client, send(client).json()["id"])
    check_problem(send(client, **AGAIN, **changed), 412, "version-changed", "")
    assert ended(client, send(client, **AGAIN).json()["id"])["state"] == "done"
