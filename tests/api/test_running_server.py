"""``clew ask`` asks the server of its home, if that would answer as it would itself; else it answers alone."""

from __future__ import annotations

import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.schema.problems import NotReady
from clew.api.service.service import Service
from clew.api.serving import presence
from clew.api.serving.client import ask_running
from clew.api.serving.presence import FILE, SOCKET, announced, found
from clew.api.serving.server import Crowd, LocalServer
from clew.api.settings import Settings
from clew.decoding.cancellation import Cancellation
from clew.kg.errors import Cancelled
from clew.kg.limits import MAX_SOCKET_PATH

REQUEST = AskRequest(question="Who directed [Inception]?")


def ready(service: Service) -> bool:
    try:
        service.warm_up.check()
    except NotReady:
        return False
    return True


@contextmanager
def serving(service: Service, warm: bool = True) -> Iterator[LocalServer]:
    """A server of a service, on the socket of its home only."""
    with announced(service.settings) as local:
        assert local is not None
        app = create_app(service, ["localhost"])
        server = LocalServer(uvicorn.Config(app, port=0, ws="none", log_level="error", log_config=None), local)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        if warm:
            service.warm_up.begin()
            while not ready(service):
                time.sleep(0.01)
        try:
            yield server
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def short(tmp_path: Path, publish: Callable[..., str]) -> Iterator[Path]:
    """A home whose path is short enough for a socket."""
    place = Path(os.path.realpath(os.environ.get("TMPDIR", "/tmp"))) / f"clew-{os.getpid()}-{time.monotonic_ns()}"
    place.symlink_to(tmp_path)
    home = place / "h"
    publish(home)
    yield home
    place.unlink()


def test_a_server_of_the_home_is_asked(short: Path, parts: Any) -> None:
    service = Service(Settings(home=short), parts)
    with serving(service):
        for name in (FILE, SOCKET):
            assert stat.S_IMODE((short / name).lstat().st_mode) == 0o600
        asked = ask_running(Settings(home=short), "films", REQUEST)
        assert asked is not None
        assert asked.model_copy(update={"timings": {}}) == service.ask("films", REQUEST).model_copy(
            update={"timings": {}}
        )
        assert ask_running(Settings(home=short), "none", REQUEST) is None  # the caller says what is wrong
        assert ask_running(Settings(home=short), "films", AskRequest(question="?" * 10_000)) is None
        other = [replace(Settings(home=short), ask_seconds=1.0), Settings(home=short).recording(False)]
        other += [replace(Settings(home=short), model="openai:http://localhost#m"), Settings(home=short.parent)]
        assert [found(settings) for settings in other] == [None] * 4
    assert not (short / FILE).exists()
    assert not (short / SOCKET).exists()
    assert ask_running(Settings(home=short), "films", REQUEST) is None


def test_a_server_that_still_loads_is_not_waited_for(short: Path, parts: Any) -> None:
    with serving(Service(Settings(home=short), parts), warm=False):
        assert found(Settings(home=short)) is not None
        assert ask_running(Settings(home=short), "films", REQUEST) is None


def test_the_command_asks_it_unless_alone(
    short: Path, parts: Any, monkeypatch: pytest.MonkeyPatch, clew: Callable[..., Any]
) -> None:
    service, alone = Service(Settings(home=short), parts), []
    answer = service.ask

    def ask(self: Service, *given: Any, **more: Any) -> Any:
        alone.append(self is not service)
        return answer(*given, **more)

    monkeypatch.setattr(Service, "ask", ask)
    monkeypatch.setattr(Service, "ask_many", lambda self, graph, requests, **_: [ask(self, graph, r) for r in requests])
    with serving(service):
        words = ("--home", short, "ask", "--graph", "films", "Who directed [Inception]?")
        assert "Christopher Nolan" in clew(*words).stdout
        assert "Christopher Nolan" in clew(*words, "--alone").stdout
        assert "Christopher Nolan" in clew(*words, "--no-history").stdout
    assert alone == [False, True, True]


def test_keys_are_needed_here_as_well(short: Path, parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service = Service(Settings(home=short, require_key=True), parts)
    key = service.keys.add("me", ("ask",))[1]
    with serving(service):
        assert ask_running(Settings(home=short), "films", REQUEST) is None
        monkeypatch.setenv("CLEW_SERVER_KEY", "clew_wrong")
        assert ask_running(Settings(home=short), "films", REQUEST) is None
        monkeypatch.setenv("CLEW_SERVER_KEY", key)
        assert ask_running(Settings(home=short), "films", REQUEST) is not None


def test_a_question_is_withdrawn(short: Path, parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    service, cancellation, left = Service(Settings(home=short), parts), Cancellation(), threading.Event()

    def wait(graph: str, requests: Any, cancellations: Any = (), **_: Any) -> Any:
        cancellation.cancel()
        while not cancellations[0].cancelled:
            time.sleep(0.01)
        left.set()
        return [Cancelled("gone")]

    monkeypatch.setattr(service, "ask_many", wait)
    monkeypatch.setattr(service, "ask", lambda graph, request, cancellation=None, **_: wait(graph, [], [cancellation]))
    with serving(service):
        with pytest.raises(Cancelled):
            ask_running(Settings(home=short), "films", REQUEST, cancellation)
        assert left.wait(20)


def test_what_is_left_behind_or_forged_is_not_trusted(short: Path) -> None:
    settings = Settings(home=short)
    with announced(settings) as local:
        assert local is not None
        assert found(settings) is not None
        with announced(settings) as second:  # one server is enough
            assert second is None
        assert found(settings) is not None
        said = json.loads((short / FILE).read_text())
        for wrong in ("[]", "{", json.dumps(said | {"software": "1 /other"}), json.dumps(said | {"more": 1})):
            (short / FILE).write_text(wrong)
            assert found(settings) is None
        (short / FILE).write_text(json.dumps(said))
        assert found(settings) is not None
        (short / FILE).chmod(0o640)
        assert found(settings) is None
        (short / FILE).unlink()
        (short / "elsewhere").write_text(json.dumps(said))
        (short / FILE).symlink_to(short / "elsewhere")
        assert found(settings) is None
    (short / SOCKET).touch()  # a server that was killed leaves both
    (short / FILE).write_text(json.dumps(said))
    assert ask_running(settings, "films", REQUEST) is None
    with announced(settings) as local:
        assert local is not None


def test_homes_that_sockets_cannot_be_in(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * MAX_SOCKET_PATH)
    deep.mkdir()
    for home in (deep, tmp_path / "none"):
        with announced(Settings(home=home)) as local:
            assert local is None
        assert ask_running(Settings(home=home), "films", REQUEST) is None
    assert presence.presence_of(Settings(home=deep)).pid == os.getpid()


@pytest.mark.anyio
async def test_a_crowd_gets_a_problem() -> None:
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        sent.append("let in")

    async def send(message: Any) -> None:
        sent.append(message)

    crowd = Crowd(app, 2, lambda: 3)
    await crowd({"type": "http", "method": "GET", "path": "/", "headers": []}, None, send)  # type: ignore[arg-type]
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (503, "overloaded")
    assert dict(sent[0]["headers"])[b"content-type"] == b"application/problem+json"
    await crowd({"type": "lifespan"}, None, send)  # type: ignore[arg-type]
    crowd.size = lambda: 2
    await crowd({"type": "http"}, None, send)  # type: ignore[arg-type]
    assert sent[2:] == ["let in", "let in"]
