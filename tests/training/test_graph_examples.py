from __future__ import annotations

from itertools import islice

import pytest

from kg.graph import Graph
from tests.decoding.embedded.toys import RDF_TYPE, films
from training.graph_examples import GraphExampleSampler
from training.graph_schema import graph_schema, lexical_relations, plain_relation, plural
from training.lexicon import read_lexicon
from training.mining import mine_paths

DOMAINS = read_lexicon()


def ends(graph: Graph, topic: int, path: tuple[int, ...]) -> set[int]:
    nodes = {topic}
    for relation in path:
        nodes = {int(v) for n in nodes for v in graph.neighbours(n, relation)} - {topic}
    return nodes


def test_every_question_has_an_answer_in_the_graph() -> None:
    graph = films()
    sampler = GraphExampleSampler(graph, DOMAINS, seed=0)
    hops = set()
    for _ in range(150):
        topic, example = sampler.draw_with_topic()
        assert ends(graph, topic, example.gold)
        for path in example.negatives:
            assert path != example.gold
            assert ends(graph, topic, path)
        for t, choices in enumerate(example.choices):
            assert (example.gold[t] if t < len(example.gold) else 2 * graph.num_relations) in choices
        hops.add(example.hops)
    assert hops == {1, 2, 3}


def test_a_seed_reproduces_and_forbidden_relations_are_not_asked_for() -> None:
    graph = films()
    banned = graph.relation("directed_by") + graph.num_relations
    draws = [list(islice(GraphExampleSampler(graph, DOMAINS, 1, forbidden=frozenset({banned})), 60)) for _ in range(2)]
    assert [(e.question, e.gold) for e in draws[0]] == [(e.question, e.gold) for e in draws[1]]
    assert all(banned not in path for e in draws[0] for path in (e.gold, *e.negatives))


def test_relations_that_the_lexicon_knows_are_asked_for_in_its_words() -> None:
    graph = films()
    relations = lexical_relations(graph_schema(graph).words, DOMAINS)
    directed = relations[graph.relation("directed_by")]
    assert directed.domain == "film"
    assert any("directed" in question for question in directed.forward_questions)
    assert len(relations) == graph.num_relations


@pytest.mark.parametrize(
    ("label", "head", "tail", "some"),
    [
        ("grown by", "apple", "farmer", "which apples are grown by {x}"),
        ("has colour", "", "", "what is the colour of {x}"),
        ("price", "book", "", "which books have the price {x}"),
    ],
)
def test_plain_patterns(label: str, head: str, tail: str, some: str) -> None:
    relation = plain_relation(label, head, tail)
    assert some in (*relation.forward_questions, *relation.inverse_questions)
    patterns = (*relation.forward_questions, *relation.inverse_phrases, *relation.sharing)
    assert all(pattern.count("{x}") == 1 for pattern in patterns)
    assert all(pattern.count("{np}") == 1 for pattern in relation.clauses)


def test_plurals() -> None:
    assert [plural(noun) for noun in ("film", "box", "city", "day")] == ["films", "boxes", "cities", "days"]


def test_class_edges_are_not_asked_for() -> None:
    graph = Graph.from_triples([("a", RDF_TYPE, "Film"), ("a", "directed_by", "b"), ("c", RDF_TYPE, "Film")])
    walk = graph.type_relation
    assert walk is not None
    sampler = GraphExampleSampler(graph, DOMAINS, 0, hop_weights=(0.6, 0.4))
    assert all(example.gold[0] % graph.num_relations != walk for example in islice(sampler, 40))


def test_mining_finds_the_path_behind_the_answers() -> None:
    graph = films()
    size = graph.num_relations
    directed, language = graph.relation("directed_by"), graph.relation("in_language")
    for path in [(directed,), (directed, directed + size), (directed, directed + size, language)]:
        topic = graph.node("Alpha")
        mined = mine_paths(graph, topic, frozenset(ends(graph, topic, path)), 3)
        assert any(one.path == path for one in mined)
        assert all(one.f1 == mined[0].f1 == 1 for one in mined)
        assert len(mined[0].path) == min(len(one.path) for one in mined)


def test_mining_declines_what_does_not_fit() -> None:
    graph = films()
    assert mine_paths(graph, graph.node("France"), frozenset({graph.node("Beta"), graph.node("Rome")}), 1) == ()
