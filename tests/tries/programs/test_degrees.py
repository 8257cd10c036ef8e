"""Numbers of neighbours: many at once are those of each alone; a set that was cut may be filtered by them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from clew.kg import time_limit
from clew.kg.graph.builder import GraphBuilder
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE
from clew.tries.programs import degrees
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.tokens import COMPARISONS, Anchor, Op, Token
from tests.tries.programs.graphs import random_graph, values_of


@pytest.mark.parametrize("edges", [1, 7, 1 << 22])
def test_counts_at_once_are_the_counts_of_each(edges: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(degrees, "MAX_EDGES_PER_LOOK", edges)
    rng = random.Random(edges)
    counted = 0
    for _ in range(50):
        graph = random_graph(rng)
        algebra = Algebra(graph, values_of(graph))
        some = algebra.hop(algebra.entity(rng.randrange(graph.num_entities)), rng.randrange(2 * graph.num_relations))
        for number in (0, 1, 2, 10**17):
            table = algebra.degree_comparisons(some, number)
            assert table.shape == (2 * graph.num_relations, len(COMPARISONS))
            for directed, column in np.ndindex(table.shape):
                left = algebra.degree_compared(some, directed, COMPARISONS[column], number)
                assert len(left) == table[directed, column]
                counted += len(left)
    assert counted > 500


def test_a_set_that_was_cut_may_be_filtered_but_not_denied() -> None:
    builder = GraphBuilder()
    for name, films in (("ann", 1), ("bea", 2), ("cleo", 3)):
        builder.edge(name, RDF_TYPE, "director")
        for film in range(films):
            builder.edge(name, "directed", f"{name}'s film {film}")
    graph = builder.build("films")
    anchors = [Anchor(Op.CLS, (0, 1), node=graph.node("director"))]
    anchors += [Anchor(Op.LIT, (i, i + 1), literal=Literal(str(i))) for i in (1, 5)]
    directed = graph.relation("directed")
    automaton = ProgramAutomaton(Algebra(graph, values_of(graph), bound=2), anchors, ProgramBounds(empty=True))
    tokens = automaton.vocabulary

    def allowed(*program: Token) -> set[Token]:
        states = automaton.start([0])
        for token in program:
            states = automaton.advance(states, np.array([tokens.number(token)], np.int32))
        return {tokens[number] for number in automaton.allowed(states).token_ids.tolist()}

    more = Token(Op.DEGREE_CMP, directed, ">")
    assert more in allowed(Token(Op.LIT, 1))
    assert more not in allowed(Token(Op.LIT, 2))  # of those that are missing some may have more than 5
    assert Token(Op.STOP) in allowed(Token(Op.LIT, 1), more)
    assert Token(Op.COUNT) not in allowed(Token(Op.LIT, 1), more)


def test_the_time_limit_holds() -> None:
    graph = random_graph(random.Random(0))
    algebra = Algebra(graph, values_of(graph))
    with time_limit.limited(lambda: True), pytest.raises(time_limit.OutOfTime):
        algebra.degree_comparisons(algebra.entity(0), 1)
