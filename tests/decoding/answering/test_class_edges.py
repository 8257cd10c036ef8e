"""A class that decides an answer is in its proof, whoever named it: a condition or the question."""

from __future__ import annotations

import pytest

import clew
from clew.kg.proof import checker
from tests.decoding.reading.questions import handle

GRAPH = """
@prefix : <http://dock.test/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Barge rdfs:label "barge" ; rdfs:subClassOf :Vessel . :Vessel rdfs:label "vessel" . :Crane rdfs:label "crane" .
:marten a :Barge ; rdfs:label "Marten" ; :moored_at :north . :otter a :Vessel ; rdfs:label "Otter" ; :moored_at :north .
:big_jib a :Crane ; rdfs:label "Big Jib" ; :moored_at :south . :north rdfs:label "North Quay" .
:south rdfs:label "South Quay" . :moored_at rdfs:label "moored at" .
"""


@pytest.fixture(scope="module")
def dock(tmp_path_factory):
    file = tmp_path_factory.mktemp("dock") / "dock.ttl"
    file.write_text(GRAPH, encoding="utf-8")
    with clew.load(file, home=file.parent / "home", name="dock") as found:
        yield found


def stated(result) -> dict[str, list[tuple[str, str, str]]]:
    return {
        path.nodes[-1].label: [(t.head.label, t.relation.label, t.tail.label) for t in path.classes]
        for path in result.full.paths
    }


def test_the_class_that_the_question_names(dock):
    got = dock.ask("Which vessels are moored at North Quay?")
    way_up = [("Marten", "type", "barge"), ("barge", "sub class of", "vessel")]
    assert stated(got) == {"Marten": way_up, "Otter": [("Otter", "type", "vessel")]}
    assert stated(dock.ask("What is moored at North Quay?")) == {"Marten": [], "Otter": []}
    assert not dock.ask("Which cranes are moored at North Quay?").labels


def test_the_class_that_a_condition_names(dock):
    got = dock.ask("What is moored at North Quay?", types=["barge"])
    assert stated(got) == {"Marten": [("Marten", "type", "barge")]}
    by_position = dock.ask("What is moored at North Quay?", types_at={1: ["vessel"]})
    assert stated(by_position) == {"Otter": [("Otter", "type", "vessel")]}


def test_they_are_part_of_what_the_checker_verifies():
    people = handle("demo")
    pipeline = people._opened().pipeline(people.name, people.version)
    from clew.decoding.answering.pipeline import Query
    from clew.decoding.reasoner import Bounds
    from clew.kg.proof.proof import Proof

    answered = pipeline.answer(Query("Which films did Billy Wilder direct?", Bounds(2)))
    graph = pipeline.graph
    for item, derivations in zip(answered.gathered.answers, answered.proofs, strict=True):
        assert all(derivation.classes for derivation in derivations)
        report = checker.verify(graph, Proof(graph.version, graph.key(item.node), derivations))
        assert all(len(edges) > 1 for edges in report.alternatives)
