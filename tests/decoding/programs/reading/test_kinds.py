"""Kinds of questions for which the right program is found."""

from __future__ import annotations

import pytest

from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.programs.reading.reader import ProgramReader
from clew.kg.graph.builder import GraphBuilder
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.tokens import Op
from tests.decoding.programs.reading.ferries import TODAY, likeness
from tests.decoding.programs.reading.records import programs, read, records


@pytest.mark.parametrize("question", ["Which towns do the albums come from?", "albums of musicians born in a town"])
def test_the_last_word_of_a_class_names_it(question: str) -> None:
    found = read(question).costs
    assert "studio album" in {records().key(one.anchor.node) for one in found.anchors if one.anchor.op is Op.CLS}


@pytest.mark.parametrize(
    ("question", "program"),
    [
        (
            "Which labels have their base in a town whose population is below 9000?",
            'CLS "record label" HOP "based in" LIT 9000 CMP population < HOP "^based in"',
        ),
        (
            "musicians whose place of birth has a population above 10000",
            'CLS musician HOP "place of birth" LIT 10000 CMP population > HOP "^place of birth"',
        ),
    ],
)
def test_a_hop_to_what_is_compared_is_gone_back(question: str, program: str) -> None:
    assert program in programs(question)


@pytest.mark.parametrize(
    ("question", "program"),
    [
        ("How many people live in Torvik?", "ENT Torvik HOP population"),
        ("Which town has the fewest people?", "CLS town ARG population min"),
        ("How many people live in the towns?", "CLS town SUM population"),
        (
            "What is the combined staff of Quarry Sound and Blue Fjord?",
            'ENT "Quarry Sound" ENT "Blue Fjord" OR SUM staff',
        ),
    ],
)
def test_people_are_a_population_and_named_things_are_added(question: str, program: str) -> None:
    assert program in programs(question)


def test_a_name_is_a_form_of_no_other_word() -> None:
    asked = AskedWords("books by the author Booker")
    assert asked.with_repeats(1) == 1


def test_an_adjective_of_a_place_is_no_misspelt_name() -> None:
    builder = GraphBuilder()
    builder.edge("Siljan", "country", "Norway")
    builder.edge("Norwegan", "country", "Nowhere")
    graph = builder.build("lakes")
    linker = EntityLinker.build(graph)
    found = ProgramReader(graph, linker, likeness()).read(linker.link("Norwegian lakes"), TODAY).costs
    assert {graph.key(one.anchor.node) for one in found.anchors if one.anchor.op is Op.ENT} == {"Norway"}
