"""Chains that branch: proven as the one graph that they are, and refused as a whole where a triple does not hold."""

from __future__ import annotations

import pytest

from clew.api.schema.results import chains
from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.reasoner import Bounds, RankedPath, ReasonedChain, Reasoner, Reasoning
from clew.kg.errors import VerificationFailed
from clew.kg.proof import checker
from clew.kg.proof.proof import Operator, Proof

QUESTION = "Who directed Inception?"


class Chaining(Reasoner):
    """Answers by one chain of given triples (labels; ``~`` before an inverse relation)."""

    name = "chaining"

    def __init__(self, *triples: tuple[str, str, str]) -> None:
        self.triples = triples

    def prepare(self, graph):
        pass

    def reason(self, question, graph, topics, bounds):
        edges = tuple((graph.node(a), self.directed(graph, r), graph.node(b)) for a, r, b in self.triples)
        relations = (edges[-1][1],)
        chain = ReasonedChain(edges, ("",) * len(edges), 1.0, True, (topics[0].node,), relations)
        return Reasoning((RankedPath(topics[0], relations, -0.1, 1.0),), 1.0, chains=(chain,))

    def directed(self, graph, relation):
        return graph.relation(relation.removeprefix("~")) + graph.num_relations * relation.startswith("~")


def answer(service, *triples):
    pipeline = service.pipeline("films")
    chaining = Pipeline(pipeline.graph, pipeline.linker, Chaining(*triples), 0.0)
    return pipeline.graph, chaining.answer(Query(QUESTION, Bounds(3)))


SIDE = ("Inception", "starred_actors", "Tom Hardy")
FURTHER = ("Tom Hardy", "~starred_actors", "Dunkirk")
LAST = ("Inception", "directed_by", "Christopher Nolan")


def test_an_answer_s_proof_holds_the_whole_chain_and_is_verified_as_one(service):
    graph, found = answer(service, SIDE, FURTHER, LAST)
    ((path, grown),) = found.proofs
    assert (path.operator, grown.operator) == (Operator.CHAIN, Operator.GROWN)
    assert grown.sources == ("Inception",)
    assert [(e.start, e.end) for e in grown.edges] == [
        ("Inception", "Tom Hardy"), ("Tom Hardy", "Dunkirk"), ("Inception", "Christopher Nolan")
    ]  # fmt: skip
    report = checker.verify(graph, Proof(graph.version, "Christopher Nolan", (path, grown)))
    assert [len(edges) for edges in report.alternatives] == [1, 3]
    (shown,) = chains(graph, found)
    assert [source.key for source in shown.sources] == ["Inception"]
    assert shown.answer.key == "Christopher Nolan"


@pytest.mark.parametrize(
    ("triples", "reason"),
    [
        ((("Inception", "starred_actors", "Jason Reitman"), LAST), "not in the graph"),
        ((FURTHER, LAST), "grows from 'Tom Hardy'"),
        ((SIDE, SIDE, LAST), "twice"),
    ],
)
def test_a_chain_that_does_not_hold_together_fails_the_question(service, triples, reason):
    with pytest.raises(VerificationFailed, match=reason):
        answer(service, *triples)
