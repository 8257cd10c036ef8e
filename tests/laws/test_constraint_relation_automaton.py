"""The relation automaton obeys the laws of the Constraint port, against brute force over random graphs."""

from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest

from clew.kg.errors import BadInput
from clew.tries.constraint import SpelledPath
from clew.tries.filters.filtered_graph import Walkable
from clew.tries.filters.path_filter import PathFilter
from clew.tries.laws.constraint import Language, check_batch_is_single, check_constraint
from clew.tries.relations.automaton import RelationAutomaton
from tests.laws.amount import graphs_per_seed
from tests.tries.toy import ToyGraph, random_graph

Fits = Callable[[int, int], bool]
"""Whether a path may have a node after so many hops."""


def brute_force(
    graph: ToyGraph,
    topic: int,
    max_hops: int,
    min_hops: int,
    forbidden: frozenset[int],
    revisit: bool,
    literals: bool,
    fits: Fits = lambda node, hop: True,
    may_end: Callable[[int], bool] = lambda node: True,
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
            and (revisit or hop == 1 or topic not in (node, reached))
            and fits(reached, hop)
        ]
        walks = list(dict.fromkeys(walks))
        if hop >= min_hops:
            for relations in (relations for relations, node in walks if may_end(node)):
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


@pytest.mark.parametrize("seed", range(4))
def test_language_within_a_filter_is_brute_force(seed: int) -> None:
    """Only instances whose edges, relations, nodes, positions and end the filter admits count."""
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 4)):
        graph = random_graph(rng)
        directed, nodes = range(2 * graph.num_relations), range(graph.num_nodes)
        some = lambda pool, share: [x for x in pool if rng.random() < share]  # noqa: E731
        relations = some(directed, 0.8) if rng.random() < 0.4 else None
        forbidden = some(directed, 0.2)
        visited = some(nodes, 0.8) if rng.random() < 0.4 else None
        edges = np.array([rng.random() < 0.8 for _ in range(graph.num_edges)], bool) if rng.random() < 0.5 else None
        max_hops = rng.randint(1, 3)
        min_hops, revisit = rng.randint(1, max_hops), rng.random() < 0.3
        ends = some(nodes, 0.5) if rng.random() < 0.4 else None
        nodes_at = {rng.randint(1, max_hops): some(nodes, 0.6)} if rng.random() < 0.4 else {}
        never = frozenset(some(directed, 0.1))

        class Admitted:
            """The toy graph with the steps that the filter leaves."""

            is_literal = graph.is_literal

            @staticmethod
            def steps(node: int) -> set[tuple[int, int]]:
                return {
                    (r, t)
                    for r, t in graph.steps(node)  # noqa: B023
                    if (relations is None or r in relations)  # noqa: B023
                    and r not in forbidden  # noqa: B023
                    and (visited is None or t in visited)  # noqa: B023
                    and (edges is None or edges[graph.edge(node, r, t)])  # noqa: B023
                }

        walkable = Walkable(graph, PathFilter(relations, forbidden, ends, nodes_at, edges, visited))  # type: ignore[arg-type]
        automaton = RelationAutomaton(walkable, max_hops, min_hops, never, revisit)
        topic = rng.randrange(graph.num_nodes)
        fits = lambda node, hop: hop not in nodes_at or node in nodes_at[hop]  # noqa: B023, E731
        may_end = lambda node: ends is None or node in ends  # noqa: B023, E731
        expected = brute_force(Admitted, topic, max_hops, min_hops, never, revisit, False, fits, may_end)  # type: ignore[arg-type]
        check_constraint(automaton, topic, expected, foreign=[*directed, -1, 10**6])


def test_a_filter_that_does_not_fit_the_graph_is_refused() -> None:
    graph = random_graph(random.Random(0))
    with pytest.raises(BadInput, match="position 3 is beyond"):
        RelationAutomaton(Walkable(graph, PathFilter(nodes_at={3: [0]})), 2)  # type: ignore[arg-type]
    for demands in (
        PathFilter(nodes_at={0: [0]}),
        PathFilter(ends=[graph.num_nodes]),
        PathFilter(edges=np.ones(graph.num_edges + 1, bool)),
        PathFilter(forbidden=[10**6]),
        PathFilter(nodes=[-1]),
    ):
        with pytest.raises(BadInput):
            Walkable(graph, demands)  # type: ignore[arg-type]
