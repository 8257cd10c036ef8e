"""Relation paths spelled token by token: brute force over random graphs, shared relation labels included."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from clew.kg.errors import BadInput, StaleIndex, UnknownNode
from clew.tries.laws.constraint import Language, check_batch_is_single, check_constraint
from clew.tries.laws.paths import Encode, tokens_after_head
from clew.tries.relations.automaton import RelationAutomaton
from clew.tries.relations.spelled import SpelledRelations
from clew.tries.tokens.relation_labels import RelationSpelling
from clew.tries.tokens.tokenize import as_tokenize
from tests.laws.amount import graphs_per_seed
from tests.laws.test_constraint_relation_automaton import brute_force
from tests.tries import tokenizers as toks
from tests.tries.tokenizers import CharTokenizer, PairTokenizer
from tests.tries.toy import ToyGraph, random_graph

END = 3


def check_random_graph(rng: random.Random, tokenizer: object, encode: Encode, end: int) -> None:
    graph = random_graph(rng, nodes=6)
    if rng.random() < 0.4:
        graph._relation_labels = [rng.choice(["a", "a b"]) for _ in graph._relation_labels]
    spelling = RelationSpelling.of(graph, tokenizer)
    max_hops = rng.randint(1, 2)
    min_hops, revisit = rng.randint(1, max_hops), rng.random() < 0.5
    forbidden = frozenset(r for r in range(2 * graph.num_relations) if rng.random() < 0.1)
    topic = rng.choice([0, rng.randrange(graph.num_nodes)])
    expected: Language = {}
    for relations, paths in brute_force(graph, topic, max_hops, min_hops, forbidden, revisit, False).items():
        tokens = tokens_after_head(encode, spelling.spelling, map(graph.relation_label, relations))
        expected.setdefault(tokens, set()).update(paths)
    automaton = SpelledRelations(RelationAutomaton(graph, max_hops, min_hops, forbidden, revisit), spelling, end)
    check_constraint(automaton, topic, expected, foreign=[0, 2, 5, 10**8, -1])
    check_batch_is_single(automaton, list(range(graph.num_nodes)))


@pytest.mark.parametrize("seed", range(4))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 4)):
        tokenizer = rng.choice([CharTokenizer, PairTokenizer])()
        check_random_graph(rng, tokenizer, tokenizer.encode, END)


def test_language_under_wordpiece() -> None:
    adapted, encode = as_tokenize(toks.minilm()), toks.plain_encode(toks.minilm())
    for i in range(graphs_per_seed(20, 1)):
        check_random_graph(random.Random(i), adapted, encode, 102)


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_language_under_sentencepiece(kind: str) -> None:
    processor = toks.sentencepiece_processor(kind)
    for i in range(graphs_per_seed(20, 1)):
        check_random_graph(random.Random(i), processor, processor.encode, processor.eos_id())


@pytest.mark.shared
@pytest.mark.parametrize(("name", "end"), [("qwen", 151645), ("gpt2", 50256)])
def test_language_under_byte_level_bpe(shared_data: Path, name: str, end: int) -> None:
    tokenizer = toks.from_shared(shared_data, name)
    encode, adapted = toks.plain_encode(tokenizer), as_tokenize(tokenizer)
    for i in range(graphs_per_seed(20, 1)):
        check_random_graph(random.Random(i), adapted, encode, end)


def test_what_does_not_fit_is_refused() -> None:
    graph, other = ToyGraph(["a", "b"], ["r"], [(0, 0, 1)]), ToyGraph(["a", "c"], ["r"], [(0, 0, 1)])
    spelling = RelationSpelling.of(graph, CharTokenizer())
    with pytest.raises(StaleIndex):
        SpelledRelations(RelationAutomaton(other, 1), spelling, END)
    for end in (spelling.tokens[0][0], -1):
        with pytest.raises(BadInput, match="end token"):
            SpelledRelations(RelationAutomaton(graph, 1), spelling, end)
    spelled = SpelledRelations(RelationAutomaton(graph, 2), spelling, END)
    with pytest.raises(ValueError, match="tokens for"):
        spelled.advance(spelled.start([0]), np.zeros(2, np.int32))
    with pytest.raises(UnknownNode):
        spelled.start([2])
