"""The demo graph, read once with rdflib: an oracle that shares no code with Clew's own loaders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib import Literal as Term
from rdflib.term import Node

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
EX = Namespace("https://clew.example/id/")
REL = Namespace("https://clew.example/rel/")
TYPE = Namespace("https://clew.example/class/")


class Demo:
    """The graph with the few look-ups its tests need; entities and relations go by their local names."""

    def __init__(self) -> None:
        self.files = sorted(DEMO.glob("*.ttl"))
        self.graph = Graph()
        for file in self.files:
            self.graph.parse(file)
        self.edges = [t for t in self.graph if isinstance(t[1], URIRef) and t[1] in REL]
        self.entities = {s for s in self.graph.subjects(RDF.type) if isinstance(s, URIRef)}

    def pairs(self, relation: str) -> list[tuple[str, Any]]:
        """(head, tail) of every edge of a relation; an entity as its local name, a literal as a Python value.

        There must be some, as tests check each.
        """
        found = [(name(s), value(o)) for s, o in self.graph.subject_objects(REL[relation])]
        assert found, f"no edge of {relation}"
        return found

    def tails(self, head: str, relation: str) -> set[Any]:
        """What a relation leads to from an entity."""
        return {value(o) for o in self.graph.objects(EX[head], REL[relation])}

    def types(self, entity: str) -> set[str]:
        """The local names of an entity's classes."""
        return {name(o) for o in self.graph.objects(EX[entity], RDF.type)}

    def of_type(self, local: str) -> set[str]:
        """The local names of a class's entities."""
        return {name(s) for s in self.graph.subjects(RDF.type, TYPE[local])}

    def english(self, node: Node) -> list[str]:
        """The English main labels of an entity, a class or a relation."""
        return [str(o) for o in self.graph.objects(node, RDFS.label) if isinstance(o, Term) and o.language == "en"]

    def year(self, entity: str, *relations: str) -> int | None:
        """The year of the first of these dates that an entity has."""
        for relation in relations:
            for found in self.graph.objects(EX[entity], REL[relation]):
                return int(str(found)[:4])
        return None

    def dated(self, relation: str, *dates: str) -> list[tuple[str, int, Any]]:
        """(head, year of the head, tail) of every edge of a relation whose head carries one of these dates."""
        years = [(head, self.year(head, *dates), tail) for head, tail in self.pairs(relation)]
        found = [(head, year, tail) for head, year, tail in years if year is not None]
        assert found, f"no edge of {relation} with {dates}"
        return found


def name(node: Node) -> str:
    """The local name of an IRI."""
    return str(node).rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def value(node: Node) -> Any:
    """An entity's local name, or a literal's lexical form (an integer as a number)."""
    if not isinstance(node, Term):
        return name(node)
    return int(node) if node.datatype and name(node.datatype) == "integer" else str(node)


@pytest.fixture(scope="session")
def demo() -> Demo:
    """The demo graph."""
    return Demo()


@pytest.fixture(scope="session")
def questions() -> list[dict[str, Any]]:
    """The demo questions."""
    lines = (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]
