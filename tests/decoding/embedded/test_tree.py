"""The level-wise tree against walking every relation path one by one."""

from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.embedded.ranking.confidence import ANSWERABLE, RIGHT, Confidence, Logistic
from clew.decoding.embedded.ranking.fusion import FEATURES, Fusion, rank
from clew.decoding.embedded.search.tree import LevelSearch, Width, score_tree, score_trees
from clew.decoding.language_model import Score
from clew.kg.errors import ConstraintViolation
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.tries.relations.automaton import RelationAutomaton
from tests.clocks import Clock
from tests.decoding.embedded.toys import films, random_model

QUESTION = "who directed ⟦x⟧"
FLAT = Confidence(Logistic((0.0,) * len(ANSWERABLE)), Logistic((0.0,) * len(RIGHT)))
EVEN = Fusion((1.0,) * len(FEATURES), FLAT)


def brute_force(graph: Graph, topic: int, max_hops: int) -> dict[tuple[int, ...], float]:
    """Every relation path with its local log-probability, one context and one step at a time."""
    model, end = random_model(graph), 2 * graph.num_relations
    found: dict[tuple[int, ...], float] = {}

    def walk(path: tuple[int, ...], nodes: set[int], total: float) -> None:
        onward = {}
        for r in range(end):
            reached = {int(v) for n in nodes for v in graph.neighbours(n, r)} - {topic}
            if reached and len(path) < max_hops:
                onward[r] = reached
        options = sorted(onward) + ([end] if path else [])
        context = model.encode(QUESTION)
        for i, r in enumerate(path):
            model.extend(context, np.array([i]), np.array([r], np.int32))
        tokens = np.array(options, np.int32)
        scores = model.log_probs(context, np.array([len(path)]), np.array([0, len(tokens)]), tokens, Score.LOCAL)
        for option, score in zip(options, scores.tolist(), strict=True):
            if option == end:
                found[path] = total + score
            else:
                walk((*path, option), onward[option], total + score)

    walk((), {topic}, 0.0)
    return found


@pytest.mark.parametrize("topic", ["Alpha", "Ann", "2003"])
@pytest.mark.parametrize("max_hops", [1, 2, 3])
def test_the_tree_holds_every_path_with_its_score(topic: str, max_hops: int) -> None:
    graph = films()
    model, node = random_model(graph), graph.node(topic)
    automaton = RelationAutomaton(graph, max_hops)
    tree = score_tree(model, model.encode(QUESTION), automaton, automaton.start([node]), max_hops)
    found = {tree.relations(i): float(tree.log_prob[i]) for i in range(len(tree))}
    expected = brute_force(graph, node, max_hops)
    assert found.keys() == expected.keys()
    for path, score in expected.items():
        assert found[path] == pytest.approx(score, abs=1e-4)
    assert tree.bound == -np.inf
    assert np.exp(tree.log_prob).sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("width", [Width(1, 1), Width(2, 3), Width(3, 5)])
def test_a_narrow_tree_bounds_what_it_dropped(width: Width) -> None:
    graph = films()
    model, node = random_model(graph), graph.node("Alpha")
    automaton = RelationAutomaton(graph, 3)
    tree = score_tree(model, model.encode(QUESTION), automaton, automaton.start([node]), 3, width)
    kept = {tree.relations(i) for i in range(len(tree))}
    everything = brute_force(graph, node, 3)
    assert kept < everything.keys()
    assert max(score for path, score in everything.items() if path not in kept) <= tree.bound + 1e-4


@pytest.mark.parametrize("seed", range(3))
def test_the_ranking_certifies_its_first_path(seed: int) -> None:
    graph = films()
    model, node = random_model(graph, seed), graph.node("Alpha")

    def ranking(most: int, width: Width | None) -> tuple[list[tuple[int, ...]], float, float]:
        automaton = RelationAutomaton(graph, 3)
        context = model.encode(QUESTION)
        tree = score_tree(model, context, automaton, automaton.start([node]), 3, width)
        found = rank(model, context, tree, EVEN, most)
        return [tree.relations(int(p)) for p in found.order], float(found.scores[0]), found.unseen

    paths, best, unseen = ranking(10_000, None)
    assert unseen <= best
    for width in (Width(2, 4), Width(6, 20)):
        some, first, bound = ranking(10_000, width)
        assert best <= max(first, bound) + 1e-4, "a better path was hidden behind the bound"
        if first >= bound:
            assert some[0] == paths[0]


def test_another_graphs_constraint_is_refused() -> None:
    model = random_model(films())
    other = RelationAutomaton(from_triples([("a", "r", "b")]), 2)
    with pytest.raises(ConstraintViolation):
        score_tree(model, model.encode(QUESTION), other, other.start([0]), 2)


@pytest.mark.parametrize("looks", range(0, 60, 3))
def test_a_tree_cut_at_any_look_bounds_what_it_lacks(looks: int) -> None:
    graph = films()
    model, node = random_model(graph), graph.node("Alpha")
    whole = brute_force(graph, node, 3)
    automaton, clock = RelationAutomaton(graph, 3), Clock(looks)
    search = LevelSearch(automaton, automaton.start([node]), 3, cancelled=clock.look_over)
    (tree,) = score_trees(model, model.encode(QUESTION), [search])
    found = {tree.relations(i): float(tree.log_prob[i]) for i in range(len(tree))}
    assert found == pytest.approx({path: whole[path] for path in found}, abs=1e-4)
    assert tree.partial or found.keys() == whole.keys()
    assert all(score <= tree.bound + 1e-4 for path, score in whole.items() if path not in found)
    assert clock.since <= 2
