"""Compositions obey the laws: an intersection's language is the intersection; a span comes about, and is exact."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from clew.kg.errors import BadInput
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.filters.path_filter import PathFilter
from clew.tries.laws.constraint import check_batch_is_single, check_fails_closed, check_language, enumerate_language
from clew.tries.reference.composition import Intersection, MarkedSpan
from clew.tries.reference.kg_trie import KGTrie
from clew.tries.reference.path_enumeration import enumerate_paths
from clew.tries.tokens.token_index import TokenIndex
from tests.laws.amount import graphs_per_seed
from tests.tries.tokenizers import CharTokenizer
from tests.tries.toy import random_graph

END, OPEN, STOP = 3, 5, 6


@pytest.mark.parametrize("seed", range(4))
def test_intersection_of_an_automaton_and_a_path_list(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(500, 4, 2_000)):
        graph = random_graph(rng, nodes=4, relations=2)
        index = TokenIndex.build(graph, CharTokenizer())
        head, hops = rng.randrange(graph.num_nodes), 2 if graph.num_edges < 6 else 1
        some = [path for path in enumerate_paths(index, head, hops).paths if rng.random() < 0.5]
        ends = [v for v in range(graph.num_nodes) if rng.random() < 0.6]
        automaton = GraphAutomaton(index, END, hops, demands=PathFilter(ends=ends))
        both = Intersection(automaton, KGTrie.from_paths(index, some, END))
        first, second = (enumerate_language(one, head) for one in (both.first, both.second))
        expected = {key: first[key] & second[key] for key in first.keys() & second.keys()}
        got = enumerate_language(both, head, dead_ends=True)
        assert got == expected
        check_fails_closed(both, head, dict(itertools.islice(expected.items(), 6)), foreign=[0, 2, 5], most=10)
        check_batch_is_single(both, [head, head], steps=4, width=4)


@pytest.mark.parametrize("seed", range(4))
def test_span_language_is_free_text_marker_path_marker_free_text(seed: int) -> None:
    rng = random.Random(seed)
    for i in range(graphs_per_seed(500, 4, 2_000)):
        before, after = rng.choice([(0, 0), (0, 0), (0, 0), (0, 1), (1, 0), (2, 1)] if i % 3 == 0 else [(0, 0), (0, 1)])
        graph = random_graph(rng, nodes=3, relations=1)
        index = TokenIndex.build(graph, CharTokenizer())
        automaton = GraphAutomaton(index, END, 1)
        head = rng.randrange(graph.num_nodes)
        opening = rng.choice([[OPEN], [OPEN, 7]])
        span = MarkedSpan(automaton, opening, np.array([30, 40, OPEN, STOP]), STOP, before, after)
        texts = lambda bound: [t for n in range(bound + 1) for t in itertools.product([30, 40], repeat=n)]  # noqa: E731
        expected = {
            (*left, *opening, *path, END, *right): paths
            for path, paths in enumerate_language(automaton, head).items()
            for left in texts(before)
            for right in texts(after)
        }
        check_language(span, head, expected)
        few = dict(itertools.islice(expected.items(), 4))
        check_fails_closed(span, head, few, foreign=[0, 7, 30], most=10)
        check_batch_is_single(span, [head, head], steps=4, width=4)


def test_what_would_let_a_span_be_skipped_is_refused() -> None:
    index = TokenIndex.build(random_graph(random.Random(0)), CharTokenizer())
    automaton = GraphAutomaton(index, END, 1)
    free = np.array([30])
    for opening, stop, before in (([], STOP, 0), ([OPEN], OPEN, 0), ([OPEN], END, 0), ([OPEN], STOP, -1)):
        with pytest.raises(BadInput):
            MarkedSpan(automaton, opening, free, stop, before)
    with pytest.raises(BadInput, match="different end tokens"):
        Intersection(automaton, GraphAutomaton(index, STOP, 1))
