"""The relation automaton beyond its laws: frontiers, truncation, refusals, determinism."""

from __future__ import annotations

import random

import numpy as np
import pytest

from clew.kg.errors import UnknownNode
from clew.tries.prefix_tree import PrefixStates
from clew.tries.relations.automaton import RelationAutomaton
from tests.tries.toy import ToyGraph, random_graph

FILMS = ToyGraph(
    ["Ann", "Film A", "Film B", "Bob", "1990"],
    ["directed", "starred", "year"],
    [(0, 0, 1), (0, 0, 2), (1, 1, 3), (2, 1, 0), (1, 2, 4), (2, 2, 4)],
    num_entities=4,
)


def drive(automaton: RelationAutomaton, topic: int, *tokens: int) -> PrefixStates:
    states = automaton.start([topic])
    for token in tokens:
        states = automaton.advance(states, np.array([token], dtype=np.int32))
    return states


def test_frontier_and_relations_of_a_row() -> None:
    automaton = RelationAutomaton(FILMS, 3)
    row = drive(automaton, 0, 0, 1)
    assert automaton.relations(row, 0) == (0, 1)
    assert automaton.frontier(row, 0).tolist() == [3]  # Ann herself starred in Film B, but is the topic
    assert automaton.frontier(row, 0).dtype == np.int32
    again = RelationAutomaton(FILMS, 3, revisit_topic=True)
    assert again.frontier(drive(again, 0, 0, 1), 0).tolist() == [0, 3]
    assert automaton.frontier(automaton.start([0]), 0).tolist() == [0]


def test_a_complete_row_keeps_its_frontier() -> None:
    automaton = RelationAutomaton(FILMS, 3)
    row = drive(automaton, 0, 0, automaton.end_token)
    assert automaton.is_complete(row).all()
    assert automaton.frontier(row, 0).tolist() == [1, 2]
    assert automaton.relations(row, 0) == (0,)


def test_a_dead_row_has_no_frontier() -> None:
    automaton = RelationAutomaton(FILMS, 3)
    with pytest.raises(ValueError, match="dead"):
        automaton.frontier(drive(automaton, 0, 2), 0)


def test_a_literal_ends_a_path_but_may_start_one() -> None:
    automaton = RelationAutomaton(FILMS, 2)
    assert automaton.allowed(drive(automaton, 1, 2)).token_ids.tolist() == [automaton.end_token]
    assert automaton.allowed(automaton.start([4])).token_ids.tolist() == [5]
    through = RelationAutomaton(FILMS, 2, through_literals=True)
    assert through.allowed(drive(through, 1, 2)).token_ids.tolist() == [5, through.end_token]


def test_a_cut_frontier_is_reported_and_stays_sound() -> None:
    hub = ToyGraph([str(i) for i in range(9)], ["r"], [(0, 0, i) for i in range(1, 8)] + [(7, 0, 8)])
    automaton = RelationAutomaton(hub, 2, max_frontier=3)
    states = automaton.start([0])
    assert not automaton.truncated
    row = drive(automaton, 0, 0)
    assert automaton.frontier(row, 0).tolist() == [1, 2, 3]
    assert automaton.truncated
    assert automaton.is_truncated(row, 0)
    assert not automaton.is_truncated(states, 0)


@pytest.mark.parametrize(("low", "high"), [(0, 2), (3, 2), (1, 0)])
def test_hops_out_of_order_are_refused(low: int, high: int) -> None:
    with pytest.raises(ValueError, match="min_hops"):
        RelationAutomaton(FILMS, high, low)


def test_ids_outside_the_graph_are_refused() -> None:
    with pytest.raises(UnknownNode, match="no node 5"):
        RelationAutomaton(FILMS, 2).start([5])
    with pytest.raises(ValueError, match="forbidden"):
        RelationAutomaton(FILMS, 2, forbidden=frozenset([6]))


def test_frontiers_equal_set_expansion_on_large_random_graphs() -> None:
    rng = random.Random(3)
    for _ in range(15):
        graph = random_graph(rng, nodes=200, relations=4, literals=False)
        automaton = RelationAutomaton(graph, 3, revisit_topic=True)
        topic = rng.randrange(graph.num_nodes)
        for _ in range(10):
            states, nodes = automaton.start([topic]), {topic}
            while len(tokens := automaton.allowed(states).token_ids):
                token = int(rng.choice(tokens.tolist()))
                states = automaton.advance(states, np.array([token], dtype=np.int32))
                if token != automaton.end_token:
                    nodes = {t for node in nodes for r, t in graph.steps(node) if r == token}
                assert automaton.frontier(states, 0).tolist() == sorted(nodes)
