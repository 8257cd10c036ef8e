"""Programs: cost of a step of the automaton; whether engines agree with programs; whether changed proofs are accepted.

    python -m benchmarks.programs [--quick] [--json]

A step is what a decoding loop does between two forwards: one token taken, and the tokens allowed after it. Steps are
those of random walks through what is allowed, on a power-law graph with classes and numbers; figures are medians in
microseconds, on one thread. ``size6_vs_size2`` is the cost of the sixth step over that of the second.
"""

from __future__ import annotations

import random
import statistics
import time
from collections import defaultdict
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyoxigraph as ox

from benchmarks.harness import Bars, Results, bar, main
from clew.decoding.programs.certificate import certificate
from clew.kg.errors import VerificationFailed
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.export import quads, term_of
from clew.kg.graph.graph import Graph
from clew.kg.proof.program import ProgramProof
from clew.kg.proof.program_checker import verify_program
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.tries.columns.columns import ValueColumns
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import Anchor, Op, Token
from clew.tries.programs.values import AttributeValues

NODES = {True: 20_000, False: 1_000_000}
SMALL = 60
WALKS = {True: 100, False: 1_000}
PROGRAMS = {True: 200, False: 2_000}
RELATIONS, CLASSES, ATTRIBUTES = 20, 8, 4
SIZES = range(2, 7)
Kept = tuple[Graph, AttributeValues, list[Anchor]]


def run(quick: bool) -> tuple[Results, Bars]:
    """Measure; see the module."""
    rng = random.Random(0)
    graph = typed_graph(NODES[quick], rng)
    values = AttributeValues(ValueColumns.of(graph))
    steps = step_costs(graph, values, WALKS[quick], rng)
    medians = {size: statistics.median(steps[size]) for size in SIZES}
    programs = small_programs(PROGRAMS[quick], rng)
    differ, (accepted, changed) = sum(map(differs, programs)), tampered(programs)
    results: Results = {
        "nodes": graph.num_nodes, "edges": graph.num_edges, "step_us_by_size": medians,
        "programs_compared": len(programs), "certificates_changed": changed,
    }  # fmt: skip
    return results, [
        bar("step_us", statistics.median([us for size in SIZES for us in steps[size]])),
        bar("size6_vs_size2", medians[6] / medians[2]),
        bar("differential_failures", differ),
        bar("tampered_accepted", accepted),
    ]


def typed_graph(nodes: int, rng: random.Random) -> Graph:
    """A graph whose heads follow a power law, with a class and some numbers and years for each node."""
    builder = GraphBuilder()
    for node in range(nodes):
        for _ in range(5):
            builder.edge(
                f"n{int(nodes * rng.random() ** 3)}", f"r{rng.randrange(RELATIONS)}", f"n{rng.randrange(nodes)}"
            )
        builder.edge(f"n{node}", RDF_TYPE, f"c{rng.randrange(CLASSES)}")
        attribute = rng.randrange(ATTRIBUTES)
        year = attribute % 2
        text = str(rng.randrange(1900, 2020)) if year else str(rng.randrange(1000))
        builder.edge(f"n{node}", f"a{attribute}", Literal(text, XSD + ("gYear" if year else "integer")))
    return builder.build("typed")


def anchors_of(graph: Graph, rng: random.Random) -> list[Anchor]:
    """Two entities, two classes, a number and a year."""
    entities = [graph.node(f"n{i}") for i in rng.sample(range(SMALL), 2)]
    classes = [graph.node(f"c{i}") for i in rng.sample(range(CLASSES), 2)]
    found = [Anchor(Op.ENT, (i, i + 1), node) for i, node in enumerate(entities)]
    found += [Anchor(Op.CLS, (2 + i, 3 + i), node) for i, node in enumerate(classes)]
    return [*found, Anchor(Op.LIT, (4, 5), literal=Literal("500")), Anchor(Op.LIT, (5, 6), literal=Literal("1960"))]


