"""``CMP`` with the value of another operand: what runs it, the checker and two engines agree; what is no single value
of the same dimension is not compared."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from clew.decoding.programs.certificate import certificate
from clew.decoding.programs.execution import execute, next_tokens
from clew.decoding.programs.notation import read_program, written
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.programs.wording import program_in_words
from clew.kg.errors import BadInput, VerificationFailed
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.proof.program_checker import verify_program
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.automaton import ProgramAutomaton
from clew.tries.programs.grammar import ProgramBounds
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import COMPARISONS, Op, Token
from tests.decoding.programs.test_certificate import tampered
from tests.laws.amount import graphs_per_seed
from tests.tries.programs.graphs import random_anchors, random_graph, values_of
from tests.tries.programs.sparql_results import Engines
from tests.tries.programs.test_sparql import expected, same

VALUED = (Op.HOP, Op.AVG, Op.SUM)


def comparing_program(
    rng: random.Random, automaton: ProgramAutomaton, root: int
) -> tuple[tuple[Token, ...], object] | None:
    """A walk that begins second operands, and compares with their values, where it may."""
    states = automaton.start([root])
    while True:
        by_operator = defaultdict(list)
        for number in automaton.allowed(states).token_ids.tolist():
            by_operator[automaton.vocabulary[number].op].append(number)
        top = automaton.result(states, 0)
        favoured = {Op.CMP} if not top.is_literal else set()
        favoured |= {Op.ENT, Op.CLS} if Op.COUNT in by_operator else {*VALUED}
        wanted = sorted(favoured & set(by_operator)) if rng.random() < 0.8 else []
        if not by_operator:
            return None
        token = rng.choice(by_operator[rng.choice(wanted or sorted(by_operator))])
        if token == automaton.end_token:
            return automaton.program(states, 0), automaton.result(states, 0).value
        states = automaton.advance(states, np.array([token], np.int32))


def compared_with(program: tuple[Token, ...]) -> set[Op]:
    return {one.op for one, other in pairwise(program) if other.op is Op.CMP} & set(VALUED)


@pytest.mark.parametrize("seed", range(4))
def test_checker_and_engines_agree(seed: int) -> None:
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(graphs_per_seed(280, 4)):
        graph = random_graph(rng)
        anchors, algebra, engines = random_anchors(rng, graph), Algebra(graph, values_of(graph)), Engines(graph)
        bounds = ProgramBounds(tokens=7, empty=rng.random() < 0.5, operand_values=True)
        automaton = ProgramAutomaton(algebra, anchors, bounds)
        for _ in range(16):
            root = rng.choice([i for i, anchor in enumerate(anchors) if anchor.op is not Op.LIT])
            found = comparing_program(rng, automaton, root)
            if found is None or not (ops := compared_with(found[0])):
                continue
            program, value = found
            seen.update(op.value for op in ops)
            proof = certificate(algebra, anchors, program)
            verify_program(graph, proof)
            for what, changed in tampered(rng, proof):
                with pytest.raises(VerificationFailed):
                    verify_program(graph, changed)
                seen[what] += 1
            query = sparql_of(graph, algebra.values, anchors, program)
            for result in engines.results(query) if seen["all"] % 4 == 0 else [engines.oxigraph(query)]:
                assert same(result, expected(algebra, value)), (program, query)
            seen["all"] += 1
    assert min(seen[what] for what in (*(op.value for op in VALUED), "number of a step", "reads")) > 5, seen


# --- columns that engines compare otherwise, or round
def whole(*numbers: object, kind: str = "integer") -> list[Literal]:
    return [Literal(str(number), XSD + kind) for number in numbers]


def column(name: str, values: list[Literal], builder: GraphBuilder) -> None:
    for at, value in enumerate(values):
        builder.edge(f"{name} {at}", "size", value)
        builder.edge(f"{name} {at}", RDF_TYPE, name)


COLUMNS = {
    "an average that no decimal writes": whole(1, 1, 2, 7),
    "thirds": whole("0.1", "0.2", "0.3", "0.2", kind="decimal"),
    "the finest decimals": whole("0.000000000001", "0.000000000002", "0.000000000002", "-1", kind="decimal"),
    "units": [Literal(text) for text in ("3 km", "1 mile", "1609.344 m", "2 km", "2203.114666 m")],
    "temperatures": [Literal(text) for text in ("10 °C", "50 °F", "283.15 K", "51 °F", "49 °F")],
    "doubles": whole("0.1", "0.2", "0.3", kind="double") + whole(5),
    "years": [Literal("1990", XSD + "gYear"), Literal("1990-05-01", XSD + "date"), Literal("1991", XSD + "gYear")],
    "texts of years": [Literal(text) for text in ("1990-01-01", "1991-05", "1989-12-31", "1992-01-01")],
}


@pytest.mark.parametrize("name", COLUMNS)
def test_engines_agree_on_a_column(name: str) -> None:
    builder = GraphBuilder()
    column("one", COLUMNS[name], builder)
    column("other", COLUMNS[name][::-1], builder)
    for at, value in enumerate(COLUMNS[name][1:] + COLUMNS[name][:1]):
        builder.edge(f"one {at}", "bound", value)
    graph = builder.build("columns")
    engines, algebra = Engines(graph), Algebra(graph, values_of(graph))
    names = UniqueNames(graph, EntityLinker.build(graph))
    ends = [f'ENT "other {at}" HOP size' for at in range(3)]
    ends += ['ENT "one 0" HOP bound', 'ENT "one 1" HOP bound']
    if algebra.values.numeric[graph.relation("size")]:
        ends += ["CLS other AVG size", "CLS one SUM size", "CLS one AVG bound"]
    for end in ends:
        counts = {}
        for how in COMPARISONS:
            program = read_program(names, f"CLS one {end} CMP size {how}")
            try:
                found = execute(algebra, names, program)
            except BadInput:  # no size of one compares so
                pytest.fail(f"{end} {how}")
            verify_program(graph, certificate(algebra, program.anchors, program.tokens))
            assert found.sparql, found.no_sparql
            for result in engines.results(found.sparql):
                assert same(result, expected(algebra, found.value)), (end, how, found.sparql)
            counts[how] = len(found.value)
        if not name.endswith("years"):  # a year neither begins nor ends within a day
            assert counts["<"] + counts["="] + counts[">"] == len(COLUMNS[name])
            assert (counts["<="], counts[">="]) == (counts["<"] + counts["="], counts["="] + counts[">"])


def test_an_average_is_not_rounded() -> None:
    """Of thirds there is no decimal: what is compared is the sum, with as many times each value."""
    builder = GraphBuilder()
    column("one", whole("0.1", "0.2", "0.3", kind="double") + whole("0.2", kind="decimal"), builder)
    column("two", whole(*([0] * 2), 1), builder)
    column("third", [Literal("0." + "3" * 12, XSD + "decimal")], builder)
    graph = builder.build("thirds")
    assert answers(graph, "CLS one CLS one AVG size CMP size =") == ["one 1", "one 3"]
    assert answers(graph, "CLS third CLS two AVG size CMP size <") == ["third 0"]


def answers(graph: Graph, text: str) -> list[str]:
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph))
    found = execute(algebra, names, read_program(names, text))
    return sorted(graph.label(node) for node in found.value.nodes.tolist())


def test_totals_that_engines_would_round_have_no_query() -> None:
    builder = GraphBuilder()
    column("one", whole(10**15, *range(20)), builder)
    graph = builder.build("large")
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph))
    found = execute(algebra, names, read_program(names, "CLS one CLS one AVG size CMP size >"))
    assert (found.sparql, "digits" in found.no_sparql, len(found.value)) == ("", True, 1)


# --- what may be compared
HUNGARY = 'ENT Hungary HOP "^flows through"'


def rivers() -> Graph:
    builder = GraphBuilder()
    for name, length, source in (
        ("Danube", 2850, 1078),
        ("Tisza", 966, 2020),
        ("Drava", 725, 1450),
        ("Enns", 254, 1735),
    ):
        builder.edge(name, RDF_TYPE, "river")
        builder.edge(name, "length", Literal(f"{length} km"))
        builder.edge(name, "source", Literal(f"{source} m"))
        builder.edge(name, "mass", Literal(f"{length} kg"))
        builder.edge(name, "flows through", "Austria" if name != "Tisza" else "Hungary")
    builder.edge("Drava", "flows through", "Hungary")
    builder.edge("Sava", RDF_TYPE, "river")
    for length in ("990 km", "945 km"):
        builder.edge("Sava", "length", Literal(length))
    return builder.build("rivers")


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ("CLS river ENT Tisza HOP length CMP length >", ["Danube", "Sava"]),
        ("CLS river ENT Danube HOP length CMP length >=", ["Danube"]),
        ("CLS river ENT Danube HOP length CMP length >", []),
        ("CLS river ENT Tisza HOP source CMP length <", []),
        ("CLS river ENT Tisza HOP length CMP source <", ["Danube", "Drava", "Enns", "Tisza"]),
        (
            'CLS river ENT Hungary HOP "^flows through" ARG source max HOP length CMP length <',
            ["Drava", "Enns", "Sava"],
        ),
        ("CLS river CLS river AVG length CMP length <", ["Drava", "Enns", "Sava", "Tisza"]),
        (f"CLS river {HUNGARY} AVG length CMP length >", ["Danube", "Sava", "Tisza"]),
        (f"CLS river {HUNGARY} SUM length CMP length >", ["Danube"]),
        ('ENT Austria HOP "^flows through" LIT "300 km" CMP length > ENT Tisza HOP length CMP length <', ["Drava"]),
        ('ENT Austria HOP "^flows through" ENT Tisza HOP length CMP length < COUNT', 2),
        ("ENT Danube ENT Enns OR ENT Tisza HOP length CMP length >", ["Danube"]),
    ],
)
def test_examples(program: str, value: object) -> None:
    graph = rivers()
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph))
    read = read_program(names, program)
    assert read_program(names, written(names, read.anchors, read.tokens)).tokens == read.tokens
    found = execute(algebra, names, read).value
    labels = sorted(graph.label(node) for node in found.nodes.tolist()) if isinstance(value, list) else found.value
    assert labels == value
    verify_program(graph, certificate(algebra, read.anchors, read.tokens))


@pytest.mark.parametrize(
    "program",
    [
        "CLS river ENT Sava HOP length CMP length >",  # two lengths
        "CLS river ENT Tisza HOP mass CMP length >",  # another dimension
        "CLS river CLS river AVG mass CMP length >",
        'CLS river ENT Tisza HOP "flows through" CMP length >',  # no value
        "CLS river ENT Tisza CMP length >",
        "CLS river CLS river COUNT CMP length >",
        "CLS river ARG length max ENT Tisza HOP length CMP length >",  # filters stand before ARG
        'CLS river ENT Tisza HOP length CMP "#flows through" >',
        "CLS river CLS river AVG length",  # not whole
    ],
)
def test_what_is_no_single_value_is_not_compared(program: str) -> None:
    graph = rivers()
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph))
    with pytest.raises(BadInput):
        execute(algebra, names, read_program(names, program))


def test_a_set_that_was_cut_is_not_compared_with() -> None:
    graph = rivers()
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph), bound=1)
    for program in ("ENT Sava HOP length CMP length <", "CLS river AVG length CMP length <"):
        with pytest.raises(BadInput):
            execute(algebra, names, read_program(names, f"CLS river {program}"))


def test_what_may_come_next() -> None:
    graph = rivers()
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph))
    following = next_tokens(algebra, names, read_program(names, "CLS river ENT Tisza HOP length"))
    assert {"CMP length <", "CMP source <"} < set(following)
    assert not [token for token in following if token.startswith("CMP mass")]
    assert {"AVG length", "SUM mass"} < set(next_tokens(algebra, names, read_program(names, "CLS river CLS river")))


def test_it_can_be_switched_off() -> None:
    graph = rivers()
    names, algebra = UniqueNames(graph, EntityLinker.build(graph)), Algebra(graph, values_of(graph))
    program = read_program(names, "CLS river ENT Tisza HOP length")
    for allowed in (False, True):
        automaton = ProgramAutomaton(algebra, program.anchors, ProgramBounds(operand_values=allowed))
        states = automaton.start([0])
        for token in program.tokens[1:]:
            states = automaton.advance(states, np.array([automaton.vocabulary.number(token)], np.int32))
        following = [automaton.vocabulary[number].op for number in automaton.allowed(states).token_ids.tolist()]
        assert (Op.CMP in following) is allowed


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("CLS river ENT Danube HOP length CMP length >", "every river whose length is more than the length of Danube"),
        (
            "CLS river CLS river AVG length CMP length < COUNT",
            "how many: every river whose length is less than the average of the length of every river",
        ),
    ],
)
def test_words(program: str, words: str) -> None:
    graph = rivers()
    read = read_program(UniqueNames(graph, EntityLinker.build(graph)), program)
    assert program_in_words(graph, read.anchors, read.tokens) == words
