"""The KG-Trie obeys the laws of the Constraint port, and equals the graph automaton where all paths are given."""

from __future__ import annotations

import random

import pytest

from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.laws.constraint import check_batch_is_single, check_constraint, enumerate_language
from clew.tries.laws.paths import all_paths, language
from clew.tries.reference.kg_trie import KGTrie
from clew.tries.tokens.token_index import TokenIndex
from tests.laws.amount import graphs_per_seed
from tests.laws.test_constraint_graph_automaton import END, whole_text_speller
from tests.tries.tokenizers import CharTokenizer, PairTokenizer
from tests.tries.toy import random_graph


@pytest.mark.parametrize("seed", range(8))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 8)):
        graph = random_graph(rng, nodes=rng.choice([4, 7]))
        tokenizer = rng.choice([CharTokenizer, PairTokenizer])()
        index = TokenIndex.build(graph, tokenizer, inverse=rng.random() < 0.5)
        spell = whole_text_speller(tokenizer.encode, index.spelling)
        head, max_hops = rng.choice([0, rng.randrange(graph.num_nodes)]), rng.randint(1, 2)
        if rng.random() < 0.5:
            min_hops = rng.randint(1, max_hops)
            trie = KGTrie.enumerated(index, range(graph.num_nodes), max_hops, END, min_hops)
            expected = language(
                graph, head, spell, max_hops, lambda p, low=min_hops: len(p.relations) >= low, index.inverse
            )
            assert not trie.truncated
            automaton = GraphAutomaton(index, END, max_hops, min_hops)
            assert enumerate_language(automaton, head) == enumerate_language(trie, head)
        else:
            paths = [p for p in all_paths(graph, head, max_hops, index.inverse) if rng.random() < 0.4]
            trie = KGTrie.from_paths(index, paths, END)
            expected = language(graph, head, spell, max_hops, set(paths).__contains__, index.inverse)
        check_constraint(trie, head, expected, foreign=[0, 2, 5, 10**8, -1])
        check_batch_is_single(trie, list(range(graph.num_nodes)))