def step_costs(graph: Graph, values: AttributeValues, walks: int, rng: random.Random) -> dict[int, list[float]]:
    """Microseconds of steps of random walks, by how many tokens the program has after it. The first walk compiles."""
    taken: dict[int, list[float]] = defaultdict(list)
    for walk in range(walks + 1):
        automaton = ProgramAutomaton(Algebra(graph, values), anchors_of(graph, rng))
        states, size = automaton.start([rng.randrange(2)]), 1
        allowed = automaton.allowed(states)
        while (token := choice(automaton, allowed.token_ids.tolist(), rng)) is not None:
            begin = time.perf_counter()
            states, allowed = automaton.advance_allowed(states, np.array([token], np.int32))
            size += 1
            if walk:
                taken[size].append((time.perf_counter() - begin) * 1e6)
    return taken


def choice(automaton: ProgramAutomaton, tokens: list[int], rng: random.Random) -> int | None:
    """A token other than the end, of an operator chosen first; None where there is none."""
    by_operator: dict[Op, list[int]] = defaultdict(list)
    for token in tokens:
        by_operator[automaton.vocabulary[token].op].append(token)
    by_operator.pop(Op.STOP, None)
    return rng.choice(by_operator[rng.choice(sorted(by_operator))]) if by_operator else None


def small_programs(count: int, rng: random.Random) -> list[tuple[Kept, tuple[Token, ...]]]:
    """Random whole programs over small graphs."""
    found: list[tuple[Kept, tuple[Token, ...]]] = []
    while len(found) < count:
        graph = typed_graph(SMALL, rng)
        values, anchors = AttributeValues(ValueColumns.of(graph)), anchors_of(graph, rng)
        automaton = ProgramAutomaton(Algebra(graph, values), anchors, ProgramBounds(tokens=6, operand_values=True))
        for _ in range(20):
            states = automaton.start([rng.randrange(4)])
            while rng.random() < 0.85:
                token = choice(automaton, automaton.allowed(states).token_ids.tolist(), rng)
                if token is None:
                    break
                states = automaton.advance(states, np.array([token], np.int32))
            if automaton.end_token in automaton.allowed(states).token_ids:
                found.append(((graph, values, anchors), automaton.program(states, 0)))
    return found[:count]


def differs(case: tuple[Kept, tuple[Token, ...]]) -> bool:
    """Whether pyoxigraph gives another set, number or truth value; tables are compared in the tests."""
    (graph, values, anchors), program = case
    proof = certificate(Algebra(graph, values), anchors, program)
    store = ox.Store()
    store.extend(quads(graph))
    found = store.query(sparql_of(graph, values, anchors, program))
    if isinstance(found, ox.QueryBoolean):
        return bool(found) is not proof.truth
    rows = list(found)
    if proof.number:
        return abs(float(rows[0][0].value) - float(Fraction(proof.number))) > 1e-6
    return bool(proof.keys) and {str(row[0]) for row in rows} != set(map(term_of, proof.keys))


def tampered(programs: list[tuple[Kept, tuple[Token, ...]]]) -> tuple[int, int]:
    """How many certificates are accepted with something changed, and how many were tried."""
    accepted = tried = 0
    for (graph, values, anchors), program in programs:
        proof = certificate(Algebra(graph, values), anchors, program)
        verify_program(graph, proof)
        for changed in changes(proof):
            tried += 1
            try:
                verify_program(graph, changed)
                accepted += 1
            except VerificationFailed:
                pass
    return accepted, tried


def changes(proof: ProgramProof) -> list[ProgramProof]:
    """A certificate with its value changed, and with a member more or another digest in each of its steps."""
    found = [replace(proof, steps=proof.steps[:-1]), replace(proof, keys=(*proof.keys, "nobody"))]
    found += [replace(proof, number=proof.number + "0")] if proof.number not in ("", "0") else []
    found += [replace(proof, truth=not proof.truth)] if proof.truth is not None else []
    found += [replace(proof, rows=proof.rows[1:])] if proof.rows else []
    for at, step in enumerate(proof.steps):
        for other in (replace(step, count=step.count + 1), replace(step, digest="0" * 32)) if step.digest else ():
            found.append(replace(proof, steps=(*proof.steps[:at], other, *proof.steps[at + 1 :])))
    return found


if __name__ == "__main__":
    main(run)
