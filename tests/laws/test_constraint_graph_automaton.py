"""The graph automaton obeys the laws of the Constraint port, against brute force over random graphs."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.tries.constraint import SpelledPath
from clew.tries.entities.automaton import GraphAutomaton
from clew.tries.filters.path_filter import PathFilter
from clew.tries.laws.constraint import check_batch_is_single, check_constraint
from clew.tries.laws.paths import Accept, language, tokens_after_head
from clew.tries.tokens.spelling import Spelling
from clew.tries.tokens.token_index import TokenIndex
from clew.tries.tokens.tokenize import as_tokenize
from tests.laws.amount import graphs_per_seed
from tests.tries import tokenizers as toks
from tests.tries.tokenizers import CharTokenizer, PairTokenizer
from tests.tries.toy import ToyGraph, random_graph, toy_graphs

END = 3


Spell = Callable[[ToyGraph, SpelledPath], tuple[int, ...]]


def whole_text_speller(encode: Any, spelling: Spelling) -> Spell:
    """Spell a path by tokenising its whole text at once and dropping the head's tokens."""

    def spell(graph: ToyGraph, path: SpelledPath) -> tuple[int, ...]:
        steps = zip(path.relations, path.nodes[1:], strict=True)
        labels = (label for r, node in steps for label in (graph.relation_label(r), graph.label(node)))
        return tokens_after_head(encode, spelling, labels)

    return spell


def random_demands(rng: random.Random, graph: ToyGraph, max_hops: int) -> tuple[PathFilter | None, Accept]:
    """A random filter and the same in plain Python."""
    if rng.random() < 0.5:
        return None, lambda path: True
    directed, nodes = range(2 * graph.num_relations), range(graph.num_nodes)
    some = lambda pool, share: [x for x in pool if rng.random() < share]  # noqa: E731
    relations = some(directed, 0.8) if rng.random() < 0.3 else None
    forbidden = some(directed, 0.2) if rng.random() < 0.3 else []
    ends = some(nodes, 0.5) if rng.random() < 0.5 else None
    nodes_at = {rng.randint(1, max_hops): some(nodes, 0.7)} if rng.random() < 0.3 else {}
    edges = None
    if rng.random() < 0.3:
        edges = np.array([rng.random() < 0.8 for _ in range(graph.num_edges)], dtype=bool)
    visited = some(nodes, 0.8) if rng.random() < 0.2 else None

    def accept(path: SpelledPath) -> bool:
        steps = list(zip(path.nodes, path.relations, path.nodes[1:], strict=False))
        return (
            (relations is None or all(r in relations for r in path.relations))
            and not any(r in forbidden for r in path.relations)
            and (ends is None or path.nodes[-1] in ends)
            and all(position >= len(path.nodes) or path.nodes[position] in kept for position, kept in nodes_at.items())
            and (edges is None or all(edges[graph.edge(*step)] for step in steps))
            and (visited is None or all(node in visited for node in path.nodes[1:]))
        )

    return PathFilter(relations, forbidden, ends, nodes_at, edges, visited), accept


def check_random_graph(rng: random.Random, tokenizer: Any, encode: Any, end: int) -> None:
    """All laws on one random graph with random bounds and conditions."""
    graph = random_graph(rng, nodes=rng.choice([4, 7]), relations=rng.choice([1, 3]))
    index = TokenIndex.build(graph, tokenizer, inverse=rng.random() < 0.6)
    max_hops = rng.randint(1, 3 if graph.num_edges < 8 else 2)
    min_hops, simple = rng.randint(1, max_hops), rng.random() < 0.4
    demands, admitted = random_demands(rng, graph, max_hops)

    def accept(path: SpelledPath) -> bool:
        distinct = len(set(path.nodes)) == len(path.nodes)
        return len(path.relations) >= min_hops and (distinct or not simple) and admitted(path)

    automaton = GraphAutomaton(index, end, max_hops, min_hops, simple, demands)
    head = rng.choice([0, rng.randrange(graph.num_nodes)])
    spell = whole_text_speller(encode, index.spelling)
    expected = language(graph, head, spell, max_hops, accept, index.inverse)
    check_constraint(automaton, head, expected, foreign=[0, 2, 5, 10**8])
    check_batch_is_single(automaton, list(range(graph.num_nodes)))


@pytest.mark.parametrize("seed", range(8))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 8)):
        tokenizer = rng.choice([CharTokenizer, PairTokenizer])()
        check_random_graph(rng, tokenizer, tokenizer.encode, END)


@pytest.mark.parametrize("seed", range(2))
def test_language_under_wordpiece(seed: int) -> None:
    tokenizer = toks.minilm()
    encode, adapted = toks.plain_encode(tokenizer), as_tokenize(tokenizer)
    for i in range(graphs_per_seed(60, 2)):
        check_random_graph(random.Random(seed * 1000 + i), adapted, encode, 102)


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_language_under_sentencepiece(kind: str) -> None:
    processor = toks.sentencepiece_processor(kind)
    for i in range(graphs_per_seed(60, 2)):
        check_random_graph(random.Random(i), processor, processor.encode, processor.eos_id())


@pytest.mark.shared
@pytest.mark.parametrize(("name", "end"), [("qwen", 151645), ("gpt2", 50256)])
def test_language_under_byte_level_bpe(shared_data: Path, name: str, end: int) -> None:
    tokenizer = toks.from_shared(shared_data, name)
    encode, adapted = toks.plain_encode(tokenizer), as_tokenize(tokenizer)
    for i in range(graphs_per_seed(60, 2)):
        check_random_graph(random.Random(i), adapted, encode, end)


@settings(max_examples=graphs_per_seed(60, 1), deadline=None)
@given(st.data())
def test_language_of_graphs_that_hypothesis_finds(data: st.DataObject) -> None:
    graph = data.draw(toy_graphs())
    automaton_hops = data.draw(st.integers(1, 2))
    index = TokenIndex.build(graph, CharTokenizer())
    spell = whole_text_speller(CharTokenizer.encode, index.spelling)
    head = data.draw(st.integers(0, graph.num_nodes - 1))
    expected = language(graph, head, spell, automaton_hops)
    check_constraint(GraphAutomaton(index, END, automaton_hops), head, expected, foreign=[0, 5])
