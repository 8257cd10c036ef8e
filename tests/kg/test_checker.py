"""The checker accepts exactly the edges in the set."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.errors import VerificationFailed
from clew.kg.graph.interop import from_triples
from clew.kg.proof.checker import Seen, check_edge, verify
from clew.kg.proof.proof import Derivation, Operator, Proof, ProofEdge
from clew.kg.terms.vocabulary import RDF_TYPE, RDFS_SUBCLASS
from tests.kg.oracle import OracleGraph, Triple, triples


@given(triples)
def test_accepts_exactly_the_edges(statements: list[Triple]) -> None:
    graph, oracle = from_triples(statements), OracleGraph(statements)
    nodes = [graph.key(node) for node in range(min(graph.num_nodes, 8))]
    for head, relation, tail in [*oracle.edges, *product(nodes, oracle.relations, nodes)]:
        edge = ProofEdge(head, relation, tail)
        if (head, relation, tail) in oracle.edges:
            check_edge(graph, edge)
        else:
            with pytest.raises(VerificationFailed):
                check_edge(graph, edge)


GRAPH = from_triples(
    [
        ("film", "directed_by", "ann"),
        ("other", "directed_by", "ann"),
        ("other", "year", "1990"),
        ("other", "year", "2000"),
    ]
)
CHAIN = (
    ProofEdge("film", "directed_by", "ann"),
    ProofEdge("other", "directed_by", "ann", inverse=True),
    ProofEdge("other", "year", "1990"),
)
PROOF = Proof(GRAPH.version, "1990", (Derivation(CHAIN),))


SIDE = ProofEdge("other", "year", "2000")


def grown(edges: tuple[ProofEdge, ...], *sources: str) -> Proof:
    return replace(PROOF, alternatives=(Derivation(edges, Operator.GROWN, sources),))


def test_a_derivation_that_branches_is_verified_as_one() -> None:
    for edges in ((CHAIN[0], CHAIN[1], SIDE, CHAIN[2]), CHAIN):
        report = verify(GRAPH, grown(edges, "film"))
        assert [checked.edge for checked in report.alternatives[0]] == list(edges)
    verify(GRAPH, grown((*CHAIN[:1], CHAIN[2]), "film", "other"))  # two sources
    with pytest.raises(VerificationFailed, match="breaks"):
        verify(GRAPH, replace(PROOF, alternatives=(Derivation((*CHAIN[:2], SIDE, CHAIN[2])),)))


@given(triples, st.integers(0, 10**6), st.integers(1, 5))
def test_what_grows_by_the_rule_holds_and_any_other_order_only_where_it_does_too(
    statements: list[Triple], seed: int, size: int
) -> None:
    graph, oracle, rng = from_triples(statements), OracleGraph(statements), random.Random(seed)
    walks = [ProofEdge(*edge, inverse=inverse) for edge in sorted(oracle.edges) for inverse in (False, True)]
    if not walks:
        return
    edges = rng.sample(walks, min(size, len(walks)))
    sources = (rng.choice([edges[0].start, edges[0].end]),)
    held, stated, holds = set(sources), set(), True
    for edge in edges:
        holds &= edge.start in held and (edge.head, edge.relation, edge.tail) not in stated
        held.add(edge.end)
        stated.add((edge.head, edge.relation, edge.tail))
    proof = Proof(graph.version, edges[-1].end, (Derivation(tuple(edges), Operator.GROWN, sources),))
    if holds:
        verify(graph, proof)
    else:
        with pytest.raises(VerificationFailed):
            verify(graph, proof)


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
        (grown((), "film"), "without edges"),
        (grown(CHAIN, "ann"), "grows from 'film'"),
        (grown(CHAIN), "grows from 'film'"),
        (grown((CHAIN[0], CHAIN[2]), "film"), "grows from 'other'"),
        (grown((*CHAIN[:2], CHAIN[1], CHAIN[2]), "film"), "twice"),
        (grown((CHAIN[0], *CHAIN[1:], replace(CHAIN[0], inverse=True)), "film"), "twice"),  # the other way round, too
        (grown(CHAIN, "film", "nobody"), "nothing grows from the sources"),
        (grown((*CHAIN[:2], CHAIN[2], SIDE), "film"), "ends at"),
        (grown((CHAIN[0], ProofEdge("film", "year", "1990")), "film"), "not in"),
    ],
)
def test_refuses_what_does_not_hold(broken: Proof, reason: str) -> None:
    with pytest.raises(VerificationFailed, match=reason):
        verify(GRAPH, broken)


@given(triples, st.randoms(use_true_random=False))
def test_what_was_seen_changes_no_verdict(statements: list[Triple], rng: random.Random) -> None:
    """True and false edges in any order, checked with one memory and each without."""
    graph, oracle = from_triples(statements), OracleGraph(statements)
    nodes = [*(graph.key(node) for node in range(min(graph.num_nodes, 6))), "nobody"]
    edges = [ProofEdge(*one) for one in [*oracle.edges, *product(nodes, [*oracle.relations, "nothing"], nodes)]]
    edges += [replace(edge, inverse=True) for edge in edges[:10]]
    rng.shuffle(edges)
    seen = Seen()

    def verdict(edge: ProofEdge, *memory: Seen) -> object:
        try:
            return check_edge(graph, edge, *memory)
        except VerificationFailed as error:
            return str(error)

    for edge in [*edges[:60], *edges[:60]]:
        assert verdict(edge, seen) == verdict(edge)


def test_classes_that_decide_are_checked_like_edges() -> None:
    """A class is stated of a node of the edges, by its type or from there upwards, and every statement is there."""
    graph = from_triples(
        [
            ("tome", "written by", "ida"),
            ("ida", RDF_TYPE, "Poet"),
            ("Poet", RDFS_SUBCLASS, "Person"),
            ("other", RDF_TYPE, "Poet"),
        ]
    )
    written = ProofEdge("tome", "written by", "ida")
    poet, person = ProofEdge("ida", RDF_TYPE, "Poet"), ProofEdge("Poet", RDFS_SUBCLASS, "Person")

    def proof(*classes: ProofEdge) -> Proof:
        return Proof(graph.version, "ida", (Derivation((written,), classes=classes),))

    (edges,) = verify(graph, proof(poet, person)).alternatives
    assert [one.edge for one in edges] == [written, poet, person]
    for wrong, message in (
        ((ProofEdge("ida", RDF_TYPE, "Person"),), "not in the graph"),
        ((person,), "nothing to do"),
        ((ProofEdge("other", RDF_TYPE, "Poet"),), "nothing to do"),
        ((written,), "no statement of a class"),
        ((replace(poet, inverse=True),), "no statement of a class"),
    ):
        with pytest.raises(VerificationFailed, match=message):
            verify(graph, proof(*wrong))
