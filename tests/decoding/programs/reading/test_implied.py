"""What a program stands for without a token of its own, and what it does not."""

from __future__ import annotations

from functools import lru_cache

import pytest

from clew.decoding.programs.reading.checks.implied import Implied
from clew.decoding.programs.reading.question import ones
from clew.decoding.programs.reading.ranking import trained
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.readings import ProgramReadings
from clew.decoding.reading.likeness import Likeness
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from clew.tries.programs.machine import Machine, Stack
from tests.decoding.embedded.toys import encoder
from tests.decoding.programs.reading.ferries import TODAY

BOOKS = [
    ("The Salt Road", "Ada Holm", "novel", 1931), ("Low Water", "Ada Holm", "novel", 1947),
    ("Ferns", "Ole Brandt", "poem", 1925), ("Glass Harbour", "Ole Brandt", "novel", 1938),
    ("Moths", "Ole Brandt", "poem", 1952), ("The Tin Boat", "Mia Lund", "novel", 1960),
]  # fmt: skip
_NOTHING: Stack = ()


@lru_cache(maxsize=1)
def books() -> Graph:
    builder = GraphBuilder()
    for title, author, genre, year in BOOKS:
        builder.edge(title, RDF_TYPE, "literary work")
        builder.edge(title, "author", author)
        builder.edge(title, "genre", genre)
        builder.edge(title, "year of publication", Literal(str(year), XSD + "gYear"))
        builder.edge(author, RDF_TYPE, "person")
    return builder.build("books")


@lru_cache(maxsize=1)
def reader() -> tuple[ProgramReader, EntityLinker]:
    linker = EntityLinker.build(books())
    return ProgramReader(books(), linker, Likeness(encoder()), trained()), linker


def read(question: str) -> ProgramReadings:
    reads, linker = reader()
    return reads.read(linker.link(question), TODAY)


@pytest.mark.parametrize(
    ("question", "unread"),
    [
        ("Which authors wrote at least two novels?", []),
        ("Which authors bought at least two novels?", ["bought"]),
        ("Of the novels written by Ada Holm, which was published last?", []),
        ("the most recent novel by Ada Holm", []),
        ("the most recent essay by Ada Holm", ["essay"]),
        ("Which literary works of Mia Lund were published after 1950?", []),
        ("Which persons wrote poems?", []),
    ],
)
def test_what_is_said_again_or_holds_of_all_is_read(question: str, unread: list[str]) -> None:
    assert [one.text for one in read(question).unread] == unread


@pytest.mark.parametrize(
    "question",
    [
        "the most recent novel by Ada Holm",
        "the latest novels and poems by Ole Brandt",
        "which novel by the author of Low Water is a poem?",
        "novels by the author of Ferns",
        "how many poems did authors of novels write?",
    ],
)
def test_a_class_that_is_implied_holds_of_a_set_of_the_program(question: str) -> None:
    """Against the genre of each node, one by one."""
    graph, readings = books(), read(question)
    implied, asked = Implied(readings.algebra, readings.costs), readings.costs.asked
    genres = {title: genre for title, _, genre, _ in BOOKS}
    machine = Machine(readings.algebra, tuple(readings.anchors))
    for one in readings.searched.found:
        bits = implied.of(one)
        assert not bits & one.read
        words = {asked.texts[i].removesuffix("s") for i in ones(bits)} & {"novel", "poem"}
        stack, sets = _NOTHING, []
        for token in one.tokens:
            stack = machine.step(stack, token)
            if stack[-1].is_set:
                sets.append([graph.label(node) for node in stack[-1].nodes.nodes.tolist()])
        for word in words:
            assert any(some and all(genres.get(label) == word for label in some) for some in sets)
