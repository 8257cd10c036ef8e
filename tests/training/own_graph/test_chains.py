"""Laws of chains: each has instances, no needless round trips, nothing through literals, nothing redundant."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given

from clew.decoding.embedded.search.walks import PathWalks
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.limits import MAX_SAMPLED_ENDS
from clew.kg.terms.literal import Literal
from clew.training.own_graph.sampling.chains import ChainSampler
from tests.training.own_graph.toys import RDF_TYPE, films, graphs, kit


def walk(graph: Graph, topic: int, relations: tuple[int, ...]) -> set[int]:
    """The ends of a chain by following edges one by one, onto the topic by a self-loop as the whole chain only."""
    reached = {topic}
    for hop, relation in enumerate(relations):
        barred = {topic} if hop else set()
        reached = {int(end) for node in reached - barred for end in graph.neighbours(node, relation)} - barred
    return reached


@given(graphs)
def test_every_chain_has_instances_and_all_its_ends(graph: Graph) -> None:
    toys = kit(graph)
    for _ in range(6):
        chain = toys.chains.draw()
        if chain is None:
            continue
        assert 1 <= len(chain.relations) <= 3
        assert set(chain.ends) == walk(graph, chain.topic, chain.relations)
        assert 0 < len(chain.ends) <= MAX_SAMPLED_ENDS
        assert not set(chain.relations) & toys.walks.forbidden(chain.topic)


@given(graphs)
def test_no_chain_turns_round_twice(graph: Graph) -> None:
    toys = kit(graph)
    for _ in range(6):
        chain = toys.chains.draw()
        if chain is not None and len(chain.relations) == 3:
            first, second, third = chain.relations
            assert not (second == toys.walks.inverse(first) and third == first)


def test_chains_of_every_length_are_drawn() -> None:
    toys = kit(films())
    assert {len(chain.relations) for chain in (toys.chains.draw() for _ in range(200)) if chain} == {1, 2, 3}


def test_siblings_are_asked_for_but_not_above_all() -> None:
    toys = kit(films())
    directed = toys.graph.relation("directed_by")
    drawn = [chain.relations for chain in (toys.chains.draw() for _ in range(1_500)) if chain]
    after = [relations[1] for relations in drawn if len(relations) > 1 and relations[0] == directed]
    assert toys.graph.relation("born_in") in after
    assert 0.1 < sum(second == toys.walks.inverse(directed) for second in after) / len(after) < 0.4


def test_frequent_relations_are_asked_for_more_and_rare_ones_too() -> None:
    triples = [(f"a{i}", "common", f"b{i}") for i in range(300)] + [("a1", "rare", "c1"), ("a2", "rare", "c2")]
    toys = kit(from_triples(triples))
    drawn = [chain.relations for chain in (toys.chains.draw() for _ in range(600)) if chain]
    first = Counter(relations[0] % 2 for relations in drawn if len(relations) == 1)
    assert first[0] > 2 * first[1] > 0


def test_nothing_goes_on_from_a_literal_or_asks_about_one() -> None:
    year = Literal("1999", "http://www.w3.org/2001/XMLSchema#gYear", None)
    triples = [(f"f{i}", "year", year) for i in range(5)] + [(f"f{i}", "by", f"d{i % 2}") for i in range(5)]
    graph = from_triples(triples)
    toys = kit(graph)
    for chain in (toys.chains.draw() for _ in range(200)):
        assert chain is not None
        assert not graph.is_literal(chain.topic)
        reached = {chain.topic}
        for relation in chain.relations:
            assert not any(graph.is_literal(node) for node in reached)
            reached = (
                walk(graph, chain.topic, (relation,))
                if reached == {chain.topic}
                else {int(end) for node in reached for end in graph.neighbours(node, relation)} - {chain.topic}
            )


def test_of_two_inverse_relations_one_direction_each_is_walked() -> None:
    pairs = [(f"p{i}", f"c{i % 7}") for i in range(20)]
    triples = [(p, "children", c) for p, c in pairs] + [(c, "parents", p) for p, c in pairs]
    graph = from_triples(triples)
    toys = kit(graph)
    assert toys.walks.redundant == {2, 3}
    for chain in (toys.chains.draw() for _ in range(100)):
        assert chain is not None
        assert max(chain.relations) < 2


def test_instances_of_a_class_are_listed_only_for_the_class() -> None:
    triples = [(f"n{i}", RDF_TYPE, "Thing") for i in range(30)] + [(f"n{i}", "knows", f"n{i + 1}") for i in range(29)]
    graph = from_triples(triples)
    kind = graph.type_relation
    assert kind is not None
    backwards, walks = kind + graph.num_relations, PathWalks(graph)
    sampler = ChainSampler(graph, walks, random.Random(0))
    drawn = [chain for chain in (sampler.draw() for _ in range(300)) if chain]
    listing = [chain for chain in drawn if backwards in chain.relations]
    assert listing
    assert all(chain.topic == graph.node("Thing") for chain in listing)
    assert len(listing) < len(drawn)


def test_a_graph_without_a_chain_gives_none() -> None:
    assert kit(from_triples([])).chains.draw() is None


def test_the_same_seed_gives_the_same_chains() -> None:
    runs = [[kit_.chains.draw() for _ in range(40)] for kit_ in (kit(films(), 5), kit(films(), 5), kit(films(), 6))]
    assert runs[0] == runs[1]
    assert runs[0] != runs[2]
