"""What the graph allows from a topic, against following edges one by one."""

from __future__ import annotations

import random

from hypothesis import given

from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.training.own_graph.items import ExampleMaker, sample
from clew.training.own_graph.labels.paths import NearPaths, TopicPaths
from tests.training.own_graph.test_chains import walk
from tests.training.own_graph.toys import films, graphs, kit


@given(graphs)
def test_allowed_relations_are_those_that_lead_on(graph: Graph) -> None:
    walks = kit(graph).walks
    for topic in range(min(graph.num_entities, 3)):
        paths = TopicPaths(graph, walks, topic, 2)
        every = [r for r in range(2 * graph.num_relations) if r not in walks.forbidden(topic)]
        for prefix in [(), *((r,) for r in every)]:
            onward = [r for r in every if walk(graph, topic, (*prefix, r))] if walk(graph, topic, prefix) else []
            assert list(paths.onward(prefix)) == (onward if len(prefix) < 2 else [])
            assert paths.ends(prefix) == (tuple(sorted(walk(graph, topic, prefix))) if prefix else ())


def test_missing_relations_are_not_there() -> None:
    graph, walks = films(), kit(films()).walks
    topic = graph.node("Film 0")
    whole = TopicPaths(graph, walks, topic, 3)
    taken = whole.onward(())[0]
    without = TopicPaths(graph, walks, topic, 3, frozenset({taken}))
    assert whole.holds((taken,))
    assert not without.holds((taken,))
    assert without.onward(()) == whole.onward(())[1:]


@given(graphs)
def test_near_paths_are_paths_and_never_gold(graph: Graph) -> None:
    toys = kit(graph)
    chain = toys.chains.draw()
    if chain is None:
        return
    paths = TopicPaths(graph, toys.walks, chain.topic, 3)
    near = NearPaths(paths, toys.walks, random.Random(1)).around(chain.relations, frozenset({chain.relations}), 9)
    assert chain.relations not in near
    assert len(set(near)) == len(near) <= 9
    assert all(paths.holds(path) for path in near)


def test_examples_hold_what_the_graph_allows() -> None:
    toys = kit(films(), 2)
    maker = ExampleMaker(toys.graph, toys.walks, toys.words, random.Random(0))
    seen = {True: 0, False: 0}
    for item in sample(toys.items, 150):
        example = maker.example(item)
        assert example is not None
        paths = TopicPaths(toys.graph, toys.walks, item.topic, 3, item.missing)
        seen[bool(item.gold)] += 1
        assert example.gold == item.gold
        assert example.choices == tuple(paths.allowed(item.gold[:t]) for t in range(len(item.gold) + 1) if item.gold)
        right = paths.ends(item.gold)
        assert all(paths.holds(path) and path != item.gold for path in example.negatives)
        assert not item.gold or all(paths.ends(path) != right for path in example.negatives)
        assert "x" in example.question.text
    assert seen[True] > seen[False] > 5


def test_a_graph_of_many_relations_gives_small_vocabularies() -> None:
    triples = [(f"a{i % 9}", f"relation {i}", f"b{i % 11}") for i in range(400)]
    toys = kit(from_triples(triples))
    maker = ExampleMaker(toys.graph, toys.walks, toys.words, random.Random(0))
    items = sample(toys.items, 30)
    assert len(items) == 30
    for item in items:
        example = maker.example(item)
        assert example is not None
        assert example.schema.num_relations <= 96
        size = toys.graph.num_relations
        named = [toys.words.labels[r] for r in item.gold]
        assert [example.schema.words.labels[r] for r in example.gold] == named
        assert [r >= example.schema.num_relations for r in example.gold] == [r >= size for r in item.gold]
        for t, target in enumerate((*example.gold, 2 * example.schema.num_relations)[: len(example.choices)]):
            assert target in example.choices[t]
