"""Pronouns of questions: where they are, what they can stand for, and names in their place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.decoding.reading.pronouns import (
    WORDS,
    Referring,
    can_mean,
    named_instead,
    pronouns,
    unresolved,
    with_name,
    without_opening,
)
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples

TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


@pytest.fixture(scope="module")
def graph() -> Graph:
    return from_triples(
        [
            ("Ada", TYPE, "film director"),
            ("Blue", TYPE, "film"),
            ("Oslo", TYPE, "city"),
            ("Ada", "made", "Blue"),
            ("Blue", "seen by", "Nobody"),
        ]
    )


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Who directed it?", [("it", Referring.THING)]),
        ("It was made by whom?", [("It", Referring.THING)]),
        ("Where was he born and who was his teacher?", [("he", Referring.HE)]),
        ("Did he direct it?", [("he", Referring.HE), ("it", Referring.THING)]),
        ("Who was born there?", [("there", Referring.PLACE)]),
        ("Who made this film?", [("this film", Referring.NAMED)]),
        ("Who directed that?", [("that", Referring.ANY)]),
        ("Who wrote that book?", [("that book", Referring.NAMED)]),
        ("Who starred in that one?", [("that one", Referring.ANY)]),
        ("Which films that Ada made are long?", []),
        ("Which rivers are there that are long?", []),
        ("Who starred in Her?", []),
        ("Who directed [it]?", []),
        ('Who directed "Them"?', []),
        ("How many films are there?", []),
        ("Is there a film by Ada?", []),
        ("Which items did Theo list?", []),
    ],
)
def test_pronouns_are_found(question: str, found: list[tuple[str, Referring]]) -> None:
    assert [(one.text, one.referring) for one in pronouns(question)] == found


@pytest.mark.parametrize(
    ("question", "resolved"),
    [
        ("Who directed it?", "Who directed [Blue]?"),
        ("What is its budget?", "What is [Blue]'s budget?"),
        ("Where was he born and who was his teacher?", "Where was [Blue] born and who was [Blue]'s teacher?"),
        ("Who married her in May?", "Who married [Blue] in May?"),
        ("Which are her films?", "Which are [Blue]'s films?"),
        ("Who made this film?", "Who made [Blue]?"),
        ("Did he his work?", "Did [Blue] [Blue]'s work?"),
    ],
)
def test_names_take_their_place(question: str, resolved: str) -> None:
    (pronoun,) = pronouns(question)
    assert with_name(question, pronoun, "Blue") == resolved


@given(words=st.lists(st.sampled_from(sorted(WORDS)) | st.sampled_from(["who", "made", "film", "Ada", "[it]"])))
def test_what_is_resolved_has_no_pronoun_left(words: list[str]) -> None:
    """Law: with a name in the place of each, there is none; and nothing else changes but the places."""
    question = " ".join(words)
    for pronoun in pronouns(question):
        assert all(question[place.start : place.end].lower().split()[0] in WORDS for place in pronoun.places)
        assert pronoun not in pronouns(with_name(question, pronoun, "Ada [B]"))
    while found := pronouns(question):
        question = with_name(question, found[0], "Ada")
    assert not pronouns(question)


@pytest.mark.parametrize(
    ("question", "fitting"),
    [
        ("Where was he born?", ["Ada", "Nobody"]),
        ("How old is she?", ["Ada", "Nobody"]),
        ("How long is it?", ["Blue", "Oslo", "Nobody"]),
        ("Who lives there?", ["Blue", "Oslo", "Nobody"]),
        ("How old are they?", ["Ada", "Blue", "Oslo", "Nobody"]),
        ("How long is this film?", ["Ada", "Blue", "Nobody"]),
        ("How old is this director?", ["Ada", "Nobody"]),
        ("How old is this?", ["Ada", "Blue", "Oslo", "Nobody"]),
        ("How old is this town?", ["Nobody"]),
    ],
)
def test_what_they_can_stand_for(graph: Graph, question: str, fitting: list[str]) -> None:
    (pronoun,) = pronouns(question)
    names = ["Ada", "Blue", "Oslo", "Nobody"]
    assert [name for name in names if can_mean(graph, pronoun, graph.node(name))] == fitting


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("And Blue?", "Blue"),
        ("what about the Blue Danube ?", "Blue Danube"),
        ("How about Blue", "Blue"),
        ("and who directed Blue?", ""),
        ("And in Oslo?", ""),
        ("What about him?", ""),
        ("Who directed Blue?", ""),
        ("and" + " " * 1_900 + "?", ""),
    ],
)
def test_another_name_for_the_same_question(question: str, name: str) -> None:
    assert named_instead(question) == name


def test_openings_are_left_out() -> None:
    assert without_opening("And then, who directed Blue?") == "who directed Blue?"
    assert without_opening("Andy directed what?") == "Andy directed what?"
    assert without_opening("and") == "and"


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("who painted it?", ["it"]),
        ("which songs did they write?", ["they"]),
        ("where was she born?", ["she"]),
        ("what colour is this boat?", ["this boat"]),
        ("list the ferries and their captains", []),
        ("which firms have their seat in Torvik?", []),
        ("what are their names?", ["their"]),
        ("who built the harbour and when was it opened?", ["it"]),
        ("which ferries were built this year?", []),
        ("how many ferries are there?", []),
    ],
)
def test_pronouns_that_stand_for_nothing_in_the_question(question: str, left: list[str]) -> None:
    assert [question[start:end] for start, end in unresolved(question, ())] == left


def test_a_name_before_a_pronoun_stands_for_it() -> None:
    question = "who built Torvik and when was it opened?"
    assert unresolved(question, [question.index("Torvik")]) == []
    assert unresolved("was it built by Torvik?", [16])


@pytest.mark.parametrize(
    ("question", "anyone"),
    [
        ("what language do they speak in Torvik?", True),
        ("What coins do they pay with in the north of Torvik?", True),
        ("what language did they speak in Torvik?", False),
        ("what language do they speak, and where is Torvik?", False),
        ("which boats do they sail to Torvik?", False),
    ],
)
def test_they_are_whoever_is_at_a_place_that_is_named(question: str, anyone: bool) -> None:
    assert (unresolved(question, [question.index("Torvik")]) == []) == anyone
