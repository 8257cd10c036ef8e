"""Stored answers never cost an answer; they are private, bounded, and can be turned off and deleted."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.schema.problems import HistoryFailed
from clew.api.service.history import History, Which, answer_id
from clew.api.service.service import Service
from clew.api.settings import Settings, load
from clew.kg import limits
from clew.kg.errors import BadInput, UnknownPath

QUESTION = AskRequest(question="Who directed Inception?")


def a_folder(file):
    file.mkdir(parents=True)


def no_database(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"SQLite format 3\0" + os.urandom(5_000))


def damaged_pages(file):
    history = History(file)
    for n in range(50):
        history.put(answer_id(n), {"paths": [n] * 1_000})
    history.close()
    with file.open("r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * (file.stat().st_size - 4096))


def another_table(file):
    file.parent.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(file) as connection:
        connection.execute("create table answers (x)")


FAILURES = [a_folder, no_database, damaged_pages, another_table]


def told(result):
    return result.model_dump(exclude={"timings", "notices"})


@pytest.mark.parametrize("fail", FAILURES)
def test_the_answer_is_given_and_the_failure_said_once(service, home, parts, caplog, fail):
    expected = service.ask("films", QUESTION)
    service.close()
    assert expected.notices == []
    assert "notices" not in expected.model_dump()
    for left in home.glob("answers.sqlite3*"):
        left.unlink()
    fail(home / "answers.sqlite3")
    failing = Service(Settings(home=home), parts)
    with caplog.at_level("WARNING"):
        found = [failing.ask("films", QUESTION) for _ in range(5)]
    assert [told(one) for one in found] == [told(expected)] * 5
    assert all("not stored" in notice for one in found for notice in one.notices)
    assert [len(one.notices) for one in found] == [1] * 5
    assert len([record for record in caplog.records if "cannot be used" in record.message]) == 1


@pytest.mark.parametrize("fail", FAILURES[1:3])
def test_purging_starts_a_damaged_store_anew(home, parts, clew, fail):
    fail(home / "answers.sqlite3")
    assert Service(Settings(home=home), parts).ask("films", QUESTION).notices
    clew("history", "--purge")
    assert Service(Settings(home=home), parts).ask("films", QUESTION).notices == []


def test_a_locked_store_delays_one_answer_and_is_used_again_when_free(service, home, monkeypatch):
    monkeypatch.setattr(limits, "HISTORY_SECONDS", 0.05)
    put, tried = service.history.put_all, []
    monkeypatch.setattr(service.history, "put_all", lambda *given: tried.append(1) or put(*given))
    assert service.ask("films", QUESTION).notices == []
    service.close()
    holder = sqlite3.connect(home / "answers.sqlite3", isolation_level=None)
    holder.execute("begin exclusive")
    found = [service.ask("films", QUESTION) for _ in range(5)]
    assert all(one.status == "answered" and "locked" in one.notices[0] for one in found)
    assert len(tried) == 2  # one stored, one failed
    holder.execute("rollback")
    holder.close()
    monkeypatch.setattr(service._recorder, "_rests_until", 0.0)
    assert service.ask("films", QUESTION).notices == []


def test_a_home_that_cannot_be_written(home, parts):
    """As root everything can be written: then it is stored."""
    home.chmod(0o500)
    try:
        result = Service(Settings(home=home), parts).ask("films", QUESTION)
        assert [answer.label for answer in result.answers] == ["Christopher Nolan"]
        assert bool(result.notices) != os.access(home, os.W_OK)
    finally:
        home.chmod(0o700)


def test_a_full_disk(home, publish):
    """A process that may not write files beyond some bytes gets EFBIG, as it would get ENOSPC from a full disk."""
    script = (
        "import sys; from pathlib import Path\n"
        "from clew.api.service.history import History, answer_id\n"
        "from clew.api.service.recorder import Recorder\n"
        "recorder = Recorder(History(Path(sys.argv[1])))\n"
        "record = {'paths': [list(range(9999))], 'graph': 'films'}\n"
        "said = [recorder.keep([(answer_id(n), lambda: record)]) for n in range(20)]\n"
        "print(said[-1])\n"
    )
    file = home / "answers.sqlite3"

    def bounded():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))

    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", script, str(file)],
            preexec_fn=bounded,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert "cannot be used" in done.stdout
        assert done.stderr.count("cannot be used") == 1
    History(file).put(answer_id("later"), {"paths": [1]})  # unharmed
    assert History(file).path(f"{answer_id('later')}-0")


# --- private


def test_only_the_owner_reads_it(tmp_path, parts):
    mask = os.umask(0o022)
    try:
        file = tmp_path / "new" / "home" / "answers.sqlite3"
        history = History(file)
        history.put(answer_id(1), {"paths": [1]})
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        for one in file.parent.iterdir():
            assert stat.S_IMODE(one.stat().st_mode) == 0o600, one
    finally:
        os.umask(mask)


def test_a_store_of_an_earlier_version_becomes_private_and_knows_its_graphs(tmp_path):
    file = tmp_path / "answers.sqlite3"
    with sqlite3.connect(file) as connection:
        connection.execute("create table answers (id text primary key, asked text not null, seq integer, body blob)")
        for n, graph in enumerate(["films", "films", "music"]):
            body = zlib.compress(json.dumps({"graph": graph, "paths": [n]}).encode())
            row = (answer_id(n), datetime.now(UTC).isoformat(timespec="seconds"), n, body)
            connection.execute("insert into answers values (?, ?, ?, ?)", row)
    connection.close()
    file.chmod(0o644)
    history = History(file)
    assert history.path(f"{answer_id(0)}-0")[0]["graph"] == "films"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (history.count(Which("films")), history.count(Which("music")), history.count(Which())) == (2, 1, 3)


@pytest.mark.parametrize("way", ["option", "variable"])
def test_it_can_be_turned_off(clew, home, monkeypatch, way):
    arguments = ["ask", "-g", "films", QUESTION.question]
    if way == "option":
        arguments.append("--no-history")
    else:
        monkeypatch.setenv("CLEW_HISTORY", "off")
    printed = clew(*arguments).stdout
    assert "Christopher Nolan" in printed
    assert "clew inspect" not in printed
    assert not (home / "answers.sqlite3").exists()
    assert "notices" not in json.loads(clew(*arguments, "--json").stdout)


def test_off_or_on_and_nothing_else(tmp_path):
    assert load(tmp_path, env={}).keep_history
    assert load(tmp_path, env={"CLEW_HISTORY": "on"}).keep_history
    assert not load(tmp_path, env={"CLEW_HISTORY": "off"}).keep_history
    for text in ("no", "0", "OFF", " "):
        with pytest.raises(BadInput, match="CLEW_HISTORY must be on or off"):
            load(tmp_path, env={"CLEW_HISTORY": text})
    for text in ("0", "-1", "nan", "inf", "a week"):
        with pytest.raises(BadInput, match="CLEW_HISTORY_DAYS must be a number"):
            load(tmp_path, env={"CLEW_HISTORY_DAYS": text})


# --- bounded, and deleted


def filled(file, days_ago):
    """A store of answers that were asked so many days ago, in turn from two graphs."""
    history = History(file, days=1_000)
    for n, days in enumerate(days_ago):
        history.put(answer_id(n), {"paths": [n], "graph": ("films", "music")[n % 2]})
        asked = (datetime.now(UTC) - timedelta(days=days)).isoformat(timespec="seconds")
        with sqlite3.connect(file) as connection:
            connection.execute("update answers set asked = ? where id = ?", (asked, answer_id(n)))
        connection.close()
    history.close()
    return file


def test_answers_are_kept_for_some_days(tmp_path):
    file = filled(tmp_path / "a.sqlite3", [40, 20, 0])
    history = History(file, days=30)
    with pytest.raises(UnknownPath, match="for 30 days"):  # even before anything deletes it
        history.path(f"{answer_id(0)}-0")
    assert history.path(f"{answer_id(1)}-0")
    history.put(answer_id("new"), {"paths": [1]})
    assert History(file, days=1_000).count(Which()) == 3


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        ([], []),
        (["--graph", "films"], [1, 3]),
        (["--before", "2020-01-01"], [0, 1, 2, 3]),
        (["--before", "2999-01-01"], []),
        (["--before", "DAYS"], [2, 3]),
        (["--before", "DAYS", "-g", "music"], [0, 2, 3]),
    ],
)
def test_purging(clew, home, arguments, left):
    file = filled(home / "answers.sqlite3", [40, 20, 5, 0])
    middle = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    arguments = [middle if one == "DAYS" else one for one in arguments]
    count = json.loads(clew("history", *arguments, "--json").stdout)
    assert count == {"answers": 4 - len(left), "purged": False}
    assert History(file).count(Which()) == 4
    assert json.loads(clew("history", *arguments, "--purge", "--json").stdout) == {
        "answers": 4 - len(left),
        "purged": True,
    }
    history = History(file)
    assert history.count(Which()) == len(left)
    assert all(history.path(f"{answer_id(n)}-0") for n in left)


def test_what_was_purged_is_not_in_the_file(home, service, clew):
    service.ask("films", QUESTION)
    history = History(home / "answers.sqlite3")
    history.put(answer_id(1), {"paths": [1], "graph": "music"})
    marker = "in-the-clear-" * 10
    with history._opened() as connection, connection:
        connection.execute("update answers set body = ? where graph = 'films'", (marker.encode(),))
    assert any(marker.encode() in file.read_bytes() for file in home.glob("answers.sqlite3*"))
    service.close()
    history.close()
    clew("history", "--purge", "--graph", "films")
    assert not any(marker.encode() in file.read_bytes() for file in home.glob("answers.sqlite3*"))
    assert History(home / "answers.sqlite3").count(Which()) == 1


def test_a_server_that_runs_sees_what_is_purged(home, service, clew):
    with TestClient(create_app(service)) as client:
        path = client.post("/v1/graphs/films/ask", json={"question": QUESTION.question}).json()["paths"][0]["id"]
        assert client.get(f"/v1/paths/{path}").status_code == 200
        clew("history", "--purge")
        assert client.get(f"/v1/paths/{path}").status_code == 404
        assert client.post("/v1/graphs/films/ask", json={"question": QUESTION.question}).json().get("notices") is None


def test_answers_go_with_their_graph(home, service, publish, clew):
    publish(home, "others")
    for name in ("films", "others"):
        service.ask(name, QUESTION)
    removed = json.loads(clew("remove", "films", "--yes", "--json").stdout)
    assert removed["answers"] == 1
    history = History(home / "answers.sqlite3")
    assert (history.count(Which("films")), history.count(Which("others"))) == (0, 1)


def test_nothing_stored_nothing_counted(clew, home):
    assert clew("history").stdout == "0 stored answers\n"
    assert clew("history", "--purge").stdout == "0 stored answers deleted\n"
    assert not (home / "answers.sqlite3").exists()
    assert "--before must be a date" in clew("history", "--before", "soon", exit_code=2).stderr


def test_a_store_that_cannot_be_read_is_a_problem_of_its_own(home, service):
    a_folder(home / "answers.sqlite3")
    with pytest.raises(HistoryFailed):
        service.path(f"{answer_id(1)}-0")
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        response = client.get(f"/v1/paths/{answer_id(1)}-0")
        assert (response.status_code, response.json()["code"]) == (500, "history-failed")
