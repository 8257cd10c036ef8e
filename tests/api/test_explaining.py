"""Answers in words, over REST and the command line: a template's, a remote model's, and those that are withheld."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from clew.api.cli import main
from clew.api.rest.app import create_app
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from tests.decoding.chat_server import Engine, chat_server

QUESTION = "Who directed Inception?"
TEXT = "Inception was directed by Christopher Nolan."
TEMPLATE = "Christopher Nolan: Inception – directed by – Christopher Nolan."


@pytest.fixture
def remote(home):
    with chat_server() as url:
        Engine.wanted = "directed by"
        yield f"openai:{url}#some-model"


def ask(home, model, text, **options):
    Engine.text = text
    service = Service(Settings(home=home, model=model, threshold=0.0))
    with TestClient(create_app(service)) as client:
        body = {"question": QUESTION, "max_hops": 1, "explain": True} | options
        response = client.post("/v1/graphs/films/ask", json=body)
    assert response.status_code == 200
    return response.json()


def test_without_being_asked_there_are_no_words(client):
    got = client.post("/v1/graphs/films/ask", json={"question": QUESTION}).json()
    assert "explanation" not in got
    assert "explain" not in got["timings"]


def test_a_model_that_cannot_write_leaves_it_to_the_template(client, clew):
    plain = client.post("/v1/graphs/films/ask", json={"question": QUESTION}).json()
    got = client.post("/v1/graphs/films/ask", json={"question": QUESTION, "explain": True}).json()
    told = got.pop("explanation")
    assert (told["text"], told["source"], told["part_of_proof"]) == (TEMPLATE, "template", False)
    assert got["timings"].pop("explain") >= 0
    assert {**got, "timings": 0} == {**plain, "timings": 0}  # the words change nothing else, ids included
    printed = clew("ask", "-g", "films", "--explain", QUESTION).stdout
    assert f"Explanation:\n  {TEMPLATE}\n" in printed


def test_a_model_s_words_are_told_apart_from_the_proof(home, remote):
    got = ask(home, remote, TEXT)
    told = got["explanation"]
    assert (told["text"], told["source"], told["model"], told["reason"]) == (TEXT, "model", "remote:some-model", None)
    assert told["part_of_proof"] is False
    prompt = Engine.requests[-1]["messages"][0]["content"]
    assert "(Inception, directed by, Christopher Nolan)" in prompt
    assert "Tenet" not in prompt
    result = CliRunner().invoke(
        main, ["--home", str(home), "ask", "-g", "films", "--model", remote, "--max-hops", "1", "--explain", QUESTION]
    )
    assert f"Explanation written by remote:some-model (not part of the proof):\n  {TEXT}\n" in result.output


@pytest.mark.parametrize(
    ("text", "code", "names"),
    [
        ("Inception was directed by Christopher Nolan and Jason Reitman.", "names-outside-proof", "Jason Reitman"),
        ("Inception was directed by Christopher Nolan in 2010.", "names-outside-proof", "2010"),
        ("Christopher Nolan and his brother Jonathan.", "names-outside-proof", "Jonathan"),
        ("It is not known.", "answers-missing", "Christopher Nolan"),
        ("", "unfinished", ""),
    ],
)
def test_words_that_do_not_hold_are_withheld_and_the_answer_stays(home, remote, text, code, names):
    got = ask(home, remote, text)
    assert [answer["label"] for answer in got["answers"]] == ["Christopher Nolan"]
    told = got["explanation"]
    assert (told["text"], told["reason"]["code"]) == (None, code)
    assert names in told["reason"]["message"]
    assert not text or text not in json.dumps(got)
    result = CliRunner().invoke(
        main, ["--home", str(home), "ask", "-g", "films", "--model", remote, "--max-hops", "1", "--explain", QUESTION]
    )
    assert told["reason"]["message"] in result.output


def test_no_answer_is_not_told(home, remote):
    Engine.text = TEXT
    service = Service(Settings(home=home, model=remote, threshold=0.0))
    got = service.ask("films", AskRequest(question="Who is it?", explain=True))
    assert got.status == "no_entity"
    assert got.explanation is None


def test_in_a_batch_each_is_told_on_its_own(client):
    questions = [{"question": QUESTION, "explain": True}, {"question": QUESTION}]
    found = client.post("/v1/graphs/films/ask-batch", json={"questions": questions}).json()["results"]
    assert found[0]["explanation"]["text"] == TEMPLATE
    assert "explanation" not in found[1]


def test_labels_in_the_words_are_inert_on_a_terminal(tmp_path, publish, parts, monkeypatch, evil):
    publish(tmp_path, triples=[("Inception", "directed_by", evil)])
    monkeypatch.setattr("clew.api.service.service.DefaultParts", lambda catalogue, settings: parts)
    result = CliRunner().invoke(main, ["--home", str(tmp_path), "ask", "-g", "films", "--explain", QUESTION])
    assert result.exit_code == 0
    assert "\x1b" not in result.output
    assert "\u202e" not in result.output
