"""The relation automaton obeys the laws of the Constraint port, against brute force over random graphs."""

from __future__ import annotations

import random

import pytest

from tests.laws.amount import graphs_per_seed
from tests.laws.constraint_laws import Language, check_batch_is_single, check_constraint
from tests.tries.toy import ToyGraph, random_graph
from tries.constraint import SpelledPath
from tries.relation_automaton import RelationAutomaton


def brute_force(
    graph: ToyGraph, topic: int, max_hops: int, min_hops: int, forbidden: frozenset[int], revisit: bool, literals: bool
) -> Language:
    """Walk every instance; a relation path is in the language if one instance of it is."""
    language: Language = {}
    walks = [((), topic)]
    for hop in range(1, max_hops + 1):
        walks = [
            ((*relations, r), reached)
            for relations, node in walks
            for r, reached in graph.steps(node)
            if (hop == 1 or literals or not graph.is_literal(node))
            and r not in forbidden
            and (revisit or reached != topic)
        ]
        walks = list(dict.fromkeys(walks))
        if hop >= min_hops:
            for relations, _ in walks:
                language[relations] = {SpelledPath((topic,), relations)}
    return language


@pytest.mark.parametrize("seed", range(10))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 10)):
        graph = random_graph(rng)
        max_hops = rng.randint(1, 3)
        min_hops = rng.randint(1, max_hops)
        forbidden = frozenset(r for r in range(2 * graph.num_relations) if rng.random() < 0.15)
        revisit, literals = rng.random() < 0.3, rng.random() < 0.3
        automaton = RelationAutomaton(graph, max_hops, min_hops, forbidden, revisit, through_literals=literals)
        topic = rng.randrange(graph.num_nodes)
        expected = brute_force(graph, topic, max_hops, min_hops, forbidden, revisit, literals)
        check_constraint(automaton, topic, expected, foreign=[*range(2 * graph.num_relations), -1, 10**6])
        check_batch_is_single(automaton, list(range(graph.num_nodes)))
