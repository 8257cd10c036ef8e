"""The program automaton obeys the laws of the Constraint port, against brute force over random typed graphs."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

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
from tests.tries.programs.graphs import TIMES, random_anchors, random_graph, values_of
from tests.tries.programs.slow_programs import BINARY, SlowPrograms

ALWAYS = {Op.ENT, Op.CLS, Op.LIT, Op.HOP, Op.STOP}
LIMIT = 100
"""Prefixes that brute force looks at: a case with more is tried with fewer operators, or with shorter programs."""


def random_bounds(rng: random.Random, num_relations: int, tokens: int, kept: Op) -> ProgramBounds:
    """Bounds within which ``kept`` may be used."""
    directed, least, share = range(2 * num_relations), 2 if kept in BINARY else 1, rng.choice([0.2, 0.35, 0.5])
    operators = frozenset(ALWAYS | {kept} | {op for op in Op if rng.random() < share})
    return ProgramBounds(
        tokens=tokens,
        hops=rng.randint(least, 3),
        anchors=rng.randint(least, 3),
        depth=rng.randint(least, 3),
        operators=operators,
        forbidden=frozenset(d for d in directed if rng.random() < 0.1),
        transitive=frozenset(d for d in directed if rng.random() < 0.2),
        no_op=rng.random() < 0.7,
        empty=rng.random() < 0.4,
        absent=rng.random() < 0.2,
        operand_values=rng.random() < 0.5,
    )


def suits(anchors: list[Anchor], kept: Op) -> bool:
    """Whether an operator has the anchors that it needs."""
    among = Counter(anchor.op for anchor in anchors)
    if kept in BINARY:
        return len(anchors) - among[Op.LIT] > 1
    if kept is Op.AT:
        return any(anchor.literal in TIMES for anchor in anchors)
    if kept in (Op.CMP, Op.DEGREE_CMP):
        return among[Op.LIT] > 0
    return kept is not Op.TYPE or among[Op.CLS] > 0


def fewer(bounds: ProgramBounds, rng: random.Random, kept: Op) -> ProgramBounds:
    """Bounds with fewer operators, but ``kept``."""
    more = sorted(bounds.operators - ALWAYS - {kept})
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
        """A case in which one operator is not crowded out by the others."""
        kept, graph = rng.choice(sorted(set(Op) - ALWAYS)), random_graph(rng)
        while not suits(anchors := random_anchors(rng, graph), kept):
            pass
        root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
        programs = SlowPrograms(graph, anchors, random_bounds(rng, graph.num_relations, 6, kept))
        language, tokens = programs.language(root, LIMIT)
        while tokens < (5 if kept in BINARY else 4) and programs.bounds.operators > ALWAYS | {kept}:
            programs.within(fewer(programs.bounds, rng, kept))
            language, tokens = programs.language(root, LIMIT)
        return cls(graph, anchors, replace(programs.bounds, tokens=tokens), root, language)

    @classmethod
    def comparing(cls, rng: random.Random) -> Case:
        """A case in which values are compared with those of another operand, and little else is done."""
        graph, few = random_graph(rng), [Op.AND, Op.OR, Op.NOT, Op.ARG, Op.TYPE, Op.COUNT, Op.ASK_CMP]
        while not suits(anchors := random_anchors(rng, graph), Op.OR):
            pass
        root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
        bounds = random_bounds(rng, graph.num_relations, 6, Op.OR)
        operators = frozenset(ALWAYS | {Op.CMP} | {op for op in (Op.AVG, Op.SUM) if rng.random() < 0.4})
        bounds = replace(bounds, operators=operators | set(rng.sample(few, 1)), operand_values=True)
        programs = SlowPrograms(graph, anchors, bounds)
        language, tokens = programs.language(root, LIMIT)
        return cls(graph, anchors, replace(bounds, tokens=tokens), root, language)

    def automaton(self) -> ProgramAutomaton:
        return ProgramAutomaton(Algebra(self.graph, values_of(self.graph)), self.anchors, self.bounds)


@pytest.mark.parametrize("seed", range(10))
def test_language_is_brute_force(seed: int) -> None:
    rng = random.Random(seed)
    longest, spelled = 0, set()
    for _ in range(graphs_per_seed(2_000, 10)):
        case = Case.random(rng)
        automaton = case.automaton()
        strings = [tuple(automaton.vocabulary.number(token) for token in tokens[1:]) for tokens in case.language]
        language = {string: {SpelledPath((case.root,), string)} for string in strings}
        if language:
            check_constraint(automaton, case.root, language, foreign=[-1, len(automaton.vocabulary), 10**6])
            longest = max(longest, *map(len, language))
            spelled |= {token.op for tokens in case.language for token in tokens}
        else:
            assert not len(automaton.allowed(automaton.start([case.root])).token_ids)
    assert longest == 5  # and the root's own
    assert spelled >= set(Op) - {Op.STOP, Op.AND, Op.AT, Op.ASK_CMP}  # which not every seed spells


@pytest.mark.parametrize("seed", range(4))
def test_comparisons_with_operands_are_brute_force(seed: int) -> None:
    """The language, and what each of its programs leaves."""
    rng = random.Random(100 + seed)
    compared = Counter()
    for _ in range(graphs_per_seed(2_000, 4)):
        case = Case.comparing(rng)
        automaton = case.automaton()
        language = {}
        for tokens, expected in case.language.items():
            string = tuple(automaton.vocabulary.number(token) for token in tokens[1:])
            language[string] = {SpelledPath((case.root,), string)}
            behind = {one.op for one, other in pairwise(tokens) if other.op is Op.CMP}
            compared.update(behind)
            if behind & {Op.HOP, Op.AVG, Op.SUM}:
                assert plain(result_of(automaton, case.root, tokens)) == expected, tokens
        if language:
            check_constraint(automaton, case.root, language, foreign=[-1, len(automaton.vocabulary), 10**6])
    assert min(compared[op] for op in (Op.HOP, Op.AVG, Op.SUM)) > 20, compared


def result_of(automaton: ProgramAutomaton, root: int, tokens: Sequence[Token]) -> object:
    """What a program leaves."""
    states = automaton.start([root])
    for token in tokens[1:]:
        states = automaton.advance(states, np.array([automaton.vocabulary.number(token)], np.int32))
    assert automaton.program(states, 0) == tuple(tokens)
    return automaton.result(states, 0).value


@pytest.mark.parametrize("seed", range(4))
def test_results_are_brute_force(seed: int) -> None:
    """What a program leaves is what plain Python makes of it."""
    rng = random.Random(seed)
    seen = Counter()
    for _ in range(graphs_per_seed(160, 4)):
        case = Case.random(rng)
        automaton = case.automaton()
        for tokens, expected in case.language.items():
            value = result_of(automaton, case.root, tokens)
            assert plain(value) == expected or isinstance(value, Table), tokens
            seen[type(value)] += 1
    assert min(seen[kind] for kind in (NodeSet, Number, Truth, Table)) > 10


def plain(value: object) -> object:
    if isinstance(value, NodeSet):
        return frozenset(value.nodes.tolist())
    return value.value if isinstance(value, Number | Truth) else value
