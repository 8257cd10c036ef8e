"""Relation paths spelled token by token: brute force over random graphs, shared relation labels included."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kg.errors import BadInput, StaleIndex
from tests.laws.amount import graphs_per_seed
from tests.laws.constraint_laws import Language, check_batch_is_single, check_constraint
from tests.laws.test_constraint_relation_automaton import brute_force
from tests.tries import tokenizers as toks
from tests.tries.tokenizers import CharTokenizer, PairTokenizer
from tests.tries.toy import ToyGraph, random_graph
from tries.relation_automaton import RelationAutomaton
from tries.spelled_relations import SpelledRelationAutomaton
from tries.token_index import TokenIndex
from tries.tokenize import as_tokenize

END = 3


def check_random_graph(rng: random.Random, tokenizer: object, encode: object, end: int) -> None:
    graph = random_graph(rng, nodes=6)
    if rng.random() < 0.4:
        graph._relation_labels = [rng.choice(["a", "a b"]) for _ in graph._relation_labels]
    index = TokenIndex.build(graph, tokenizer)
    max_hops = rng.randint(1, 2)
    min_hops, revisit = rng.randint(1, max_hops), rng.random() < 0.5
    forbidden = frozenset(r for r in range(2 * graph.num_relations) if rng.random() < 0.1)
    topic = rng.choice([0, rng.randrange(graph.num_nodes)])
    expected: Language = {}
    for relations, paths in brute_force(graph, topic, max_hops, min_hops, forbidden, revisit, False).items():
        text = "head" + "".join(
            f" {index.spelling.separator} {index.spelling.escape(graph.relation_label(r))}" for r in relations
        )
        expected.setdefault(tuple(encode(text)[len(encode("head")) :]), set()).update(paths)  # type: ignore[operator]
    relations = RelationAutomaton(graph, max_hops, min_hops, forbidden, revisit)
    automaton = SpelledRelationAutomaton(index, relations, end)
    check_constraint(automaton, topic, expected, foreign=[0, 2, 5, 10**8, -1])
    check_batch_is_single(automaton, list(range(graph.num_nodes)))


@pytest.mark.parametrize("seed", range(4))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(400, 4)):
        tokenizer = rng.choice([CharTokenizer, PairTokenizer])()
        check_random_graph(rng, tokenizer, tokenizer.encode, END)


def test_language_under_wordpiece() -> None:
    adapted, encode = as_tokenize(toks.minilm()), toks.plain_encode(toks.minilm())
    for i in range(graphs_per_seed(20, 1)):
        check_random_graph(random.Random(i), adapted, encode, 102)


def test_what_does_not_fit_is_refused() -> None:
    graph, other = ToyGraph(["a", "b"], ["r"], [(0, 0, 1)]), ToyGraph(["a", "c"], ["r"], [(0, 0, 1)])
    index = TokenIndex.build(graph, CharTokenizer(), inverse=False)
    with pytest.raises(StaleIndex):
        SpelledRelationAutomaton(index, RelationAutomaton(other, 1), END)
    with pytest.raises(BadInput, match="end token"):
        SpelledRelationAutomaton(index, RelationAutomaton(graph, 1), index.separator_token)
    without = SpelledRelationAutomaton(index, RelationAutomaton(graph, 2), END)
    with pytest.raises(BadInput, match="inverse"):
        without.allowed(without.start([1]))
    forbidden = RelationAutomaton(graph, 2, forbidden=frozenset([1]))
    forward = SpelledRelationAutomaton(index, forbidden, END)
    assert forward.allowed(forward.start([0])).token_ids.tolist() == [index.separator_token]
    with pytest.raises(ValueError, match="tokens for"):
        forward.advance(forward.start([0]), np.zeros(2, np.int32))
