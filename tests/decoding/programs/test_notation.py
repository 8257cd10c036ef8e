"""A program that is written out is read back as itself, and runs."""

from __future__ import annotations

import pytest

from clew.decoding.programs.execution import execute
from clew.decoding.programs.notation import read_program, written
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.errors import BadInput, UnknownNode, UnknownRelation
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.outcome import Number, Table, Truth
from clew.tries.programs.sets import NodeSet
from tests.tries.programs.graphs import values_of

ROWS = [("Volga", "Russia", 3531), ("Danube", "Romania", 2850), ("Danube", "Hungary", 2850), ("Tisza", "Hungary", 966)]


@pytest.fixture(scope="module")
def rivers() -> Graph:
    triples = [(river, "flows through", country) for river, country, _ in ROWS]
    triples += [(river, "length", Literal(str(length), XSD + "integer")) for river, _, length in ROWS]
    triples += [(river, RDF_TYPE, "river") for river, _, _ in ROWS] + [(c, RDF_TYPE, "country") for _, c, _ in ROWS]
    return from_triples(triples)


def run(graph: Graph, text: str) -> object:
    names = UniqueNames(graph, EntityLinker.build(graph))
    program = read_program(names, text)
    assert read_program(names, written(names, program.anchors, program.tokens)).tokens == program.tokens
    value = execute(Algebra(graph, values_of(graph)), names, program).value
    match value:
        case NodeSet():
            return [graph.label(node) for node in value.nodes.tolist()]
        case Number() | Truth():
            return value.value
        case Table():
            algebra = Algebra(graph, values_of(graph))
            if value.columns:
                return {graph.label(node): cells for node, cells in algebra.columns(value)}
            if value.grouped < 0:
                return [number.value for number in algebra.totals(value)]
            groups = {graph.label(node): [n and n.value for n in numbers] for node, numbers in algebra.groups(value)}
            return {name: numbers[0] if len(numbers) == 1 else numbers for name, numbers in groups.items()}


@pytest.mark.parametrize(
    ("program", "value"),
    [
        ('ENT Hungary HOP "^flows through"', ["Danube", "Tisza"]),
        ('ENT Hungary HOP "^flows through" LIT 1000 CMP length >', ["Danube"]),
        ('ENT Hungary HOP "^flows through" LIT 5000 CMP length >', []),
        ('ENT Hungary HOP "^flows through" LIT 5000 CMP length > COUNT', 0),
        ('ENT Hungary HOP "^flows through" ENT Romania HOP "^flows through" AND', ["Danube"]),
        ('ENT Hungary HOP "^flows through" ENT Romania HOP "^flows through" NOT', ["Tisza"]),
        ("CLS river ARG length max", ["Volga"]),
        ("CLS river LIT 2 ARG length max", ["Danube", "Volga"]),
        ('CLS country ARG "#^flows through" max', ["Hungary"]),
        ('CLS country LIT 1 CMP "#^flows through" >', ["Hungary"]),
        ('CLS country LIT 1 CMP "#^flows through" =', ["Romania", "Russia"]),
        ('ENT Hungary HOP "^flows through" LIT 2 CMP "#flows through" <', ["Tisza"]),
        ('CLS country LIT 0 CMP "#length" =', ["Hungary", "Romania", "Russia"]),
        ('CLS country LIT 0 CMP "#length" >', []),
        ('CLS river LIT 1 CMP "#flows through" > COUNT', 1),
        ("ENT Volga ENT Tisza OR ARG length min", ["Tisza"]),
        ("ENT Volga ENT Tisza ASK length >", True),
        ('ENT Tisza ENT Romania HOP "^flows through" ASK', False),
        ("CLS river SUM length", 7347),
        ('CLS river GROUP "flows through" COUNT', {"Hungary": 2, "Romania": 1, "Russia": 1}),
        ('CLS country PROJ "#^flows through"', {"Hungary": [2], "Romania": [1], "Russia": [1]}),
        ("CLS river COUNT MIN length MAX length", [3, 966, 3531]),
        ('CLS river GROUP "flows through" MAX length', {"Hungary": 2850, "Romania": 2850, "Russia": 3531}),
        (
            'CLS river GROUP "flows through" COUNT SUM length',
            {"Hungary": [2, 3816], "Romania": [1, 2850], "Russia": [1, 3531]},
        ),
    ],
)
def test_examples(rivers: Graph, program: str, value: object) -> None:
    assert run(rivers, program) == value


@pytest.mark.parametrize(
    ("program", "error", "says"),
    [
        ("", BadInput, "empty"),
        ("ENT", BadInput, "argument of ENT"),
        ('ENT "Volga', BadInput, "cannot be read"),
        ("WALK Volga", BadInput, "no operator"),
        ("ENT Vistula HOP length", UnknownNode, "Vistula"),
        ("CLS lake COUNT", UnknownNode, "lake"),
        ("ENT Volga HOP depth", UnknownRelation, "depth"),
        ("ENT Volga", BadInput, "not whole"),
        ("CLS river LIT 1000", BadInput, "not whole"),
        ("AND", BadInput, "token 1"),
        ('ENT Volga HOP "^flows through"', BadInput, "token 2 .* cannot be run here"),
        ('CLS river LIT 1.5 CMP "#flows through" >', BadInput, "token 3 .* cannot be run here"),
        ('CLS river LIT two CMP "#flows through" >', BadInput, "token 2 .* cannot be run here"),
        (f"CLS river LIT {'9' * 5_000} ARG length max", BadInput, "token 2 .* cannot be run here"),
        ('CLS river LIT 1 CMP "#depth" >', UnknownRelation, "depth"),
        ("CLS river LIT 10 CMP length ~", BadInput, "'~' is none of"),
        ("CLS river " + "ARG length max " * 40, BadInput, "41 tokens"),
    ],
)
def test_what_cannot_be_run_is_refused(rivers: Graph, program: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        run(rivers, program)
