"""The profile against plain counting."""

from __future__ import annotations

from collections import Counter

from hypothesis import given

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.interop import from_triples
from clew.kg.graph.profile import CountedName, profile
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from tests.kg.oracle import OracleGraph, Triple, triples


@given(triples)
def test_counts(statements: list[Triple]) -> None:
    graph, oracle = from_triples(statements), OracleGraph(statements)
    found = profile(graph)
    assert (found.edges, found.entities, found.literal_nodes) == (
        len(oracle.edges), len(oracle.entities), len(oracle.literals),
    )  # fmt: skip
    degrees = Counter(key for head, _, tail in oracle.edges for key in (head, tail))
    assert sum(count for _, count in found.degrees) == len(degrees)
    assert sum(count for least, count in found.degrees if least >= 2) == sum(d >= 2 for d in degrees.values())
    assert [hub.count for hub in found.hubs] == sorted(degrees.values(), reverse=True)[:10]
    assert {p.key: p.edges for p in found.relation_profiles} == Counter(r for _, r, _ in oracle.edges)
    for relation in found.relation_profiles:
        assert relation.heads == len({h for h, r, _ in oracle.edges if r == relation.key})
        assert relation.tails == len({t for _, r, t in oracle.edges if r == relation.key})
    assert sum(found.literals.values()) == len(oracle.literals)
    assert found.unlabelled == found.entities


def test_labels_types_and_literals() -> None:
    builder = GraphBuilder()
    for key, kind in (("a", "Person"), ("b", "Person"), ("c", "City")):
        builder.edge(key, RDF_TYPE, kind)
    builder.edge("a", "livesIn", "c")
    builder.edge("b", "livesIn", "c")
    builder.edge("a", "age", Literal("5", XSD + "integer"), attributes={"sure": Literal("1")})
    builder.edge("a", "motto", Literal("x", language="en"))
    for key, text, language in (("a", "Ann", "en"), ("a", "Anne", "fr"), ("b", "Ann", "en"), ("c", "Rome", "")):
        builder.label(key, text, language)
    found = profile(builder.build())
    assert found.labelled == {"en": 2, "fr": 1, "": 1}
    assert (found.unlabelled, found.attributes) == (2, 1)
    assert (found.num_shared_labels, found.num_sharing_entities, found.shared_labels) == (
        1,
        2,
        (CountedName("a", "Ann", 2),),
    )
    lives = next(p for p in found.relation_profiles if p.key == "livesIn")
    assert lives.domain == (CountedName("Person", "Person", 2),)
    assert lives.range == (CountedName("City", "City", 1),)
    assert found.literals == {XSD + "integer": 1, "@en": 1}
    assert found.to_dict()["relation_profiles"][0]["edges"] == 3
