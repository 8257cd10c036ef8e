"""A small graph of record labels, studio albums, musicians and prizes, and what questions about it are read into."""

from __future__ import annotations

from functools import lru_cache

from clew.decoding.programs.notation import written
from clew.decoding.programs.reading.ranking import trained
from clew.decoding.programs.reading.reader import ProgramReader
from clew.decoding.programs.reading.readings import ProgramReadings
from clew.decoding.programs.unique_names import UniqueNames
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import RDF_TYPE, XSD
from clew.retrieval.linking.linker import EntityLinker
from tests.decoding.programs.reading.ferries import TODAY, likeness, number

ALBUMS = [
    ("Slow Tide", "Quarry Sound", "Mira Voss", 1988, 41000),
    ("Paper Lantern", "Quarry Sound", "Otto Brandal", 1994, 9000),
    ("Night Ferry", "Blue Fjord", "Mira Voss", 2001, 73000),
    ("Ash and Amber", "Blue Fjord", "Lene Harrow", 2009, 12000),
    ("Glass Orchard", "Low Key", "Lene Harrow", 2015, 5000),
]
LABELS = [("Quarry Sound", "Torvik", 12), ("Blue Fjord", "Sandness", 30), ("Low Key", "Torvik", 4)]
MUSICIANS = [("Mira Voss", "Torvik", "Amber Prize"), ("Otto Brandal", "Sandness", ""), ("Lene Harrow", "Ostby", "")]
TOWNS = [("Torvik", 8200), ("Sandness", 15400), ("Ostby", 900)]


@lru_cache(maxsize=1)
def records() -> Graph:
    """The graph."""
    builder = GraphBuilder()
    for album, label, musician, year, copies in ALBUMS:
        builder.edge(album, RDF_TYPE, "studio album")
        builder.edge(album, "released by", label)
        builder.edge(album, "recorded by", musician)
        builder.edge(album, "year of release", Literal(str(year), XSD + "gYear"))
        builder.edge(album, "copies sold", number(copies))
    for label, town, staff in LABELS:
        builder.edge(label, RDF_TYPE, "record label")
        builder.edge(label, "based in", town)
        builder.edge(label, "staff", number(staff))
    for musician, town, prize in MUSICIANS:
        builder.edge(musician, RDF_TYPE, "musician")
        builder.edge(musician, "place of birth", town)
        if prize:
            builder.edge(musician, "prize", prize)
            builder.edge(prize, RDF_TYPE, "music prize")
    for town, population in TOWNS:
        builder.edge(town, RDF_TYPE, "town")
        builder.edge(town, "population", number(population))
    return builder.build("records")


@lru_cache(maxsize=1)
def _linker() -> EntityLinker:
    return EntityLinker.build(records())


@lru_cache(maxsize=1)
def _reader() -> ProgramReader:
    return ProgramReader(records(), _linker(), likeness(), trained())


@lru_cache(maxsize=1)
def _names() -> UniqueNames:
    return UniqueNames(records(), _linker())


def read(question: str) -> ProgramReadings:
    """Return what a question is read into."""
    return _reader().read(_linker().link(question), TODAY)


def programs(question: str) -> list[str]:
    """Return the programs found for a question, the likeliest first."""
    found = read(question)
    return [written(_names(), found.anchors, one.tokens) for one in found.found]
