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


@pytest.mark.parametrize(
    ("question", "program"),
    [
        ("musicians without a prize", "CLS musician LIT 0 CMP #prize ="),
        ("Which musicians have never had a prize?", "CLS musician LIT 0 CMP #prize ="),
        ("Which towns are not the base of any label?", 'CLS town LIT 0 CMP "#^based in" ='),
    ],
)
def test_what_has_none_of_something_has_zero(question: str, program: str) -> None:
    assert program in programs(question)


def test_what_is_denied_by_name_is_taken_away() -> None:
    assert "LIT 0" not in programs("musicians not born in Torvik")[0]


@pytest.mark.parametrize(
    ("question", "program"),
    [
        (
            "towns with a population of 900 or 8200",
            "CLS town LIT 900 CMP population = CLS town LIT 8200 CMP population = OR",
        ),
        (
            "Which labels have less than 10 or more than 20 staff?",
            'CLS "record label" LIT 20 CMP staff > CLS "record label" LIT 10 CMP staff < OR',
        ),
        (
            "Which of Mira Voss and Lene Harrow was born in Torvik?",
            'ENT "Mira Voss" ENT "Lene Harrow" OR ENT Torvik HOP "^place of birth" AND',
        ),
    ],
)
def test_one_of_two_is_meant(question: str, program: str) -> None:
    assert program in programs(question)


@pytest.mark.parametrize(
    ("question", "program"),
    [
        (
            "What is the second largest town by population?",
            "CLS town LIT 2 ARG population max ARG population min",
        ),
        (
            "Which album has the third fewest copies sold?",
            'CLS "studio album" LIT 3 ARG "copies sold" min ARG "copies sold" max',
        ),
    ],
)
def test_one_of_an_order_is_the_last_of_so_many(question: str, program: str) -> None:
    assert programs(question)[0] == program


@pytest.mark.parametrize(
    ("question", "program"),
    [
        (
            "Which labels have a larger staff than any label based in Torvik?",
            'CLS "record label" ENT Torvik HOP "^based in" ARG staff max HOP staff CMP staff >',
        ),
        (
            "Which labels have a larger staff than all labels based in Torvik?",
            'CLS "record label" ENT Torvik HOP "^based in" ARG staff max HOP staff CMP staff >',
        ),
    ],
)
def test_more_than_any_is_more_than_the_most(question: str, program: str) -> None:
    assert program in programs(question)


def test_a_name_beside_a_kind_needs_no_word_for_how_they_go_together() -> None:
    builder = GraphBuilder()
    for tune, kind, writer in (("Larkwing", "ballad", "Orla Fenn"), ("Dust Road", "ballad", "Tam Reed")):
        builder.edge(tune, "genre", kind)
        builder.edge(tune, "composer", writer)
    graph = builder.build("tunes")
    linker = EntityLinker.build(graph)
    reader = ProgramReader(graph, linker, likeness())
    beside, apart = (reader.read(linker.link(text), TODAY) for text in ("Orla Fenn ballads", "ballads, Orla Fenn"))
    assert 0 < min(one.cost for one in beside.found) < min(one.cost for one in apart.found)
