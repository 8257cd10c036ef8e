"""Label statements: whose they are, which one is shown, and relation labels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.kg.terms.labels import Label
from clew.kg.terms.literal import Literal
from clew.kg.terms.vocabulary import OWL_INVERSE_OF, RDF_TYPE, RDFS_LABEL
from clew.tries.labels.names import node_names

E = "http://ex.org/"


def test_preference_and_fall_back() -> None:
    builder = GraphBuilder(languages=("de", "en"))
    builder.edge(E + "a", "r", E + "Some_Thing")
    builder.label(E + "a", "colour", "en-gb")
    builder.label(E + "a", "couleur", "fr")
    builder.label(E + "a", "Farbton", "de", kind="alternative")
    builder.label(E + "a", "eine lange Beschreibung", "de", kind="description")
    graph = builder.build()
    a, b = graph.node(E + "a"), graph.node(E + "Some_Thing")
    assert graph.label(a) == "colour"
    assert graph.label(b) == "Some Thing"
    assert graph.with_languages("fr").label(a) == "couleur"
    assert graph.with_languages().label(a) in ("colour", "couleur")
    assert set(graph.labels(a)) == {
        Label("colour", "en-gb"),
        Label("couleur", "fr"),
        Label("Farbton", "de", "alternative"),
        Label("eine lange Beschreibung", "de", "description"),
    }
    assert graph.labels(b) == []
    assert graph.num_statements == 5


def test_only_a_description_or_a_blank_label_shows_the_key() -> None:
    builder = GraphBuilder()
    builder.label(E + "a", "long text", kind="description")
    builder.label(E + "b", "")
    builder.label(E + "c", "  ")
    graph = builder.build()
    assert [graph.label(node) for node in range(3)] == ["a", "b", "c"]


def test_a_relations_labels_do_not_make_an_entity() -> None:
    graph = from_triples([("film", "directed_by", "ann")], {"directed_by": "was directed by", "film": "The Film"})
    assert graph.num_entities == 2
    assert graph.relation_label(0) == "was directed by"
    assert graph.relation_label(1) == "inverse of was directed by"
    assert graph.relation_labels(0) == graph.relation_labels(1) == [Label("was directed by")]
    assert list(graph.iter_labels()) == [(graph.node("film"), Label("The Film"))]


def test_a_relation_that_is_also_a_node_keeps_one_set_of_labels() -> None:
    graph = from_triples([("a", "p", "b"), ("p", RDF_TYPE, "Property")], {"p": "pee"})
    assert graph.labels(graph.node("p")) == [Label("pee")]
    assert graph.relation_label(graph.relation("p")) == "pee"
    assert graph.num_statements == 3
    assert [graph.key(n) for n in graph.types(graph.node("p"))] == ["Property"]


def test_a_declared_inverse_gives_its_name() -> None:
    triples = [("f", E + "directedBy", "x"), (E + "directedBy", OWL_INVERSE_OF, E + "directed")]
    named = from_triples(triples, {E + "directed": "director of"})
    r = named.relation(E + "directedBy")
    assert named.relation_label(r + named.num_relations) == "director of"
    swapped = from_triples([triples[0], (E + "directed", OWL_INVERSE_OF, E + "directedBy")])
    assert swapped.relation_label(swapped.relation(E + "directedBy") + swapped.num_relations) == "directed"


def test_a_wikidata_property_names_the_relations_that_state_it() -> None:
    wd, wdt, wikibase = "http://w/entity/", "http://w/prop/direct/", "http://wikiba.se/ontology#"
    triples = [
        (wd + "Q1", wdt + "P7", wd + "Q2"),
        (wd + "Q1", wdt + "P8", wd + "Q2"),
        (wd + "P7", wikibase + "directClaim", wdt + "P7"),
        (wd + "P8", wikibase + "directClaim", wdt + "P8"),
        (wd + "P9", "http://w/other", wdt + "P8"),
    ]
    labels = {wd + "P7": "place of birth", wd + "P8": "x", wdt + "P8": "own name", wd + "P9": "no"}
    graph = from_triples(triples, labels)
    names = {key: graph.relation_label(graph.relation(wdt + key)) for key in ("P7", "P8")}
    assert names == {"P7": "place of birth", "P8": "own name"}


def test_statements_are_split_by_predicate_and_value() -> None:
    builder = GraphBuilder()
    builder.statement("a", RDFS_LABEL, Literal("A", language="en"))
    builder.statement("a", RDFS_LABEL, Literal("7", "http://www.w3.org/2001/XMLSchema#integer"))
    builder.statement("a", RDFS_LABEL, "b")
    builder.statement("a", "name", Literal("A"))
    graph = builder.build()
    assert (graph.num_edges, graph.num_statements) == (3, 4)


labels = st.lists(
    st.tuples(
        st.sampled_from("abcd"), st.sampled_from(["x", "y", "zz", ""]), st.sampled_from(["", "en", "de"]),
        st.sampled_from(["preferred", "alternative", "description"]),
    )
)  # fmt: skip


@given(labels, st.randoms())
def test_labels_come_back_once_each_in_any_order(statements: list[tuple], random: object) -> None:  # type: ignore[type-arg]
    def build(rows: list[tuple]) -> Graph:  # type: ignore[type-arg]
        builder = GraphBuilder()
        builder.edge("a", "r", "b")
        for subject, text, language, kind in rows:
            builder.label(subject, text, language, kind)
        return builder.build()

    graph = build(statements)
    wanted = {(s, Label(text, language, kind)) for s, text, language, kind in statements}
    found = [(graph.key(node), label) for node, label in graph.iter_labels()]
    assert len(found) == len(set(found)) == graph.num_statements - 1
    assert set(found) == wanted
    shuffled = statements * 2
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert build(shuffled).content_hash == graph.content_hash


DCT, FOAF, GN = "http://purl.org/dc/terms/", "http://xmlns.com/foaf/0.1/", "http://www.geonames.org/ontology#"
VCARD, XL, OBO = (
    "http://www.w3.org/2006/vcard/ns#",
    "http://www.w3.org/2008/05/skos-xl#",
    "http://www.geneontology.org/formats/oboInOwl#",
)
NAMED_BY_EDGES = [
    ([(DCT + "title", Literal("Tides"))], "Tides"),
    ([("http://purl.org/dc/elements/1.1/title", Literal("Tides"))], "Tides"),
    ([(DCT + "title", Literal("Gezeiten", language="de")), (DCT + "title", Literal("Tides", language="en"))], "Tides"),
    ([(GN + "name", Literal("Voss")), (GN + "officialName", Literal("Voss herad"))], "Voss"),
    ([(GN + "officialName", Literal("Voss herad"))], "Voss herad"),
    ([(VCARD + "fn", Literal("Ida Holm"))], "Ida Holm"),
    ([(FOAF + "givenName", Literal("Ida")), (FOAF + "familyName", Literal("Holm"))], "Ida Holm"),
    (
        [("https://schema.org/familyName", Literal("Holm")), ("https://schema.org/givenName", Literal("Ida"))],
        "Ida Holm",
    ),
    ([(VCARD + "given-name", Literal("Ida")), (VCARD + "family-name", Literal("Holm"))], "Ida Holm"),
    ([(FOAF + "familyName", Literal("Holm"))], "Holm"),
    ([(DCT + "title", Literal("  "))], "node 7"),
    ([(DCT + "title", E + "x")], "node 7"),
    ([(RDFS_LABEL, Literal("12", "http://www.w3.org/2001/XMLSchema#integer"))], "12"),
    ([(RDFS_LABEL, E + "x"), (DCT + "title", Literal("Tides"))], "Tides"),
]


@pytest.mark.parametrize(("said", "name"), NAMED_BY_EDGES)
def test_edges_name_a_node_without_a_label_and_stay_edges(said: list, name: str) -> None:  # type: ignore[type-arg]
    graph = from_triples([(E + "node_7", relation, value) for relation, value in said])
    node = graph.node(E + "node_7")
    assert graph.label(node) == name
    assert graph.num_edges == len(said)
    labelled = from_triples([(E + "node_7", relation, value) for relation, value in said], {E + "node_7": "Own"})
    assert labelled.label(labelled.node(E + "node_7")) == "Own"


def test_labels_of_skos_xl_and_synonyms() -> None:
    rows = [
        (E + "c", XL + "prefLabel", E + "l1"), (E + "l1", XL + "literalForm", Literal("tide", language="en")),
        (E + "c", XL + "altLabel", "_:l2"), ("_:l2", XL + "literalForm", Literal("ebb and flow")),
        (E + "d", OBO + "hasExactSynonym", Literal("neap")), (E + "d", OBO + "hasBroadSynonym", Literal("water")),
    ]  # fmt: skip
    graph = from_triples(rows)
    names = [(graph.key(node), name) for batch in node_names(graph, graph.num_entities) for node, name in batch]
    assert sorted(names) == [
        ("_:l2", "ebb and flow"), (E + "c", "ebb and flow"), (E + "c", "tide"), (E + "d", "d"), (E + "d", "neap"),
        (E + "l1", "tide"),
    ]  # fmt: skip
    assert graph.label(graph.node(E + "c")) == "tide"


def test_a_blank_node_with_a_name_is_an_ordinary_node() -> None:
    graph = from_triples([("a", "p", "_:b"), ("a", "p", "_:c"), ("_:b", FOAF + "givenName", Literal("Ida"))])
    assert [graph.key(node) for node in graph.nameless.tolist()] == ["_:c"]
    assert [graph.label(graph.node(key)) for key in ("_:b", "_:c")] == ["Ida", "[p of a]"]


def test_a_long_text_is_no_name() -> None:
    graph = from_triples([(E + "a", "http://dbpedia.org/ontology/abstract", Literal("A town."))])
    assert graph.label(graph.node(E + "a")) == "a"


WD = "http://www.wikidata.org/"
FORMS = [
    "direct/P9",
    "direct-normalized/P9",
    "P9",
    "statement/P9",
    "qualifier/P9",
    "statement/value/P9",
    "reference/P9",
]


@pytest.mark.parametrize("form", FORMS)
def test_the_key_of_a_wikidata_relation_is_enough_to_name_it(form: str) -> None:
    graph = from_triples([("a", WD + "prop/" + form, "b")], {WD + "entity/P9": "sibling"})
    assert graph.relation_label(0) == "sibling"
    assert graph.num_entities == 3


def test_relations_that_state_one_wikidata_property_are_told_apart() -> None:
    claims = {
        "direct/P9": "directClaim",
        "P9": "claim",
        "statement/P9": "statementProperty",
        "qualifier/P9": "qualifier",
    }
    rows = [("a", WD + "prop/" + form, "b") for form in claims]
    rows += [(WD + "entity/P9", "http://wikiba.se/ontology#" + claims[form], WD + "prop/" + form) for form in claims]
    graph = from_triples(rows, {WD + "entity/P9": "sibling"})
    names = [graph.relation_label(graph.relation(WD + "prop/" + form)) for form in claims]
    assert names == ["sibling", "sibling (statement)", "sibling (value)", "sibling (qualifier)"]
