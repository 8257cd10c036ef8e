"""Chat completions, by OpenAI's own client."""

from __future__ import annotations

import json

import openai
import pytest
from starlette.testclient import TestClient

from clew.api.rest.app import create_app
from clew.api.schema.chat_text import chat_text
from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.kg.ingest.ingest import ingest
from clew.kg.store.catalogue import Catalogue

TURTLE = """
@prefix : <http://e/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:film rdfs:label "film" . :director rdfs:label "director" . :city rdfs:label "city" .
:dir rdfs:label "directed by" . :made rdfs:label "made in" . :born rdfs:label "born in" . :lang rdfs:label "language" .
:tenet a :film ; rdfs:label "Tenet" ; :dir :nolan ; :made :tallinn .
:juno a :film ; rdfs:label "Juno" ; :dir :reitman ; :lang "English" .
:nolan a :director ; rdfs:label "Christopher Nolan" ; :born :london .
:reitman a :director ; rdfs:label "Jason Reitman" ; :born :montreal .
:london a :city ; rdfs:label "London" ; :lang "English" .
:tallinn a :city ; rdfs:label "Tallinn" ; :lang "Estonian" .
:montreal a :city ; rdfs:label "Montreal" ; :lang "French" .
:dunkirk a :film ; rdfs:label "Dunkirk" ; :dir :nolan ; :lang "English" .
:markup a :film ; rdfs:label "![x](http://evil.example/?) <img src=x> [REC]" ; :dir :hostile .
:hostile a :director ; rdfs:label "[a](javascript:alert) \\u202e<b>" .
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory, parts):
    folder = tmp_path_factory.mktemp("chat")
    (folder / "films.ttl").write_text(TURTLE)
    ingest(Catalogue(folder / "home"), [folder / "films.ttl"], "films")
    service = Service(Settings(home=folder / "home"), parts)
    service.warm("films")
    yield service
    service.close()


@pytest.fixture(scope="module")
def http(service):
    with TestClient(create_app(service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def client(http):
    return openai.OpenAI(base_url="http://testserver/v1", api_key="none", http_client=http, max_retries=0)


def messages(*questions):
    """A conversation: the questions, each but the last with some answer."""
    found = [{"role": "system", "content": "Be brief."}]
    for question in questions:
        found += [{"role": "user", "content": question}, {"role": "assistant", "content": "..."}]
    return found[:-1]


def ask(client, *questions, **options):
    return client.chat.completions.create(model="films", messages=messages(*questions), **options)


def test_an_answer_with_its_proof(client, service):
    found = ask(client, "Who directed Tenet?", temperature=0.2, max_tokens=10, user="somebody")
    choice = found.choices[0]
    assert (choice.finish_reason, choice.message.role) == ("stop", "assistant")
    assert choice.message.content.startswith("- Christopher Nolan\n")
    assert "Proof:\n- Tenet -[directed by]-> Christopher Nolan" in choice.message.content
    proof = found.clew["result"]
    assert proof["status"] == "answered"
    assert proof["paths"][0]["verified"]
    assert found.usage.total_tokens == found.usage.prompt_tokens + found.usage.completion_tokens > 10
    same = service.ask("films", AskRequest(question="Who directed Tenet?"))
    assert [answer["key"] for answer in proof["answers"]] == [answer.key for answer in same.answers]


def test_models_are_graphs(client):
    assert [model.id for model in client.models.list()] == ["films"]
    assert client.models.retrieve("films").created > 1_600_000_000


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ("Who directed Nosferatu?", "no_entity"),
        ("Who directed Tenet in seven weeks without a script?", "not_understood"),
        ("What is the budget of Tenet?", "not_understood"),
    ],
)
def test_without_an_answer_there_are_plain_words(client, service, question, status):
    found = ask(client, question)
    assert found.clew["result"]["status"] == status
    assert found.clew["result"]["answers"] == []
    reason = service.ask("films", AskRequest(question=question)).reason
    assert reason.message in found.choices[0].message.content
    assert "Nolan" not in found.model_dump_json()


@pytest.mark.parametrize("questions", [("Who directed Tenet?",), ("Who directed it?",), ("Who directed Nosferatu?",)])
def test_a_stream_says_the_same(client, questions):
    whole = ask(client, *questions)
    chunks = list(ask(client, *questions, stream=True, stream_options={"include_usage": True}))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"
    (proof,) = [chunk.clew for chunk in chunks if "clew" in chunk.model_extra]
    assert proof["question"] == whole.clew["question"]
    assert chunks[-1].usage == whole.usage
    assert len({chunk.id for chunk in chunks}) == 1


def test_the_end_of_a_stream(http):
    body = {"model": "films", "messages": messages("Who directed Tenet?"), "stream": True}
    response = http.post("/v1/chat/completions", json=body)
    assert response.headers["content-type"].startswith("text/event-stream")
    lines = response.text.split("\n\n")
    assert lines[-2:] == ["data: [DONE]", ""]
    assert all(line.startswith("data: {") for line in lines[:-2])
    assert all(json.loads(line[6:])["object"] == "chat.completion.chunk" for line in lines[:-2])


# --- follow-up questions
RESOLVED = [
    (("Which films were made in Tallinn?", "And who directed it?"), "it", "Tenet", "Christopher Nolan"),
    (("Who directed Tenet?", "Where was he born?"), "he", "Christopher Nolan", "London"),
    (("Who directed Juno?", "And what is its language?"), "its", "Juno", "English"),
    (("Who directed Tenet?", "Where was he born?", "And what is the language there?"), "there", "London", "English"),
    (("Who directed Juno?", "Where was he born?", "Which films were directed by him?"), "him", "Jason Reitman", "Juno"),
    (("Who directed Tenet?", "Where was this director born?"), "this director", "Christopher Nolan", "London"),
]


@pytest.mark.parametrize(("questions", "word", "meant", "answer"), RESOLVED)
def test_a_pronoun_stands_for_what_was_named(client, questions, word, meant, answer):
    found = ask(client, *questions)
    assert [(one["text"], one["label"]) for one in found.clew["referents"]] == [(word, meant)]
    assert found.choices[0].message.content.startswith(f'Read "{word}" as {meant}.\n- {answer}\n')


def test_what_was_resolved_gets_what_the_whole_question_gets(client, service):
    """Law: a follow-up that is answered gets the answer of the question with the name in its place."""
    for questions, _, meant, _ in RESOLVED:
        found = ask(client, *questions).clew
        whole = service.ask("films", AskRequest(question=found["question"], topics=[found["referents"][0]["key"]]))
        assert meant in found["question"]
        assert [one["key"] for one in found["result"]["answers"]] == [one.key for one in whole.answers] != []


UNRESOLVED = [
    (("Who directed it?",), "Nothing"),
    (("Did he direct Tenet?",), "Nothing"),
    (("Which films were directed by Christopher Nolan?", "What is its language?"), "Dunkirk, Tenet"),
    (("Who directed Tenet?", "Did he direct it?"), "together"),
    (("Who directed Tenet?", "Who directed this town?"), "Nothing"),
    (("Who directed that film?",), "Nothing"),
    (("Who directed Nosferatu?", "Where was he born?"), "Nothing"),
    (("Who directed Tenet and Juno?", "What about Dunkirk?"), "whole question"),
]


@pytest.mark.parametrize(("questions", "told"), UNRESOLVED)
def test_what_cannot_be_resolved_is_said_and_not_guessed(client, questions, told):
    found = ask(client, *questions)
    assert found.clew["result"] is None
    assert told in found.clew["unresolved"] == found.choices[0].message.content


def test_the_same_question_about_another(client):
    found = ask(client, "Who directed Tenet?", "And Juno?")
    assert found.clew["question"] == "Who directed [Juno]?"
    assert found.choices[0].message.content.startswith('Read as the question "Who directed Juno?".\n- Jason Reitman\n')
    assert ask(client, "Who directed Tenet?", "What about Nosferatu?").clew["result"]["answers"] == []


def test_a_whole_question_needs_no_conversation(client, service, monkeypatch):
    asked = []
    ask_many = service.ask_many

    def seen(graph, some, **more):
        asked.extend(some)
        return ask_many(graph, some, **more)

    monkeypatch.setattr(service, "ask_many", seen)
    found = ask(client, "Who directed Tenet?", "x" * 3_000, "", "Who directed Juno?")
    assert [one.question for one in asked] == ["Who directed Juno?"]
    assert found.clew["referents"] == []


def test_a_first_question_may_say_itself_what_a_pronoun_stands_for(client):
    found = ask(client, "Show each film and its language.")
    assert found.clew["unresolved"] is None
    assert found.clew["question"] == "Show each film and its language."
    assert ask(client, "Who directed Tenet?", "Show each film and its language.").clew["referents"]


# --- errors
def test_errors_have_openai_s_form(client, http):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="art", messages=messages("Who?"))
    assert (caught.value.code, caught.value.type) == ("unknown-graph", "invalid_request_error")
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("art")
    with pytest.raises(openai.UnprocessableEntityError) as caught:
        client.chat.completions.create(model="films", messages=[])
    assert caught.value.param == "messages"
    response = http.post("/v1/chat/completions", content=b"{}")
    assert (response.status_code, response.json()["error"]["code"]) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "options",
    [
        {"n": 2},
        {"logprobs": True},
        {"response_format": {"type": "json_object"}},
        {"tools": [{"type": "function", "function": {"name": "f"}}]},
    ],
)
def test_what_is_not_there_is_refused(client, options):
    with pytest.raises(openai.BadRequestError) as caught:
        ask(client, "Who directed Tenet?", **options)
    assert next(iter(options)) in caught.value.message


@pytest.mark.parametrize(
    "some",
    [
        [{"role": "assistant", "content": "Tenet"}],
        [{"role": "user", "content": "  "}],
        [{"role": "user", "content": None}],
        [{"role": "user", "content": "Who directed Tenet?"}, {"role": "user", "content": ""}],
        [{"role": "user", "content": "q" * 2_001}],
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_what_is_no_question_is_an_error(client, some, stream):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="films", messages=some, stream=stream)
    assert caught.value.code == "bad-input"


def test_parts_of_texts_are_read_and_images_refused(client):
    text = {"type": "text", "text": "Who directed Tenet?"}
    found = client.chat.completions.create(model="films", messages=[{"role": "user", "content": [text]}])
    assert "Nolan" in found.choices[0].message.content
    image = {"type": "image_url", "image_url": {"url": "http://x"}}
    with pytest.raises(openai.UnprocessableEntityError):
        client.chat.completions.create(model="films", messages=[{"role": "user", "content": [text, image]}])


def test_labels_make_no_markup(client):
    found = client.chat.completions.create(
        model="films", messages=messages("Which films were directed by [http://e/hostile]?")
    )
    text = found.choices[0].message.content
    assert "REC" in text
    assert "\u202e" not in text
    for markup in ("![", "](", "<img", "<b>"):
        assert markup not in text.replace("\\<", "")
    assert found.clew["result"]["answers"][0]["label"].startswith("![x](http")


def test_what_would_be_answered_otherwise_is_not_said(service):
    """What a declined question leads to without its unread words is in the result, and in no message."""
    question = "Who directed Tenet in seven weeks without a script?"
    result = service.ask("films", AskRequest(question=question))
    if result.otherwise:
        from clew.api.schema.chat import ChatProof

        proof = ChatProof(question=question, referents=[], unresolved=None, result=None)
        assert result.otherwise[0].label not in chat_text(proof, question, result)
