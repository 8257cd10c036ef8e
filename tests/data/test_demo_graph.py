"""The demo graph is well formed: it parses, everything is named and typed, nothing dangles, it hangs together."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import networkx as nx
import pytest
from rdflib import OWL, RDF, RDFS, SKOS, Graph, URIRef
from rdflib import Literal as Term

XSD = "http://www.w3.org/2001/XMLSchema#"
VOCABULARY = ("https://clew.example/id/", "https://clew.example/rel/", "https://clew.example/class/")
LABELS = {RDFS.label, RDFS.comment, SKOS.altLabel, SKOS.definition}
YEARS = {
    "awardYear",
    "completionYear",
    "discoveryYear",
    "endYear",
    "firstAscentYear",
    "foundedIn",
    "openedYear",
    "premiereYear",
    "publicationYear",
    "releaseYear",
    "startYear",
}
DATATYPES = {
    **dict.fromkeys(("birthDate", "deathDate", "date"), URIRef(XSD + "date")),
    **dict.fromkeys(YEARS, URIRef(XSD + "gYear")),
    **dict.fromkeys(("atomicNumber", "elevationM", "lengthKm"), URIRef(XSD + "integer")),
    "symbol": None,
}
PLACE = {"City", "Country", "State", "Island", "Continent"}
PEOPLE = {"Person", "MythicalFigure", "Character"}
WORK = {"LiteraryWork", "Series", "MusicalWork", "Film", "Painting", "Sculpture"}
MAKER = {"Person", "MythicalFigure"}
DOMAIN_AND_RANGE: dict[str, tuple[set[str], set[str]]] = {
    "anthem": ({"Country"}, {"MusicalWork"}),
    "architect": ({"Building", "Museum"}, {"Person"}),
    "author": ({"LiteraryWork", "Series", "MusicalWork"}, {"Person"}),
    "basedOn": (WORK, WORK | {"Event"}),
    "birthPlace": (MAKER, PLACE),
    "borders": ({"Country"}, {"Country"}),
    "capital": ({"Country", "State"}, {"City"}),
    "child": (PEOPLE, PEOPLE),
    "citizenship": ({"Person"}, {"Country", "State"}),
    "collection": ({"Painting", "Sculpture", "Discovery"}, {"Museum", "Building"}),
    "commander": ({"Battle"}, {"Person"}),
    "composer": ({"MusicalWork"}, {"Person"}),
    "continent": ({"Country"}, {"Continent"}),
    "creator": ({"Painting", "Sculpture"}, {"Person"}),
    "currency": ({"Country"}, {"Currency"}),
    "deathPlace": ({"Person"}, PLACE),
    "director": ({"Film"}, {"Person"}),
    "discoverer": ({"Element", "Planet", "DwarfPlanet", "Moon", "Asteroid", "Discovery"}, {"Person"}),
    "edition": ({"AwardEdition"}, {"Award"}),
    "educatedAt": ({"Person"}, {"University", "School"}),
    "elementGroup": ({"Element"}, {"ElementGroup"}),
    "field": ({"Person", "Theory", "Discovery"}, {"Field"}),
    "firstAscentBy": ({"Mountain"}, {"Person"}),
    "flowsThrough": ({"River"}, {"Country"}),
    "foundedBy": ({"Organisation", "University", "School", "Museum", "City", "Building"}, {"Person"}),
    "genre": (WORK, {"Genre"}),
    "headquarters": ({"Organisation"}, {"City"}),
    "highestPoint": (PLACE | {"MountainRange"}, {"Mountain"}),
    "influencedBy": ({"Person"}, {"Person"}),
    "inventor": ({"Invention"}, {"Person"}),
    "laureate": ({"AwardEdition"}, {"Person", "Organisation"}),
    "location": ({"Event", "Battle", "War", "Treaty"}, PLACE | {"Moon", "Sea"}),
    "mainCharacter": (WORK, PEOPLE),
    "mouth": ({"River"}, {"River", "Sea", "Lake"}),
    "movement": ({"Person"}, {"Movement"}),
    "occupation": ({"Person"}, {"Occupation"}),
    "officialLanguage": ({"Country"}, {"Language"}),
    "onRiver": ({"City"}, {"River"}),
    "orbits": ({"Planet", "DwarfPlanet", "Moon", "Asteroid", "Comet"}, {"Star", "Planet", "DwarfPlanet"}),
    "originalLanguage": (WORK, {"Language"}),
    "positionHeld": ({"Person"}, {"Position"}),
    "proposedBy": ({"Theory", "Discovery"}, {"Person"}),
    "spouse": (PEOPLE, PEOPLE),
    "starring": ({"Film"}, {"Person"}),
    "studentOf": ({"Person"}, {"Person"}),
}
ONE_VALUE = (
    {"birthDate", "deathDate", "birthPlace", "deathPlace", "burialPlace", "capital", "currency", "continent"}
    | {"highestPoint", "anthem", "symbol", "atomicNumber", "elementGroup", "elevationM", "lengthKm", "mouth", "orbits"}
    | {"date", "edition", "headquarters", "creator"}
    | YEARS
)
SEVERAL_VALUES = {
    ("south_africa", "capital"),  # Pretoria, Cape Town and Bloemfontein share the branches of government
    ("russia", "continent"),
    ("turkey", "continent"),
}
SHARED_LABELS = {
    "Paris": 3,
    "Georgia": 2,
    "Cambridge": 2,
    "Mercury": 3,  # the planet, the god and the element
    "Peer Gynt": 2,
    "Hamlet": 2,
    "Romeo and Juliet": 4,
    "Don Quixote": 4,
    "Frankenstein": 2,
    "Luxembourg": 2,
}


def test_each_file_parses_alone(demo: Any) -> None:
    assert len(demo.files) >= 10
    for file in demo.files:
        assert len(Graph().parse(file)) > 0, file.name


def test_no_statement_is_in_two_files(demo: Any) -> None:
    assert sum(len(Graph().parse(file)) for file in demo.files) == len(demo.graph)


def test_size(demo: Any) -> None:
    assert len(demo.edges) >= 2_000
    relations = {p for _, p, _ in demo.edges}
    assert 40 <= len(relations) <= 80


def test_everything_has_one_english_label(demo: Any) -> None:
    nodes = demo.entities | {p for _, p, _ in demo.edges} | set(demo.graph.objects(None, RDF.type))
    wrong = {node: demo.english(node) for node in nodes if len(demo.english(node)) != 1}
    assert not wrong


def test_nothing_dangles(demo: Any) -> None:
    described = set(demo.graph.subjects(RDFS.label))
    loose = {o for _, p, o in demo.graph if isinstance(o, URIRef) and o not in described}
    assert not loose


def test_only_known_vocabulary(demo: Any) -> None:
    for s, p, _ in demo.graph:
        assert p in LABELS | {RDF.type, OWL.inverseOf} or str(p).startswith(VOCABULARY[1])
        assert str(s).startswith(VOCABULARY) or s in {RDF.type, OWL.inverseOf}


def test_labels_are_tidy(demo: Any) -> None:
    for s, p, o in demo.graph:
        if p not in LABELS:
            continue
        text = str(o)
        assert isinstance(o, Term), s
        assert o.language, (s, text)
        assert text == " ".join(text.split()), (s, text)
        assert text, s


def test_literals_are_well_typed(demo: Any) -> None:
    for s, p, o in demo.edges:
        expected = DATATYPES.get(str(p).rsplit("/", 1)[-1], "entity")
        if expected == "entity":
            assert isinstance(o, URIRef), (s, p, o)
        else:
            assert isinstance(o, Term), (s, p, o)
            assert o.datatype == expected, (s, p, o)
            assert not o.ill_typed, (s, p, o)


@pytest.mark.parametrize("relation", sorted(DOMAIN_AND_RANGE))
def test_domain_and_range(demo: Any, relation: str) -> None:
    heads, tails = DOMAIN_AND_RANGE[relation]
    pairs = demo.pairs(relation)
    assert pairs
    assert not [pair for pair in pairs if not demo.types(pair[0]) & heads or not demo.types(pair[1]) & tails]


@pytest.mark.parametrize("relation", sorted(ONE_VALUE))
def test_functional_relations_have_one_value(demo: Any, relation: str) -> None:
    count = Counter(head for head, _ in demo.pairs(relation))
    assert {head for head, n in count.items() if n > 1} == {h for h, r in SEVERAL_VALUES if r == relation}


def test_labels_are_shared_on_purpose(demo: Any) -> None:
    holders = defaultdict(set)
    for s, o in demo.graph.subject_objects(RDFS.label):
        if s in demo.entities and o.language == "en":
            holders[str(o).casefold()].add(s)
    for text, least in SHARED_LABELS.items():
        assert len(holders[text.casefold()]) >= least, text
    assert sum(len(found) > 1 for found in holders.values()) >= 40


def test_several_languages(demo: Any) -> None:
    languages = defaultdict(set)
    for s, o in demo.graph.subject_objects(RDFS.label):
        languages[s].add(o.language)
    assert sum(len(found) > 1 for found in languages.values()) >= 300
    assert {"fr", "de", "es", "it", "pl", "ja", "ru", "ar"} <= set().union(*languages.values())


def test_connected_without_classes(demo: Any) -> None:
    whole = nx.Graph()
    whole.add_nodes_from(demo.entities)
    whole.add_edges_from((s, o) for s, _, o in demo.edges if isinstance(o, URIRef))
    largest = max(nx.connected_components(whole), key=len)
    assert len(largest) >= 0.95 * len(demo.entities)


def test_hubs(demo: Any) -> None:
    degree = Counter(str(o).rsplit("/", 1)[-1] for _, _, o in demo.edges if isinstance(o, URIRef))
    assert min(degree[hub] for hub in ("france", "united_states", "novel", "london", "paris")) >= 50
