"""The program automaton obeys the laws of the Constraint port, against brute force over random typed graphs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest

from clew.kg.graph.graph import Graph
from clew.tries.constraint import SpelledPath
from clew.tries.laws.constraint import check_constraint
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.tokens import Anchor, Op, Token
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.slow_programs import SlowPrograms

ALWAYS = {Op.ENT, Op.CLS, Op.LIT, Op.HOP, Op.STOP}
LIMIT = 120
"""Prefixes that brute force looks at: a case with more is tried with fewer operators, then with fewer tokens."""


def random_bounds(rng: random.Random, num_relations: int, tokens: int) -> ProgramBounds:
    directed = range(2 * num_relations)
    operators = frozenset(ALWAYS | {op for op in Op if rng.random() < 0.5})
    return ProgramBounds(
        tokens=tokens,
        hops=rng.randint(1, 3),
        anchors=rng.randint(1, 3),
        depth=rng.randint(1, 3),
        operators=operators,
        forbidden=frozenset(d for d in directed if rng.random() < 0.1),
        transitive=frozenset(d for d in directed if rng.random() < 0.2),
        no_op=rng.random() < 0.7,
        empty=rng.random() < 0.4,
        absent=rng.random() < 0.2,
    )


def smaller(bounds: ProgramBounds, rng: random.Random) -> ProgramBounds:
    more = sorted(bounds.operators - ALWAYS)
    if not more:
        return replace(bounds, tokens=bounds.tokens - 1)
    return replace(bounds, operators=bounds.operators - set(rng.sample(more, (len(more) + 1) // 2)))


@dataclass(frozen=True)
class Case:
    """A graph, anchors, bounds and a root, with the language by brute force."""

    graph: Graph
    anchors: list[Anchor]
    bounds: ProgramBounds
    root: int
    language: Mapping[tuple[Token, ...], object]

    @classmethod
    def random(cls, rng: random.Random) -> Case:
        graph = random_graph(rng)
        anchors = random_anchors(rng, graph)
        root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
        bounds, language = random_bounds(rng, graph.num_relations, 6), None
        while language is None:
            language = SlowPrograms(graph, anchors, bounds).language(root, LIMIT)
            bounds = bounds if language is not None else smaller(bounds, rng)
        return cls(graph, anchors, bounds, root, language)

    def automaton(self) -> ProgramAutomaton:
        return ProgramAutomaton(Algebra(self.graph, values_of(self.graph)), self.anchors, self.bounds)


@pytest.mark.parametrize("seed", range(10))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    longest = 0
    for _ in range(graphs_per_seed(1_500, 10)):
        case = Case.random(rng)
        automaton = case.automaton()
        strings = [tuple(automaton.vocabulary.number(token) for token in tokens[1:]) for tokens in case.language]
        language = {string: {SpelledPath((case.root,), string)} for string in strings}
        if language:
            check_constraint(automaton, case.root, language, foreign=[-1, len(automaton.vocabulary), 10**6])
            longest = max(longest, *map(len, language))
        else:
            assert not len(automaton.allowed(automaton.start([case.root])).token_ids)
    assert longest == 5  # and the root's own


@pytest.mark.parametrize("seed", range(4))
def test_results_are_brute_force(seed: int) -> None:
    """What a program leaves is what plain Python makes of it."""
    rng = random.Random(seed)
    seen = Counter()
    for _ in range(graphs_per_seed(160, 4)):
        case = Case.random(rng)
        automaton = case.automaton()
        for tokens, expected in case.language.items():
            states = automaton.start([case.root])
            for token in tokens[1:]:
                states = automaton.advance(states, np.array([automaton.vocabulary.number(token)], np.int32))
            value = automaton.result(states, 0).value
            assert automaton.program(states, 0) == tokens
            assert plain(value) == expected or isinstance(value, Table), tokens
            seen[type(value)] += 1
    assert min(seen[kind] for kind in (NodeSet, Number, Truth, Table)) > 10


def plain(value: object) -> object:
    if isinstance(value, NodeSet):
        return frozenset(value.nodes.tolist())
    return value.value if isinstance(value, Number | Truth) else value
