"""A name that goes on beyond a label is not that label; capitals that say nothing change nothing."""

from __future__ import annotations

import pytest

from clew.kg.graph.builder import GraphBuilder
from clew.kg.terms.literal import Literal
from clew.retrieval.linking.linker import EntityLinker
from clew.retrieval.linking.topics import topics

YEAR = "http://www.w3.org/2001/XMLSchema#gYear"


@pytest.fixture(scope="module")
def linker() -> EntityLinker:
    builder = GraphBuilder()
    for name in (
        "Jonathan Swift",
        "Roger Taylor",
        "Leonardo da Vinci",
        "Mount Cook",
        "Paris",
        "France",
        "Elizabeth II",
    ):
        builder.label(name, name)
        builder.edge(name, "place of birth", "Dublin")
    builder.label("Jonathan Swift", "Swift", kind="alternative")
    builder.edge("Roger Taylor", "year of birth", Literal("1949", YEAR))
    return EntityLinker.build(builder.build("names"))


def named(linker: EntityLinker, question: str) -> list[str]:
    return [linker.graph.label(topic.node) for topic in topics(linker.link(question))]


@pytest.mark.parametrize(
    "question",
    [
        "Where was Taylor Swift born?",
        "Who wrote The Da Vinci Code?",
        "How high is Mount Doom?",
        "Who won the Eurovision Song Contest in 1949?",
    ],
)
def test_unknown_name_is_not_read_as_a_part_of_it(linker: EntityLinker, question: str) -> None:
    assert named(linker, question) == []


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Where was Swift born?", "Jonathan Swift"),
        ("Where was Jonathan Swift born?", "Jonathan Swift"),
        ("where was swift born", "Jonathan Swift"),
        ("Where did Da Vinci live?", "Leonardo da Vinci"),
        ("How high is Mount Cok?", "Mount Cook"),
        ("When was Queen Elizabeth II born?", "Elizabeth II"),
        ("What lies between Paris France and the sea?", "Paris"),
        ("Who was born in 1949?", "1949"),
        ("WHERE WAS JONATHAN SWIFT BORN", "Jonathan Swift"),
    ],
)
def test_known_name_is_read(linker: EntityLinker, question: str, expected: str) -> None:
    assert expected in named(linker, question)
