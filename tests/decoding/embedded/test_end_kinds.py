"""The kind of a path's ends is told by the ends themselves, and moves neither bounds nor laws."""

from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.embedded.answer_type.ends import EndKinds
from clew.decoding.embedded.answer_type.relations import AnswerKinds, Nouns
from clew.decoding.embedded.ranking.fusion import FEATURES, KIND, Fusion, rank_all
from clew.decoding.embedded.search.tree import score_tree
from clew.decoding.embedded.vocabulary.vocabulary import relation_words
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.limits import MAX_TYPED_ENDS
from clew.tries.relations.automaton import RelationAutomaton
from tests.decoding.embedded.test_tree import FLAT
from tests.decoding.embedded.toys import RDF_TYPE, encoder, random_model, random_network

TRIPLES = [
    *((f"moon{i}", "orbits", "Mars") for i in range(2)),
    ("Mars", "orbits", "Sun"),
    ("Earth", "orbits", "Sun"),
    *((f"moon{i}", RDF_TYPE, "Moon") for i in range(2)),
    ("Mars", RDF_TYPE, "Planet"),
    ("Earth", RDF_TYPE, "Planet"),
    ("Sun", RDF_TYPE, "Star"),
    ("Mars", "near", "nothing known"),
]


@pytest.fixture(scope="module")
def graph() -> Graph:
    return from_triples(TRIPLES, name="sky")


@pytest.fixture(scope="module")
def kinds(graph: Graph) -> EndKinds:
    nouns = Nouns(encoder().tokenizer, random_network()[1])
    return EndKinds(graph, AnswerKinds(relation_words(graph).kinds, nouns))


def nodes(graph: Graph, *keys: str) -> np.ndarray:
    return np.array(sorted(graph.node(key) for key in keys), np.int32)


def test_ends_are_judged_by_their_own_classes(graph: Graph, kinds: EndKinds) -> None:
    asked = kinds.asked("which moons circle x")
    assert asked is not None
    ends = [("moon0", "moon1"), ("Mars",), ("moon0", "Mars"), ("nothing known",), ("Moon",)]
    found = asked.of([nodes(graph, *keys) for keys in ends])
    np.testing.assert_allclose(found, [0, -1, -0.5, 0, -1])


def test_where_nothing_is_asked_or_told_there_is_nothing_to_judge(kinds: EndKinds) -> None:
    assert kinds.asked("what is x") is None
    assert kinds.asked("which senators circle x") is None


def test_many_ends_are_sampled(graph: Graph, kinds: EndKinds) -> None:
    asked = kinds.asked("which moons circle x")
    assert asked is not None
    many = np.repeat(nodes(graph, "moon0", "Mars"), 10 * MAX_TYPED_ENDS)
    assert asked.of([many])[0] == pytest.approx(-0.5, abs=0.02)


def test_the_ranking_is_that_of_all_paths_judged_by_their_ends(graph: Graph, kinds: EndKinds) -> None:
    """Chunks and bounds change nothing: the best path is the one that the fused scores of all paths put first."""
    model, question = random_model(graph), "which moons circle ⟦x⟧"
    fusion = Fusion((1.0,) * len(FEATURES), FLAT)
    automaton = RelationAutomaton(graph, 2)
    asked = kinds.asked("which moons circle x")
    assert asked is not None

    def kind_of(tree, paths):  # type: ignore[no-untyped-def]
        at = zip(tree.depth[paths].tolist(), tree.row[paths].tolist(), strict=True)
        return asked.of([automaton.frontier(tree.levels[d].states, row) for d, row in at])

    context = model.encode(question)
    tree = score_tree(model, context, automaton, automaton.start([graph.node("Sun")]), 2)
    (ranking,) = rank_all(model, context, [tree], fusion, kinds=[kind_of])
    expected = kind_of(tree, ranking.order)
    np.testing.assert_allclose(ranking.features[:, KIND], expected)
    assert {0.0, -1.0} <= set(np.round(expected, 6))
    np.testing.assert_allclose(ranking.scores, ranking.features @ np.array(fusion.weights))
    assert (np.diff(ranking.scores) <= 0).all()
