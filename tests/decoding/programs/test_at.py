"""``AT``: what runs it, the checker that shares nothing with it, and two engines agree, however times are stated."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from clew.decoding.programs.certificate import certificate
from clew.kg.errors import BadInput, VerificationFailed
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.proof.program import ProgramProof
from clew.kg.proof.program_checker import verify_program
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_REIFIES, RDF_TYPE, XSD
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Machine, Stack
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import Anchor, Op, Token
from tests.decoding.programs.test_certificate import tampered
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import values_of
from tests.tries.programs.sparql_results import Engines
from tests.tries.programs.test_sparql import expected, same

PLACE = "http://places.example/"
STARTS = ["start", "Valid From", "P580", PLACE + "start-date"]
ENDS = ["until", "validTo", PLACE + "end"]
OTHERS = ["at", "point in time", "note", PLACE + "confidence"]
TIMES = [Literal(text) for text in ("1990", "1991-06", "1991-06-15", " 1992 ", "1990-12-31T23:59:59Z", "-0043")]
TIMES += [Literal("1991", XSD + "gYear"), Literal("1992-01-01+02:00", XSD + "date"), Literal("1991", XSD + "integer")]
TIMES += [Literal("5000000000"), Literal("1991-01-01T00:00:00", XSD + "dateTime")]
UNREADABLE = [Literal("long ago"), Literal("--05", XSD + "gMonth"), Literal("1990-13")]
ASKED = ["1990", "1991", "1991-06", "1991-06-15", "1992", "1991-01-01T00:00:00", "-0044", "5000000001"]


def random_attributes(rng: random.Random) -> list[tuple[str, Literal]]:
    names = rng.choice([[STARTS], [ENDS], [STARTS, ENDS], [STARTS, ENDS], [STARTS, ENDS, STARTS], [OTHERS], []])
    pool = TIMES + UNREADABLE if rng.random() < 0.2 else TIMES
    return [(rng.choice(group), rng.choice(pool)) for group in names for _ in range(rng.choice([1, 1, 2]))]


def dated_graph(rng: random.Random) -> Graph:
    """Towns and rulers: what edges say of time stands beside them, in reifiers of RDF 1.2, or in both."""
    builder = GraphBuilder()
    names = [f"{PLACE}e{i}" for i in range(5)]
    for number in range(12):
        head, relation = rng.choice(names), PLACE + rng.choice("rs")
        tail = rng.choice([*names, Literal("7", XSD + "integer")])
        attributes = random_attributes(rng)
        beside = rng.random()
        builder.edge(head, relation, tail)
        for name, value in attributes if beside < 0.6 else []:
            builder.edge(head, relation, tail, attributes={name: value})
        if attributes and beside > 0.4:
            end = tail.key if isinstance(tail, Literal) else f"<{tail}>"
            reifier = f"{PLACE}claim{number}"
            builder.edge(reifier, RDF_REIFIES, f"<<( <{head}> <{relation}> {end} )>>")
            for name, value in attributes:
                builder.edge(reifier, name, value)
    for name in names[:3]:
        builder.edge(name, RDF_TYPE, PLACE + "town")
    return builder.build("dated")


def random_at(rng: random.Random, graph: Graph) -> tuple[list[Anchor], list[Token]]:
    """Some set, a hop from it, ``AT``, and what may stand behind it."""
    entities = [graph.node(key) for key in rng.sample([f"{PLACE}e{i}" for i in range(5)], 5) if graph.find_node(key)]
    anchors = [Anchor(Op.ENT, (i, i + 1), node=node) for i, node in enumerate(entities[:2])]
    anchors += [Anchor(Op.CLS, (5, 6), node=graph.node(PLACE + "town"))]
    anchors += [Anchor(Op.LIT, (7, 8), literal=Literal(rng.choice(ASKED)))]
    first, second, town, time = range(4) if len(entities) > 1 else (0, 0, 1, 2)
    directed = [
        d for key in "rs" if (r := graph.find_relation(PLACE + key)) is not None for d in (r, r + graph.num_relations)
    ]
    hop = [Token(op, d) for d in directed for op in (Op.HOP, Op.HOP, Op.CLOSE)]
    one, other = Token(Op.ENT, first), Token(Op.ENT, second)
    some = rng.choice([[one], [Token(Op.CLS, town)], [one, other, Token(Op.OR)], [one, rng.choice(hop)]])
    at = [Token(Op.HOP, rng.choice(directed)), Token(Op.LIT, time), Token(Op.AT)]
    return anchors, [*some, *at, *rng.choice([[], [], [Token(Op.COUNT)], [Token(Op.ASK)], [rng.choice(hop)]])]


@pytest.mark.parametrize("seed", range(2))
def test_checker_and_engines_agree(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(graphs_per_seed(100, 2)):
        graph = dated_graph(rng)
        algebra, engines = Algebra(graph, values_of(graph)), Engines(graph)
        for asked in range(12):
            anchors, program = random_at(rng, graph)
            stack: Stack = ()
            for token in program:
                stack = Machine(algebra, tuple(anchors)).step(stack, token)
            proof = certificate(algebra, anchors, program)
            verify_program(graph, proof)
            step = next(step for step in proof.steps if step.op == "AT")
            hop = proof.steps[step.operands[0]]
            seen.update({"some": 0 < step.count < hop.count, "none": step.count == 0, "undated": step.left_out > 0})
            for what, changed in tampered(rng, proof):
                if what != "steps":
                    with pytest.raises(VerificationFailed):
                        verify_program(graph, changed)
                    seen[what] += 1
            query = sparql_of(graph, algebra.values, anchors, program)
            for result in engines.results(query) if asked == 0 else [engines.oxigraph(query)]:
                assert same(result, expected(algebra, stack[-1].value)), (program, query)
    assert min(seen[what] for what in ("some", "none", "undated", "digest", "left_out", "count")) > 20, seen


def town(*reigns: tuple[str, str, str]) -> Graph:
    builder = GraphBuilder()
    for ruler, start, end in reigns:
        builder.edge("town", "ruler", ruler, attributes={"start": Literal(start), "end": Literal(end)})
    return builder.build("town")


def proof_of(graph: Graph, year: str) -> tuple[list[Anchor], list[Token], ProgramProof]:
    anchors = [Anchor(Op.ENT, (0, 1), node=graph.node("town")), Anchor(Op.LIT, (2, 3), literal=Literal(year))]
    program = [Token(Op.ENT, 0), Token(Op.HOP, graph.relation("ruler")), Token(Op.LIT, 1), Token(Op.AT)]
    return anchors, program, certificate(Algebra(graph, values_of(graph)), anchors, program)


def test_a_certificate_about_another_time_or_another_set_is_refused() -> None:
    graph = town(("ida", "1950", "1960"), ("leif", "1961", "1980"))
    _, _, proof = proof_of(graph, "1955")
    verify_program(graph, proof)
    assert proof.keys == ("ida",)
    entity, hop, time, at = proof.steps
    for steps in (
        (entity, hop, replace(time, key='"1970"'), at),
        (entity, hop, replace(time, key='"soon"'), at),
        (entity, hop, replace(time, key=""), at),
        (entity, replace(hop, op="CLOSE"), time, at),
        (entity, hop, time, replace(at, left_out=1)),
        (entity, hop, time, replace(at, operands=(2, 1))),
        (entity, hop, time, replace(at, operands=(0, 2))),
        (entity, time, replace(at, operands=(0, 1))),
    ):
        with pytest.raises(VerificationFailed):
            verify_program(graph, replace(proof, steps=steps))


def test_a_query_carries_so_many_edges_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clew.tries.programs.sparql.MAX_SPARQL_VALUES", 2)
    for size in (2, 3):
        graph = town(*((f"ruler {i}", str(1900 + i), str(1901 + i)) for i in range(size)))
        anchors, program, _ = proof_of(graph, "1901")
        if size == 2:
            query = sparql_of(graph, values_of(graph), anchors, program)
            assert [len(result) for result in Engines(graph).results(query)] == [2, 2]
        else:
            with pytest.raises(BadInput, match="in 3 stretches"):
                sparql_of(graph, values_of(graph), anchors, program)


def test_nodes_without_a_name_have_no_words() -> None:
    graph = town(("_:b1", "1950", "1960"))
    anchors, program, proof = proof_of(graph, "1955")
    verify_program(graph, proof)
    with pytest.raises(BadInput, match="without a name"):
        sparql_of(graph, values_of(graph), anchors, program)
