"""The checker accepts exactly the edges in the set."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given

from kg.checker import check_edge, verify
from kg.errors import VerificationFailed
from kg.graph import Graph
from kg.proof import Derivation, Proof, ProofEdge
from tests.kg.oracle import OracleGraph, Triple, triples


@given(triples)
def test_accepts_exactly_the_edges(statements: list[Triple]) -> None:
    graph, oracle = Graph.from_triples(statements), OracleGraph(statements)
    nodes = [graph.key(node) for node in range(min(graph.num_nodes, 8))]
    for head, relation, tail in [*oracle.edges, *product(nodes, oracle.relations, nodes)]:
        edge = ProofEdge(head, relation, tail)
        if (head, relation, tail) in oracle.edges:
            check_edge(graph, edge)
        else:
            with pytest.raises(VerificationFailed):
                check_edge(graph, edge)


GRAPH = Graph.from_triples([("film", "directed_by", "ann"), ("other", "directed_by", "ann"), ("other", "year", "1990")])
CHAIN = (
    ProofEdge("film", "directed_by", "ann"),
    ProofEdge("other", "directed_by", "ann", inverse=True),
    ProofEdge("other", "year", "1990"),
)
PROOF = Proof(GRAPH.version, "1990", (Derivation(CHAIN),))


def test_a_chain_with_an_inverse_step() -> None:
    report = verify(GRAPH, PROOF)
    assert report.version == GRAPH.version
    assert [checked.edge for checked in report.alternatives[0]] == list(CHAIN)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (replace(PROOF, version="0" * 12), "version"),
        (replace(PROOF, alternatives=()), "no derivation"),
        (replace(PROOF, alternatives=(Derivation(()),)), "without edges"),
        (replace(PROOF, answer="ann"), "ends at"),
        (replace(PROOF, alternatives=(Derivation((CHAIN[0], CHAIN[2])),)), "breaks"),
        (replace(PROOF, alternatives=(Derivation(CHAIN), Derivation((ProofEdge("film", "year", "1990"),)))), "not in"),
        (replace(PROOF, alternatives=(Derivation((ProofEdge("nobody", "year", "1990"),)),)), "unknown key"),
        (replace(PROOF, alternatives=(Derivation(CHAIN, operator="xor"),)), "operator"),  # type: ignore[arg-type]
    ],
)
def test_refuses_what_does_not_hold(broken: Proof, reason: str) -> None:
    with pytest.raises(VerificationFailed, match=reason):
        verify(GRAPH, broken)
