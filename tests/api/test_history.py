"""Stored answers: bounded, shared by processes, safe for threads."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clew.api.schema.problems import HistoryFailed
from clew.api.service.history import History, Which, answer_id
from clew.kg.errors import UnknownPath

ZEROS = "0" * 16


@pytest.fixture
def history(tmp_path):
    return History(tmp_path / "sub" / "answers.sqlite3", capacity=3)


def record(n):
    return {"question": f"q{n}", "paths": [{"n": n}, {"n": -n}]}


def test_what_is_put_is_found(history):
    history.put("0" * 16, record(1))
    found, index = history.path("0" * 16 + "-1")
    assert found["paths"][index] == {"n": -1}
    assert found["asked"].endswith("+00:00")


@pytest.mark.parametrize("path", ["", "x", ZEROS, ZEROS + "-2", "1" * 16 + "-0", ZEROS + "-00000001", "'; drop"])
def test_what_was_never_given_out_is_not(history, path):
    with pytest.raises(UnknownPath):
        history.path(path)
    history.put("0" * 16, record(1))
    with pytest.raises(UnknownPath):
        history.path(path)


def test_the_oldest_are_dropped(history):
    ids = [answer_id(n) for n in range(5)]
    for n, one in enumerate(ids):
        history.put(one, record(n))
    for one in ids[:2]:
        with pytest.raises(UnknownPath, match="the last 3 answers are stored"):
            history.path(f"{one}-0")
    assert [history.path(f"{one}-0")[0]["question"] for one in ids[2:]] == ["q2", "q3", "q4"]


@given(st.lists(st.lists(st.integers(0, 5), max_size=6), max_size=5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_several_at_once_are_as_one_after_the_other(tmp_path_factory, batches):
    folder = tmp_path_factory.mktemp("answers")
    together, apart = (History(folder / name, capacity=3) for name in ("together", "apart"))
    for at, batch in enumerate(batches):
        records = [(answer_id(n), record(n) | {"batch": at, "graph": "g"}) for n in batch]
        together.put_all(records)
        for one in records:
            apart.put(*one)

    def kept(history):
        found = {}
        for n in range(6):
            with suppress(UnknownPath):
                found[n] = history.path(f"{answer_id(n)}-0")[0] | {"asked": ""}
        return found

    assert kept(together) == kept(apart)
    together.close()
    apart.close()


def test_of_several_all_are_stored_or_none(history):
    with pytest.raises(HistoryFailed):
        history.put_all([(answer_id(1), record(1)), (object(), record(2))])
    assert history.count(Which()) == 0


def test_asking_again_renews_and_replaces(history):
    ids = [answer_id(n) for n in range(4)]
    for n in (0, 1, 0, 2, 3):
        history.put(ids[n], record(n))
    assert history.path(f"{ids[3]}-0")
    assert history.path(f"{ids[0]}-0")[0]["question"] == "q0"
    with pytest.raises(UnknownPath):
        history.path(f"{ids[1]}-0")


def test_threads(tmp_path):
    history = History(tmp_path / "a.sqlite3", capacity=1_000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: history.put(answer_id(n), record(n)), range(100)))
    assert [history.path(f"{answer_id(n)}-0")[0]["question"] for n in range(100)] == [f"q{n}" for n in range(100)]


def test_two_processes(tmp_path):
    file = tmp_path / "a.sqlite3"
    script = (
        "import sys; from pathlib import Path; from clew.api.service.history import History, answer_id\n"
        "h = History(Path(sys.argv[1]))\n"
        "for n in range(50): h.put(answer_id(sys.argv[2], n), {'paths': [n]})\n"
    )
    running = [subprocess.Popen([sys.executable, "-c", script, str(file), name]) for name in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    assert all(History(file).path(f"{answer_id(name, n)}-0")[0]["paths"] == [n] for name in "ab" for n in range(50))


def test_a_path_is_inspected_from_another_process(home, service):
    from clew.api.schema.models import AskRequest

    path = service.ask("films", AskRequest(question="Who directed Inception?")).paths[0]
    command = [
        sys.executable,
        "-c",
        "from clew.api.cli import main; main()",
        "inspect",
        path.id,
        "--home",
        str(home),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout)["path"] == path.model_dump(mode="json")


def test_a_path_of_a_version_no_longer_kept_is_still_shown(service, home, publish):
    from clew.api.schema.models import AskRequest

    path = service.ask("films", AskRequest(question="Who directed Inception?")).paths[0]
    service.catalogue.remove("films")
    found = service.path(path.id)
    assert found.path == path
    assert [triple.source for triple in found.triples] == [None]
