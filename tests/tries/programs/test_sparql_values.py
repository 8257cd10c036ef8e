"""Columns whose values SPARQL compares otherwise than Clew, and names that must be escaped: the engines still agree."""

from __future__ import annotations

import pytest

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.machine import Machine, Stack
from clew.tries.programs.sparql import sparql_of
from clew.tries.programs.tokens import COMPARISONS, EXTREMES, Anchor, Op, Token
from tests.tries.programs.graphs import values_of
from tests.tries.programs.sparql_results import Engines
from tests.tries.programs.test_sparql import expected, same

DBPEDIA = "http://dbpedia.org/datatype/"


def typed(datatype: str, *texts: str) -> list[Literal]:
    return [Literal(text, XSD + datatype) for text in texts]


COLUMNS = {
    "whole numbers and what is none": (
        [*typed("integer", "5", "7", "-7"), *typed("double", "INF", "NaN")],
        ["5", "4.9999999999999999999", "1e30", "-1e300", "1/2"],
    ),
    "out of range": (
        [*typed("nonNegativeInteger", "3", "-4"), *typed("byte", "7", "300"), *typed("integer", "2.5")],
        ["2", "7"],
    ),
    "doubles": ([*typed("decimal", "0.1", "2.5"), *typed("double", "0.3", "1e2"), *typed("float", "0.7")], ["0.1"]),
    "units as texts": ([Literal(text) for text in ("12 km", "9 miles", "800 m", "1,5 km")], ["1 mile", "800 m"]),
    "units as datatypes": ([Literal("1", DBPEDIA + "kilometre"), Literal("999", DBPEDIA + "metre")], ["1000 m"]),
    "numbers as texts": ([Literal(text) for text in ("12", "1 234", "7.5", "78")], ["12", "100"]),
    "years and days with one start": (
        [*typed("gYear", "1990", "1991"), *typed("date", "1990-01-01", "1990-12-31")],
        ["1990", "1990-01-01", "1990-12-31", "5000000", "-0043", "0800", "9999"],
    ),
    "moments": (
        typed("dateTime", "1990-12-31T23:59:59", "1990-12-31T23:59:59.5", "1991-01-01T00:00:00", "0800-05-01T10:00:00"),
        ["1990-12-31T23:59:59.5", "1990-12-31", "1991-01-01T00:00:00", "1990-12-31+02:00", "0800", "0900-01-01"],
    ),
    "midnights and unknown days": (
        [*typed("dateTime", "1990-05-01T24:00:00", "1990-05-02T00:00:00"), *typed("date", "1990-00-00", "1990-02-30")],
        ["1990", "1990-05-02", "1990-05-01"],
    ),
    "more than it may": ([*typed("gYear", "1990-05-01", "1991"), *typed("date", "1990-05-01T10:00:00")], ["1990"]),
    "zones and early years": (
        typed("date", "1990-05-01+14:00", "1990-05-01", "-0044-03-15", "12000-01-01"),
        ["1990-05-01", "-0044", "1990"],
    ),
    "durations": ([*typed("duration", "P1Y", "P30D"), *typed("dayTimeDuration", "PT36H")], ["31 days"]),
    "datatypes that are no IRIs": ([*typed("integer", "1", "2"), Literal('a "b"\\\n', "http://a b/{c}")], ["1"]),
}


def graph_of(column: list[Literal]) -> Graph:
    builder = GraphBuilder()
    for at, value in enumerate(column):
        builder.edge(f'the "{at}"\n> {{one}}', "<it's> worth", value)
        builder.edge(f'the "{at}"\n> {{one}}', RDF_TYPE, "a class")
        builder.edge("all\\", "<it's> worth", value)
    return builder.build("column")


@pytest.mark.parametrize("name", COLUMNS)
def test_engines_agree_on_a_column(name: str) -> None:
    column, literals = COLUMNS[name]
    graph = graph_of(column)
    values, engines = values_of(graph), Engines(graph)
    algebra, attribute = Algebra(graph, values), graph.relation("<it's> worth")
    anchors = [Anchor(Op.CLS, (0, 1), node=graph.node("a class"))]
    anchors += [Anchor(Op.LIT, (2, 3), literal=Literal(text)) for text in literals]
    machine = Machine(algebra, tuple(anchors))
    ends = [[Token(Op.ARG, attribute, how)] for how in EXTREMES]
    for at, anchor in enumerate(anchors[1:], 1):
        stated = anchor.literal
        if stated is not None and values.read(stated, int(values.group[attribute])) is not None:
            ends += [[Token(Op.LIT, at), Token(Op.CMP, attribute, how)] for how in COMPARISONS]
    assert len(ends) > 2
    if values.numeric[attribute]:
        ends += [[Token(op, attribute)] for op in (Op.SUM, Op.AVG)]
    for end in ends:
        program = [Token(Op.CLS, 0), *end]
        stack: Stack = ()
        for token in program:
            stack = machine.step(stack, token)
        query = sparql_of(graph, values, anchors, program)
        for result in engines.results(query):
            assert same(result, expected(algebra, stack[0].value)), (program, query)


def test_a_question_about_all_of_a_class() -> None:
    """``ASK`` counts what is named, not how it is named."""
    builder = GraphBuilder()
    for name in ("one", "two"):
        builder.edge(name, RDF_TYPE, "kind")
    builder.edge("three", "leads to", "one")
    graph = builder.build("kinds")
    anchors = [Anchor(Op.CLS, (0, 1), node=graph.node("kind")), Anchor(Op.ENT, (2, 3), node=graph.node("three"))]
    program = [Token(Op.CLS, 0), Token(Op.ENT, 1), Token(Op.HOP, graph.relation("leads to")), Token(Op.ASK)]
    assert Engines(graph).results(sparql_of(graph, values_of(graph), anchors, program)) == (False, False)
