"""Neighbours counted by the way back of the last hop are those that it came from: what runs it, the checker and two
SPARQL engines agree."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.notation import read_program
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.programs.wording import program_in_words
from clew.kg.errors import VerificationFailed
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.proof.program_checker import verify_program
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.machine import Machine, Stack
from clew.tries.programs.sets import NodeSet
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import Anchor, Op, Token
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.sparql_results import Engines
from tests.tries.programs.test_sparql import expected, same

_NOTHING: Stack = ()


@pytest.fixture(scope="module")
def kites() -> Graph:
    """Bo made three kites, one of them red; Ida two, both red; Una one red one."""
    builder = GraphBuilder()
    made = {"Bo": ["red", "blue", "blue"], "Ida": ["red", "red"], "Una": ["red"]}
    for maker, colours in made.items():
        builder.edge(maker, RDF_TYPE, "person")
        builder.edge(maker, "born", Literal(str(1980 + len(maker)), XSD + "gYear"))
        for i, colour in enumerate(colours):
            builder.edge(f"{maker} kite {i}", "maker", maker)
            builder.edge(f"{maker} kite {i}", "colour", colour)
            builder.edge(f"{maker} kite {i}", RDF_TYPE, "kite")
    return builder.build("kites")


def ended(algebra: Algebra, anchors: tuple[Anchor, ...], tokens: tuple[Token, ...]) -> object:
    machine, stack = Machine(algebra, anchors), _NOTHING
    for token in tokens:
        stack = machine.step(stack, token)
    (top,) = stack
    return top.value


@pytest.mark.parametrize(
    ("program", "found"),
    [
        ("CLS kite HOP maker ARG #^maker max", {"Bo"}),
        ("ENT red HOP ^colour HOP maker ARG #^maker max", {"Ida"}),
        ("ENT red HOP ^colour HOP maker LIT 2 CMP #^maker >=", {"Ida"}),
        ("ENT blue HOP ^colour HOP maker LIT 2 CMP #^maker >=", {"Bo"}),
        ("ENT red HOP ^colour HOP maker LIT 1981 CMP born > ARG #^maker max", {"Ida"}),
        ("ENT red HOP ^colour HOP maker LIT 2 ARG #^maker max", {"Ida", "Bo", "Una"}),
        ("ENT red HOP ^colour HOP maker TYPE person ARG #^maker min", {"Bo", "Una"}),
        ("CLS person ARG #^maker max", {"Bo"}),
        ('ENT "Bo kite 1" HOP maker LIT 2 CMP #^maker >', {"Bo"}),
        ('ENT "Ida kite 1" ENT "Una kite 0" OR HOP maker ARG #^maker max', {"Ida"}),
    ],
)
def test_those_count_that_the_hop_came_from(kites: Graph, program: str, found: set[str]) -> None:
    names = UniqueNames(kites, EntityLinker.build(kites))
    read = read_program(names, program)
    algebra = Algebra(kites, values_of(kites))
    value = ended(algebra, read.anchors, read.tokens)
    assert isinstance(value, NodeSet)
    assert {kites.label(node) for node in value.nodes.tolist()} == found
    proof = certificate(algebra, read.anchors, read.tokens)
    verify_program(kites, proof)
    among = program_in_words(kites, read.anchors, read.tokens).count("among these")
    assert among == sum(step.within for step in proof.steps)
    query = sparql_of(kites, algebra.values, read.anchors, read.tokens)
    for rows in Engines(kites).results(query):
        assert same(rows, expected(algebra, value))
    counting = [i for i, step in enumerate(proof.steps) if "#" in step.op]
    for at in counting:
        steps = [*proof.steps]
        steps[at] = replace(steps[at], within=not steps[at].within)
        with pytest.raises(VerificationFailed, match="among what it counts"):
            verify_program(kites, replace(proof, steps=tuple(steps)))


def counting_program(
    rng: random.Random, automaton: ProgramAutomaton, root: int
) -> tuple[tuple[Token, ...], object] | None:
    """A walk that counts neighbours by the way back of its last hop, where it may."""
    size, states = automaton.vocabulary.num_relations, automaton.start([root])
    hop = -1
    while True:
        numbers = automaton.allowed(states).token_ids.tolist()
        if not numbers:
            return None
        tokens = [automaton.vocabulary[number] for number in numbers]
        hops = [token for token in tokens if token.op is Op.HOP]
        back = [t for t in tokens if t.op in (Op.DEGREE, Op.DEGREE_CMP) and hop >= 0 and abs(t.argument - hop) == size]
        back = [token for token in back if token.op is Op.DEGREE] or back
        literals = [token for token in tokens if token.op is Op.LIT]
        some = next((part for part in (back, hops, literals) if part and rng.random() < 0.7), tokens)
        token = rng.choice(some)
        number = numbers[tokens.index(token)]
        if number == automaton.end_token:
            return automaton.program(states, 0), automaton.result(states, 0).value
        hop = token.argument if token.op is Op.HOP else hop
        states = automaton.advance(states, np.array([number], np.int32))


@pytest.mark.parametrize("seed", range(2))
def test_checker_and_engines_agree(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(graphs_per_seed(60, 2)):
        graph = random_graph(rng)
        anchors, algebra, engines = random_anchors(rng, graph), Algebra(graph, values_of(graph)), Engines(graph)
        automaton = ProgramAutomaton(algebra, anchors, ProgramBounds(tokens=7, empty=rng.random() < 0.5))
        for _ in range(12):
            root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
            found = counting_program(rng, automaton, root)
            if found is None:
                continue
            program, value = found
            proof = certificate(algebra, anchors, program)
            within = [step.op for step in proof.steps if step.within]
            if not within:
                continue
            seen.update(within)
            verify_program(graph, proof)
            query = sparql_of(graph, algebra.values, anchors, program)
            for result in engines.results(query) if seen["all"] % 4 == 0 else [engines.oxigraph(query)]:
                assert same(result, expected(algebra, value)), (program, query)
            seen["all"] += 1
    assert min(seen["ARG #"], seen["CMP #"]) > 2, seen
