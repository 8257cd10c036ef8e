"""A small graph of ferries, harbours, captains and countries, and readers of questions about it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.programs.reading.ranking import trained
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.readings import ProgramReadings
from clew.decoding.programs.unique_names import UniqueNames
from clew.decoding.reading.likeness import Likeness
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from clew.retrieval.linking.types import Linking
from tests.decoding.embedded.toys import encoder

TODAY = date(2026, 6, 1)
FERRIES = [
    ("Puffin", 62, 1987, "Ida Moe", ("Torvik", "Sandness")),
    ("Gannet", 95, 2004, "Ida Moe", ("Torvik", "Port Ellary")),
    ("Kittiwake", 48, 1971, "Jon Rask", ("Sandness",)),
    ("Fulmar", 120, 2015, "Nell Orde", ("Port Ellary", "Sandness", "Torvik")),
    ("Razorbill", 77, 2009, "Jon Rask", ("Port Ellary",)),
]
HARBOURS = [("Torvik", "Norland", 11), ("Sandness", "Norland", 7), ("Port Ellary", "Westmark", 18)]
CAPTAINS = [("Ida Moe", 51), ("Jon Rask", 38), ("Nell Orde", 44)]


def number(value: int) -> Literal:
    return Literal(str(value), XSD + "integer")


@lru_cache(maxsize=2)
def ferries(longer: int = 0) -> Graph:
    """The graph; ``longer``: by how much the first ferry is longer in it."""
    builder = GraphBuilder()
    for ferry, length, year, captain, harbours in FERRIES:
        builder.edge(ferry, RDF_TYPE, "ferry")
        builder.edge(ferry, "length", number(length + longer * (ferry == "Puffin")))
        builder.edge(ferry, "launched", Literal(str(year), XSD + "gYear"))
        builder.edge(ferry, "captain", captain)
        for harbour in harbours:
            builder.edge(ferry, "sails to", harbour)
    for harbour, country, depth in HARBOURS:
        builder.edge(harbour, RDF_TYPE, "harbour")
        builder.edge(harbour, "country", country)
        builder.edge(harbour, "depth", number(depth))
        builder.edge(country, RDF_TYPE, "country")
    for captain, age in CAPTAINS:
        builder.edge(captain, RDF_TYPE, "captain")
        builder.edge(captain, "age", number(age))
    return builder.build("ferries")


@lru_cache(maxsize=1)
def linker() -> EntityLinker:
    return EntityLinker.build(ferries())


@lru_cache(maxsize=1)
def likeness() -> Likeness:
    return Likeness(encoder())


@lru_cache(maxsize=1)
def names() -> UniqueNames:
    return UniqueNames(ferries(), linker())


@lru_cache(maxsize=2)
def reader(ranked: bool = True) -> ProgramReader:
    return ProgramReader(ferries(), linker(), likeness(), trained() if ranked else None)


def linking(question: str) -> Linking:
    return linker().link(question)


def read(question: str, ranked: bool = True) -> ProgramReadings:
    return reader(ranked).read(linking(question), TODAY)


def anchors(question: str) -> list[tuple[str, str, str]]:
    """What a question names: the operator, the key of the node or the literal, and the words that name it."""
    found = read(question).costs
    return [
        (
            one.anchor.op.value,
            one.anchor.literal.lexical if one.anchor.literal else ferries().key(one.anchor.node),
            " ".join(said(found.asked, one.bits)),
        )
        for one in found.anchors
    ]


def said(asked: AskedWords, bits: int) -> list[str]:
    """The words that bits stand for."""
    return [text for i, text in enumerate(asked.texts) if bits >> i & 1]
