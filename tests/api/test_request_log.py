"""What a server logs: a line for each request, with its id, and never a word of a question."""

from __future__ import annotations

import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.rest.request_log import JsonLines, TextLines, log_config
from clew.api.service.service import Service
from clew.api.settings import Settings
from tests.api.conftest import EVIL

QUESTION = {"question": "Who directed Inception?"}


class Lines(logging.Handler):
    """Keeps what would be written, in both forms."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.json: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.text.append(TextLines().format(record))
        self.json.append(json.loads(JsonLines().format(record)))


@pytest.fixture
def lines() -> Iterator[Lines]:
    handler, logger = Lines(), logging.getLogger("clew")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel("INFO")
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(before)


def test_a_request_is_a_line_without_its_question(client, lines) -> None:
    response = client.post("/v1/graphs/films/ask?x=Inception", json=QUESTION)
    client.get("/v1/graphs/films/entities?q=inception")
    client.get("/v1/graphs/films/entities/Inception")
    client.get("/v1/graphs/Who directed Inception/ask")
    client.get("/?graph=films&question=Who+directed+Inception")
    client.get("/Inception")
    assert [line["route"] for line in lines.json] == [
        "/v1/graphs/{graph}/ask",
        "/v1/graphs/{graph}/entities",
        "/v1/graphs/{graph}/entities/{key:path}",
        "/v1/graphs/{graph}/ask",
        "/",
        "other",
    ]
    first = lines.json[0]
    assert (first["method"], first["graph"], first["status"], first["level"]) == ("POST", "films", 200, "info")
    assert first["ms"] >= 0
    assert first["request"] == response.headers["x-request-id"]
    assert f"status=200 ms={first['ms']}" in lines.text[0]
    assert first["request"] in lines.text[0]
    assert "inception" not in str((lines.text, lines.json)).lower()


@pytest.mark.parametrize("name", ["Who directed Inception", EVIL, "a" * 65, ".x"])
def test_what_is_no_name_of_a_graph_is_not_logged(client, lines, name) -> None:
    client.get(f"/v1/graphs/{quote(name)}")
    assert lines.json[0].keys().isdisjoint({"graph"})
    assert name not in lines.text[0]


@pytest.mark.parametrize(
    ("sent", "kept"), [("0123-abc.DEF", True), ("short", False), ("a" * 65, False), ("a b\tc\"d'e", False)]
)
def test_a_fit_id_of_the_client_is_kept(client, lines, sent, kept) -> None:
    found = client.get("/healthz", headers={"X-Request-Id": sent}).headers["x-request-id"]
    assert (found == sent) == kept
    assert lines.json[0]["request"] == found
    other = client.get("/healthz").headers["x-request-id"]
    assert other not in (sent, found, "")


def test_every_line_of_a_request_has_its_id(client, service, lines, monkeypatch) -> None:
    def fails(*_: object) -> None:
        logging.getLogger("clew.something").warning("look")
        raise RuntimeError("a bug")

    monkeypatch.setattr(service, "graphs", fails)
    response = client.get("/v1/graphs", headers={"X-Request-Id": "01234567"})
    assert response.status_code == 500
    assert [(line["message"], line["request"]) for line in lines.json] == [
        ("look", "01234567"),
        ("request", "01234567"),
    ]
    assert lines.json[1]["status"] == 500


def test_the_key_is_named_and_never_shown(home, parts, lines) -> None:
    service = Service(Settings(home=home, require_key=True), parts)
    _, token = service.keys.add("website", ("read",))
    with TestClient(create_app(service)) as client:
        client.get("/v1/graphs", headers={"Authorization": f"Bearer {token}"})
        client.get("/v1/graphs", headers={"Authorization": f"Bearer {token}x"})
    service.close()
    assert [(line["status"], line.get("key")) for line in lines.json] == [(200, "website"), (401, None)]
    assert "clew_" not in str(lines.text)


def test_both_forms_can_be_configured(capfd) -> None:
    loggers = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "clew", "clew.x")]
    before = [(one, one.level, one.disabled, one.propagate, one.handlers[:]) for one in loggers]
    for one in loggers:  # as in a process of its own, whatever other tests have configured
        one.level, one.disabled, one.propagate, one.handlers = logging.NOTSET, False, True, []
    root = logging.getLogger()
    handlers, level, disabled = root.handlers[:], root.level, logging.root.manager.disable
    logging.disable(logging.NOTSET)
    try:
        for as_json in (False, True):
            logging.config.dictConfig(log_config(as_json, "INFO"))
            logging.getLogger("uvicorn.error").info("ready")
            logging.getLogger("clew.x").debug("not shown")
    finally:
        root.handlers, root.level = handlers, level
        for one, *old in before:
            one.level, one.disabled, one.propagate, one.handlers = old
        logging.disable(disabled)
    text, as_json_line = capfd.readouterr().err.splitlines()
    assert text.endswith("INFO ready")
    assert json.loads(as_json_line).items() >= {"level": "info", "message": "ready", "logger": "uvicorn.error"}.items()
