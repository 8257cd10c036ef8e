"""Each program's SPARQL query gives, by pyoxigraph and by rdflib, what the program gives."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from fractions import Fraction
from itertools import product

import numpy as np
import pytest

from clew.kg.graph.export import term_of
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import SUMMED, Op, Token
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.sparql_results import Engines, term


def random_program(
    rng: random.Random, automaton: ProgramAutomaton, root: int
) -> tuple[tuple[Token, ...], object] | None:
    """A walk through what is allowed; each operator is as likely as any other (totals of
    values as one), an early end less so."""
    states = automaton.start([root])
    while True:
        by_operator = defaultdict(list)
        for number in automaton.allowed(states).token_ids.tolist():
            op = automaton.vocabulary[number].op
            by_operator[Op.SUM if op in SUMMED else op].append(number)
        if not by_operator:
            return None
        if len(by_operator) > 1 and rng.random() < 0.7:
            by_operator.pop(Op.STOP, None)
        token = rng.choice(by_operator[rng.choice(sorted(by_operator))])
        if token == automaton.end_token:
            return automaton.program(states, 0), automaton.result(states, 0).value
        states = automaton.advance(states, np.array([token], np.int32))


@pytest.mark.parametrize("seed", range(4))
def test_engines_agree(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[Op] = Counter()
    asked = 0
    for _ in range(graphs_per_seed(200, 4)):
        graph = random_graph(rng)
        anchors, values, engines = random_anchors(rng, graph), values_of(graph), Engines(graph)
        every = frozenset(range(2 * graph.num_relations))
        empty, absent = rng.random() < 0.3, rng.random() < 0.3
        bounds = ProgramBounds(tokens=7, transitive=every, empty=empty, absent=absent, operand_values=True)
        algebra = Algebra(graph, values)
        automaton = ProgramAutomaton(algebra, anchors, bounds)
        for _ in range(10):
            root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
            if (found := random_program(rng, automaton, root)) is None:
                continue
            program, value = found
            query = sparql_of(graph, values, anchors, program)
            seen.update({token.op for token in program})
            asked += 1  # rdflib takes ten times as long
            for result in engines.results(query) if asked % 4 == 0 else [engines.oxigraph(query)]:
                assert same(result, expected(algebra, value)), (program, query)
    assert {op for op in Op if not seen[op]} <= {Op.STOP, Op.ASK_CMP, Op.AT}


def expected(algebra: Algebra, value: object) -> object:
    key = algebra.graph.key
    if isinstance(value, NodeSet):
        return {(term(term_of(key(node))),) for node in value.nodes.tolist()}
    if isinstance(value, Table) and value.grouped >= 0:
        return {(term(term_of(key(node))), *map(number_of, numbers)) for node, numbers in algebra.groups(value)}
    if isinstance(value, Table) and value.totals:
        return {tuple(map(number_of, algebra.totals(value)))}
    if isinstance(value, Table):
        rows = (
            (node, *cells)
            for node, reached in algebra.columns(value)
            for cells in product(*([Fraction(r)] if isinstance(r, int) else r or [None] for r in reached))
        )
        return {tuple(term(term_of(key(c))) if type(c) is int else c for c in row) for row in rows}
    assert isinstance(value, Number | Truth)
    return value.value if isinstance(value, Truth) else {(value.value,)}


def number_of(cell: Number | None) -> object:
    return None if cell is None else cell.value


def same(found: object, wanted: object) -> bool:
    """Averages are rounded by the engines."""
    if isinstance(found, set) and isinstance(wanted, set):
        return {tuple(map(rounded, row)) for row in found} == {tuple(map(rounded, row)) for row in wanted}
    return found == wanted


def rounded(cell: object) -> object:
    return round(float(cell), 9) if isinstance(cell, Fraction) else cell
