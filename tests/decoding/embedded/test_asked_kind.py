"""The kind of thing asked for is read off plain wordings only, and compared with what the graph's relations reach."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.embedded.answer_type.lexical import NOTHING_ASKED, PERSON, asked_kind, is_person
from clew.decoding.embedded.answer_type.reach import Kinds, Reach, unknown_kinds
from clew.decoding.embedded.answer_type.relations import AnswerKinds, Nouns
from clew.decoding.embedded.vocabulary.vocabulary import relation_words
from clew.kg.graph.interop import from_triples
from tests.decoding.embedded.toys import encoder, random_network

REACHES = (
    Reach((("city", 1.0),), 1.0),
    Reach((("museum", 0.9), ("city", 0.1)), 1.0),
    Reach((("writer", 1.0), ("person", 1.0)), 1.0),
    Reach(literal=1.0),
    Reach(),
)
CITY, MUSEUM, WRITER, NUMBER, UNKNOWN = range(5)


@pytest.fixture(scope="module")
def nouns() -> Nouns:
    return Nouns(encoder().tokenizer, random_network()[1])


@pytest.fixture(scope="module")
def kinds(nouns: Nouns) -> AnswerKinds:
    return AnswerKinds(Kinds(REACHES, ("city", "museum", "person", "writer", "river")), nouns)


@pytest.mark.parametrize(
    ("text", "nouns"),
    [
        ("in which cities can i see x", ("cities",)),
        ("Which chemical elements are named after x?", ("chemical", "elements")),
        ("what films did x direct", ("films",)),
        ("x was born in which city", ("city",)),
        ("what are the cities that x runs through", ("cities",)),
        ("please list all rivers of x", ("rivers",)),
        ("show me the paintings by x", ("paintings",)),
        ("who wrote x", (PERSON,)),
        ("by whom was x written", (PERSON,)),
        ("x is in what present-day country", ("present-day", "country")),
    ],
)
def test_the_noun_asked_for(text: str, nouns: tuple[str, ...]) -> None:
    found = asked_kind(text)
    assert found.nouns == nouns
    assert not found.literal


@pytest.mark.parametrize("text", ["when did x die", "how many people live in x", "in what year was x released"])
def test_numbers_and_dates(text: str) -> None:
    assert asked_kind(text).literal


@pytest.mark.parametrize(
    "text",
    ["", "x", "what is x", "what kind of book is x", "the films in which x acted", "where was x born", "how is x made",
     "films by the person who wrote x", "the man whom x married", "what else did x paint"],
)  # fmt: skip
def test_where_the_wording_is_not_plain_nothing_is_asked(text: str) -> None:
    assert asked_kind(text).nouns == ()
    assert not asked_kind(text).literal


def test_a_noun_of_a_list_is_less_sure_than_one_after_which() -> None:
    assert asked_kind("list the rivers of x").sure < asked_kind("which rivers cross x").sure == 1


def test_nouns_for_people() -> None:
    assert all(map(is_person, ("person", "authors", "head chef", "Jewish composers")))
    assert not any(map(is_person, ("", "city", "persona", "author number")))


def test_what_reaches_another_kind_falls_behind(kinds: AnswerKinds) -> None:
    found = kinds.of_text("which cities show x")
    assert found[CITY] == found[UNKNOWN] == 0
    assert found[MUSEUM] == pytest.approx(-0.9)
    assert found[WRITER] == found[NUMBER] == -1


def test_nouns_for_people_mean_persons(kinds: AnswerKinds) -> None:
    for text in ("who was read by x", "which composers knew x", "which novelists knew x"):
        found = kinds.of_text(text)
        assert found[WRITER] == found[UNKNOWN] == 0 > found[CITY]


def test_a_class_that_no_relation_reaches_rules_the_others_out(kinds: AnswerKinds) -> None:
    found = kinds.of_text("which rivers cross x")
    assert found[UNKNOWN] == 0
    assert (found[[CITY, WRITER, NUMBER]] == -1).all()


def test_numbers_are_asked_for_only_where_the_graph_has_any(kinds: AnswerKinds, nouns: Nouns) -> None:
    found = kinds.of_text("when was x built")
    assert found[NUMBER] == 0
    assert (found[[CITY, MUSEUM, WRITER, UNKNOWN]] == -1).all()
    without = AnswerKinds(Kinds(REACHES[:NUMBER], ("city",)), nouns)
    assert not without.of_text("when was x built").any()


@given(st.text(max_size=60))
def test_any_text_gives_at_most_nothing_against(kinds: AnswerKinds, text: str) -> None:
    found = kinds.of_text(text)
    assert found.shape == (len(REACHES),)
    assert (found <= 0).all()
    assert (found >= -1).all()
    if asked_kind(text) == NOTHING_ASKED:
        assert not found.any()


@given(st.lists(st.sampled_from(["which cities does x know", "who is x", "when was x", "tell me of x"]), max_size=5))
def test_batch_is_single(kinds: AnswerKinds, texts: list[str]) -> None:
    if texts:
        assert np.array_equal(kinds.of(texts), np.stack([kinds.of([text])[0] for text in texts]))


def test_an_untyped_graph_tells_nothing(nouns: Nouns) -> None:
    assert not AnswerKinds(unknown_kinds(4), nouns).of(["which cities does x know", "who is x", "when was x"]).any()


def test_reaches_of_a_graph() -> None:
    graph = from_triples(
        [
            ("Louvre", "in", "Paris"),
            ("Prado", "in", "Madrid"),
            ("Louvre", "holds", "Mona Lisa"),
            ("Mona Lisa", "by", "Leonardo"),
            ("Madrid", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "City"),
            ("Paris", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "City"),
            ("Louvre", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "Museum"),
        ],
        name="museums",
    )
    kinds = relation_words(graph).kinds
    label = {graph.relation_label(r): kinds.reaches[r] for r in range(2 * graph.num_relations)}
    assert dict(label["in"].shares) == {"city": 1.0}
    assert label["in"].typed == 1
    backwards = kinds.reaches[graph.relation("in") + graph.num_relations]
    assert dict(backwards.shares) == {"museum": 0.5}
    assert backwards.typed == 0.5
    assert label["by"] == Reach()
    assert sorted(kinds.classes) == ["city", "museum"]
    assert kinds.reaches[graph.type_relation].typed == 1  # type: ignore[index]
