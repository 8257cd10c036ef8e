"""Many questions in one request: each gets what it would get alone, and a bad one spoils no other."""

import pytest

from clew.api.schema.models import AskRequest
from clew.api.service.service import Service
from clew.api.settings import Settings
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.reasoner import Bounds
from clew.kg import limits
from clew.kg.errors import ClewError, LimitReached, ModelUnavailable, UnknownGraph, VerificationFailed
from clew.kg.proof import checker

QUESTIONS = [
    "Who directed Inception?",
    "  in what language is Juno",
    "who directed Atlantis",
    "films starred by Tom Hardy",
    "Which films were directed by the director of Tenet?",
    "Who directed Inception?",
]


def plain(result):
    return {**result, "timings": None}


def test_each_question_is_answered_as_alone(client):
    alone = [client.post("/v1/graphs/films/ask", json={"question": text}).json() for text in QUESTIONS]
    response = client.post("/v1/graphs/films/ask-batch", json={"questions": [{"question": q} for q in QUESTIONS]})
    assert response.status_code == 200
    together = response.json()["results"]
    assert [plain(one) for one in together] == [plain(one) for one in alone]
    assert {one["status"] for one in together} == {"answered", "no_entity"}
    path = together[0]["paths"][0]["id"]
    assert client.get(f"/v1/paths/{path}").json()["path"]["id"] == path


def test_a_bad_question_has_a_problem_in_its_place(client):
    asked = [
        {"question": "Who directed Inception?"},
        {"question": " "},
        {"question": "Who directed it?", "topics": ["Nobody"]},
        {"question": "Who directed Juno?", "version": "ffffff"},
        {"question": "Who directed Juno?", "max_hops": 1},
    ]
    results = client.post("/v1/graphs/films/ask-batch", json={"questions": asked}).json()["results"]
    assert [one.get("code") or one["status"] for one in results] == [
        "answered", "bad-input", "unknown-node", "unknown-version", "answered",
    ]  # fmt: skip
    for question, result in zip(asked[1:4], results[1:4], strict=True):
        assert result == client.post("/v1/graphs/films/ask", json=question).json()


@pytest.mark.parametrize("count", [0, limits.MAX_BATCH_QUESTIONS + 1])
def test_a_batch_is_bounded(client, service, count):
    questions = [{"question": "Who directed Juno?"}] * count
    response = client.post("/v1/graphs/films/ask-batch", json={"questions": questions})
    assert (response.status_code, response.json()["code"]) == (422, "invalid-request")
    if count:
        with pytest.raises(LimitReached):
            service.ask_many("films", [AskRequest(question="q")] * count)


def test_an_unknown_graph_is_the_whole_batch_s_problem(client, service):
    response = client.post("/v1/graphs/none/ask-batch", json={"questions": [{"question": "q"}]})
    assert (response.status_code, response.json()["code"]) == (404, "unknown-graph")
    with pytest.raises(UnknownGraph):
        service.ask_many("none", [])


def test_a_reasoner_that_fails_on_one_question_fails_that_one_only(service):
    pipeline = service.pipeline("films")

    class Failing(type(pipeline.reasoner)):
        def reason(self, question, *rest):
            if "Juno" in question:
                raise ModelUnavailable("no Juno")
            return super().reason(question, *rest)

        def reason_batch(self, questions, graph, topics, bounds):
            return [self.reason(*one[:1], graph, *one[1:]) for one in zip(questions, topics, bounds, strict=True)]

    failing = Pipeline(pipeline.graph, pipeline.linker, Failing(), None)
    texts = ["Who directed Inception?", "Who directed Juno?", "Who directed Tenet?"]
    found = failing.answer_many([Query(text, Bounds(2)) for text in texts])
    assert [isinstance(one, ModelUnavailable) for one in found] == [False, True, False]


def test_every_path_of_a_batch_passes_the_checker(service, monkeypatch):
    verified = []
    check = checker.verify

    def verify(graph, proof, seen):
        verified.append(proof.answer)
        if proof.answer == "English":
            raise VerificationFailed("made up")
        check(graph, proof, seen)

    monkeypatch.setattr(checker, "verify", verify)
    found = service.ask_many("films", [AskRequest(question=text) for text in QUESTIONS])
    assert isinstance(found[1], VerificationFailed)
    answers = [answer.key for one in found if not isinstance(one, ClewError) for answer in one.answers]
    assert sorted(verified) == sorted([*answers, "English"])


def test_the_embedded_model_answers_a_batch_as_one_by_one(home):
    service = Service(Settings(home=home))
    requests = [AskRequest(question=text) for text in QUESTIONS]

    def told(result):
        shown = result.model_dump(exclude={"timings", "confidence", "selection", "alternatives"})
        answers = [(answer["key"], answer["paths"]) for answer in shown.pop("answers")]
        paths = [(path["id"], path["text"]) for path in shown.pop("paths")]
        ranked = [[relation.key for relation in one.relations] for one in result.alternatives]
        return shown, answers, paths, ranked

    together, alone = service.ask_many("films", requests), [service.ask("films", one) for one in requests]
    assert [told(one) for one in together] == [told(one) for one in alone]
    for one, other in zip(together, alone, strict=True):
        assert one.confidence == pytest.approx(other.confidence, abs=1e-5)
        assert one.selection == pytest.approx(other.selection, abs=1e-5)
        assert [x.score for x in one.alternatives] == pytest.approx([x.score for x in other.alternatives], abs=1e-5)
