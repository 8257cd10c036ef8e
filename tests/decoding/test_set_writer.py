"""The answers that are gathered are those that the independent checker finds, under any conditions."""

from __future__ import annotations

import random

import pytest

from clew.decoding.answers.gather import Gathered, gather
from clew.decoding.answers.proof_writer import ProofWriter
from clew.decoding.answers.set_writer import path_set
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.kg.errors import BadInput, VerificationFailed
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.proof.sets.path_set import PathConditions, PathSet, RelationWalk
from clew.kg.proof.sets.set_checker import CheckedSet
from clew.tries.filters.conditions import Conditions
from clew.tries.filters.filtered_graph import Walkable
from tests.laws.amount import graphs_per_seed
from tests.laws.test_constraint_conditions import graph_of, random_conditions, random_facts

SEEDS = 2


def random_paths(rng: random.Random, graph: Graph, hops: int) -> tuple[RankedPath, ...]:
    topic = Topic(rng.randrange(graph.num_entities), 1.0, None)
    lengths = (rng.randint(1, hops) for _ in range(3))
    drawn = {tuple(rng.randrange(2 * graph.num_relations) for _ in range(length)) for length in lengths}
    return tuple(RankedPath(topic, relations, -1.0, 1 / len(drawn)) for relations in sorted(drawn))


def check(graph: Graph, gathered: Gathered, claim: PathSet) -> None:
    """The checker finds the answers, and allows their paths; it allows no path that is bent to another node."""
    found = CheckedSet(graph, claim)
    assert found.ends == {item.node for item in gathered.answers}
    for item in gathered.answers:
        for path in item.paths:
            edges = ProofWriter(graph).derivation(path).edges
            found.check_path(edges)
            with pytest.raises(VerificationFailed):
                found.check_path((*edges, edges[-1]))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_answers_are_the_ends_under_conditions(seed: int) -> None:
    rng, answered = random.Random(seed), 0
    for _ in range(graphs_per_seed(600, SEEDS)):
        facts = random_facts(rng)
        graph, hops = graph_of(facts, rng), rng.randint(1, 3)
        conditions = random_conditions(rng, facts, hops) if rng.random() < 0.8 else None
        try:
            within = None if conditions is None else Walkable(graph, conditions.on(graph))
        except BadInput:
            continue
        bounds = Bounds(hops, within=within, revisit=rng.random() < 0.3)
        gathered = gather(graph, Reasoning(random_paths(rng, graph, hops), 1.0), bounds)
        if gathered.answers:
            answered += 1
            check(graph, gathered, path_set(graph, gathered, bounds.revisit, conditions))
    assert answered > 20


def test_values_behind_nodes_without_a_name() -> None:
    graph = from_triples(
        [
            ("mill", "address", "_:a"), ("_:a", "street", "Quay"), ("_:a", "town", "_:t"), ("_:t", "name", "Linz"),
            ("mill", "address", "Postbox"), ("Postbox", "street", "None at all"),
        ]
    )  # fmt: skip
    path = RankedPath(Topic(graph.node("mill"), 1.0, None), (graph.relation("address"),), -1.0, 1.0)
    gathered = gather(graph, Reasoning((path,), 1.0), Bounds(3), opened=path)
    assert {graph.key(item.node) for item in gathered.answers} == {"Quay", "Linz", "Postbox"}
    claim = path_set(graph, gathered, False, None)
    assert sorted(walk.behind for walk in claim.alternatives[0]) == [0, 1, 2]
    check(graph, gathered, claim)


GRAPH = from_triples([("a", "r", "b"), ("a", "r", "c"), ("b", "s", "c"), ("a", "s", "c")])


@pytest.mark.parametrize(
    ("alternatives", "conditions", "why"),
    [
        ((), PathConditions(), "no relation path"),
        (((),), PathConditions(), "no relation path"),
        (((RelationWalk(()),),), PathConditions(), "without relations"),
        (((RelationWalk((("r", False),), 1),),), PathConditions(), "without relations"),
        (((RelationWalk((("t", False),)),),), PathConditions(), "unknown relation"),
        (((RelationWalk((("r", False),)),), (RelationWalk((("s", False),)),)), PathConditions(), "different nodes"),
        (((RelationWalk((("r", False),)),),), PathConditions(forbidden=frozenset([("r", False)])), "do not allow"),
        (((RelationWalk((("r", False),)),),), PathConditions(types=("nobody",)), "unknown key"),
        (((RelationWalk((("r", False),)),),), PathConditions(at="soon"), "no time"),
        (((RelationWalk((("r", False),)),),), PathConditions(at="2000", until="1999"), "ends"),
    ],
)  # fmt: skip
def test_claims_that_make_no_sense(alternatives: tuple, conditions: PathConditions, why: str) -> None:
    with pytest.raises(VerificationFailed, match=why):
        CheckedSet(GRAPH, PathSet(GRAPH.version, "a", alternatives, conditions=conditions))


def test_other_versions_are_refused() -> None:
    with pytest.raises(VerificationFailed, match="version"):
        CheckedSet(GRAPH, PathSet("another", "a", ((RelationWalk((("r", False),)),),)))


def test_conditions_in_both_directions() -> None:
    graph = from_triples([("a", "r", "b"), ("b", "^r", "c")])
    path = RankedPath(Topic(graph.node("b"), 1.0, None), (graph.relation("r") + graph.num_relations,), -1.0, 1.0)
    conditions = Conditions(relations=["r"], forbidden=["^r"])  # a relation of this key is forbidden, not the inverse
    gathered = gather(graph, Reasoning((path,), 1.0), Bounds(1, within=Walkable(graph, conditions.on(graph))))
    check(graph, gathered, path_set(graph, gathered, False, conditions))
