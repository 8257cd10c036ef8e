"""What every path behind an answer must meet, as REST and the command line take it."""

from __future__ import annotations

import json

import pytest

from clew.api.schema.models import AskConditions, AskRequest
from clew.api.service.demo import ensure_demo
from clew.api.service.requests import conditions_of
from clew.decoding.answering.conditions import Conditioned
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.store.catalogue import Catalogue
from clew.retrieval.linking.linker import EntityLinker

QUESTION = "Which films were directed by Christopher Nolan?"


@pytest.fixture(params=["cli", "rest"])
def ask(request, clew, client):
    """Ask either way; returns the parsed JSON, a problem where the question ``fails``."""

    def by_cli(options, body, fails=False):
        result = clew("ask", "--graph", "films", QUESTION, *options, "--json", exit_code=2 if fails else 0)
        return json.loads(result.stderr if fails else result.stdout)

    def by_rest(options, body, fails=False):
        response = client.post("/v1/graphs/films/ask", json={"question": QUESTION} | body)
        assert (response.status_code in (400, 422)) if fails else response.status_code == 200
        return response.json()

    return by_cli if request.param == "cli" else by_rest


def labels(result):
    return [answer["label"] for answer in result["answers"]]


def test_answers_are_held_to_the_conditions(ask) -> None:
    for options, conditions, expected in (
        (["--among", "Tenet", "--among", "dunkirk"], {"ends": ["Tenet", "dunkirk"]}, ["Dunkirk", "Tenet"]),
        (["--relation", "^directed by"], {"relations": ["^directed by"]}, ["Dunkirk", "Inception", "Tenet"]),
        (["-r", "^directed_by", "--among", "London"], {"relations": ["^directed_by"], "ends": ["London"]}, []),
    ):
        got = ask(options, {"conditions": conditions})
        assert labels(got) == expected
        assert got["status"] == ("answered" if expected else "none_in_graph")
        assert expected or "Other conditions" in got["reason"]["message"]
    got = ask(["--without", "directed_by"], {"conditions": {"forbidden": ["directed_by"]}})
    assert (got["status"], labels(got)) == ("not_understood", [])
    assert [answer["label"] for answer in got["otherwise"]] == ["London"]
    got = ask(["--min-hops", "2", "--max-hops", "2"], {"min_hops": 2, "max_hops": 2})
    assert got["paths"]
    assert all(len(path["relations"]) == 2 for path in got["paths"])


@pytest.mark.parametrize(
    ("options", "body", "code", "said"),
    [
        (["-r", "directd by"], {"conditions": {"relations": ["directd by"]}}, "unknown-relation", "'directed by'"),
        (["--without", "nope"], {"conditions": {"forbidden": ["nope"]}}, "unknown-relation", "'nope'"),
        (["--type", "Film"], {"conditions": {"types": ["Film"]}}, "bad-input", "rdf:type"),
        (["--type-at", "1=Film"], {"conditions": {"types_at": {"1": ["Film"]}}}, "bad-input", "rdf:type"),
        (["--among", "Tennet"], {"conditions": {"ends": ["Tennet"]}}, "unknown-node", "'Tenet'"),
        (["--source", "x.nt"], {"conditions": {"sources": ["x.nt"]}}, "bad-input", "'x.nt'"),
        (["--at", "soon"], {"conditions": {"at": "soon"}}, "bad-input", "'soon' is not a time"),
        (["--until", "1999"], {"conditions": {"until": "1999"}}, "bad-input", "set at"),
        (["--min-hops", "4"], {"min_hops": 4}, "bad-input", "exceeds max_hops"),
    ],
)
def test_what_cannot_be_kept_to_is_refused(ask, options, body, code, said) -> None:
    problem = ask(options, body, fails=True)
    assert problem["code"] == code
    assert said in problem["detail"]


def test_a_misspelt_condition_is_refused(client, clew) -> None:
    response = client.post("/v1/graphs/films/ask", json={"question": QUESTION, "conditions": {"relation": ["x"]}})
    assert response.status_code == 422
    clew("ask", "--graph", "films", QUESTION, "--type-at", "Film", exit_code=2)


def test_a_batch_holds_each_question_to_its_own(service) -> None:
    asked = [{"ends": ["Tenet"]}, None, {"relations": ["nope"]}, {"ends": ["Tenet"]}]
    requests = [AskRequest(question=QUESTION, conditions=one) for one in asked]
    first, second, third, fourth = service.ask_many("films", requests)
    assert [answer.label for answer in first.answers] == ["Tenet"]
    assert [answer.label for answer in second.answers] == ["Dunkirk", "Inception", "Tenet"]
    assert isinstance(third, UnknownRelation)
    assert fourth.answers == first.answers


def test_a_pipeline_reads_conditions_once(service) -> None:
    pipeline = service.pipeline("films")
    conditioned = Conditioned(pipeline.graph, pipeline.linker)
    first = conditioned.graph_view(conditions_of(AskConditions(relations=["directed_by"])))
    assert conditioned.graph_view(conditions_of(AskConditions(relations=["directed_by"]))) is first
    for name in ("born_in", "in_language", "starred_actors", "directed by"):
        conditioned.graph_view(conditions_of(AskConditions(relations=[name])))
    assert conditioned.graph_view(conditions_of(AskConditions(relations=["directed_by"]))) is not first


def test_classes_and_files_are_named_as_people_do(tmp_path) -> None:
    ensure_demo(Catalogue(tmp_path))
    graph = Catalogue(tmp_path).open("demo")
    conditioned = Conditioned(graph, EntityLinker.build(graph))
    by_label = conditioned.in_keys(conditions_of(AskConditions(types=["museum"])))
    (key,) = by_label.types
    assert conditioned.in_keys(conditions_of(AskConditions(types=[key]))) == by_label
    with pytest.raises(UnknownNode, match="similar: 'museum'"):
        conditioned.in_keys(conditions_of(AskConditions(types=["musem"])))
    with pytest.raises(UnknownNode, match="no class"):
        conditioned.in_keys(conditions_of(AskConditions(types=["Johannes Vermeer"])))  # there, but nobody's type
    with pytest.raises(BadInput, match="edges come from"):
        conditioned.graph_view(conditions_of(AskConditions(sources=["nope.ttl"])))
    some = conditioned.graph_view(conditions_of(AskConditions(sources=["artworks.ttl"])))
    assert 0 < len(some.out.node) < graph.num_edges
