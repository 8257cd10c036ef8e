"""Well-formed chains: the language is brute force's, and every triple grows from what is named before it."""

from __future__ import annotations

import itertools
import random

import numpy as np
import pytest

from clew.kg.errors import BadInput
from clew.tries.constraint import SpelledPath
from clew.tries.laws.constraint import check_batch_is_single, check_fails_closed, enumerate_language
from clew.tries.reference.chain_automaton import ChainAutomaton, Marks, Triple
from clew.tries.tokens.token_index import TokenIndex
from tests.laws.amount import graphs_per_seed
from tests.tries.tokenizers import CharTokenizer
from tests.tries.toy import ToyGraph, random_graph

LINE, END = 5, 3
MARKS = Marks(((6,), (7, 8)), LINE, END)


def chains_of(graph: ToyGraph, opened: set[int], most: int) -> list[tuple[Triple, ...]]:
    """Every well-formed chain of 1 to ``most`` triples, by definition."""
    found: list[tuple[Triple, ...]] = []
    level: list[tuple[Triple, ...]] = [()]
    for _ in range(most):
        longer = []
        for chain in level:
            nodes = opened | {node for h, _, t in chain for node in (h, t)}
            longer += [(*chain, (h, r, t)) for h in nodes for r, t in graph.steps(h)]
        found += longer
        level = longer
    return found


def spell(graph: ToyGraph, chain: tuple[Triple, ...]) -> tuple[int, ...]:
    tokens: list[int] = []
    for number, (h, r, t) in zip(MARKS.numbers, chain, strict=False):
        text = "".join(f" -> {label}".rstrip() for label in (graph.label(h), graph.relation_label(r), graph.label(t)))
        tokens += [*number, *CharTokenizer.encode(text), LINE]
    return tuple(tokens)


@pytest.mark.parametrize("seed", range(4))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(graphs_per_seed(2_000, 4)):
        graph = random_graph(rng, nodes=rng.choice([2, 3, 3]), relations=1)
        check_chains(graph, rng)


def check_chains(graph: ToyGraph, rng: random.Random) -> None:
    index = TokenIndex.build(graph, CharTokenizer())
    head, also = rng.randrange(graph.num_nodes), rng.sample(range(graph.num_nodes), rng.randint(0, 1))
    least, most = rng.choice([(1, 1), (1, 2), (2, 2)])
    if graph.num_edges > 3:  # chains of two triples over many edges take long to write out
        most = least = 1
    automaton = ChainAutomaton(index, MARKS, most, least, also)
    expected: dict[tuple[int, ...], set[tuple[Triple, ...]]] = {}
    for chain in chains_of(graph, {head, *also}, most):
        if len(chain) >= least:
            expected.setdefault(spell(graph, chain), set()).add(chain)
    paths = {
        string: {SpelledPath((h, t), (r,)) for chain in chains for h, r, t in chain}
        for string, chains in expected.items()
    }
    assert enumerate_language(automaton, head) == paths
    check_fails_closed(automaton, head, dict(itertools.islice(paths.items(), 3)), foreign=[0, 9], most=6)
    check_batch_is_single(automaton, list(range(graph.num_nodes)), steps=3, width=4)
    for string, chains in itertools.islice(expected.items(), 3):
        states = automaton.start([head])
        for token in (*string, END):
            states = automaton.advance(states, np.array([token], np.int32))
        assert automaton.chains(states)[0] == sorted(chains)


def test_a_chain_branches_and_free_text_lies_only_between_triples() -> None:
    graph = ToyGraph(["film", "ann", "bob"], ["by", "with"], [(0, 0, 1), (0, 1, 2)])
    index = TokenIndex.build(graph, CharTokenizer(), inverse=False)
    automaton = ChainAutomaton(index, MARKS, 2, 2, free=[30, 40, LINE, END, 6, 7], max_free=2)
    one, two = ((0, 0, 1),), ((0, 0, 1), (0, 1, 2))
    states = automaton.start([0])
    assert automaton.allowed(states).token_ids.tolist() == [6]
    for token in spell(graph, one):
        assert 30 not in automaton.allowed(states).token_ids
        states = automaton.advance(states, np.array([token], np.int32))
    for _ in range(2):
        assert automaton.allowed(states).token_ids.tolist() == [LINE, 7, 30, 40]
        states = automaton.advance(states, np.array([30], np.int32))
    assert automaton.allowed(states).token_ids.tolist() == [7]
    for token in (*spell(graph, two)[len(spell(graph, one)) :], END):
        states = automaton.advance(states, np.array([token], np.int32))
    assert automaton.chains(states) == [[two]]


def test_marks_that_cannot_be_told_apart_are_refused() -> None:
    index = TokenIndex.build(ToyGraph(["a"], ["r"], []), CharTokenizer())
    for marks, most in (
        (MARKS, 3),
        (Marks(((END,),), LINE, END), 1),
        (Marks(((6,),), END, END), 1),
        (Marks(((),), 5, 3), 1),
    ):
        with pytest.raises(BadInput):
            ChainAutomaton(index, marks, most)
