"""Questions are read into the program that they mean; what it does not stand for stays unread, whatever the text."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.programs.execution import execute
from clew.decoding.programs.notation import Program, written
from clew.kg.limits import MAX_QUESTION_CHARS
from clew.tries.programs.tokens import Op
from tests.decoding.programs.reading.ferries import names, read

SAIL = 'HOP "^sails to"'
READ = {
    "which ferries sail to Torvik?": f"ENT Torvik {SAIL}",
    "who is the captain of Puffin?": "ENT Puffin HOP captain",
    "the age of the captain of Gannet": "ENT Gannet HOP captain HOP age",
    "when was Gannet launched?": "ENT Gannet HOP launched",
    "how old is Ida Moe?": 'ENT "Ida Moe" HOP age',
    "how many ferries are there?": "CLS ferry COUNT",
    "how many ferries sail to Sandness?": f"ENT Sandness {SAIL} COUNT",
    "which ferry is the longest?": "CLS ferry ARG length max",
    "who is the youngest captain?": "CLS captain ARG age min",
    "the captain of the longest ferry": "CLS ferry ARG length max HOP captain",
    "the two longest ferries": "CLS ferry LIT 2 ARG length max",
    "the deepest harbour in Norland": "ENT Norland HOP ^country ARG depth max",
    "ferries longer than 70": "CLS ferry LIT 70 CMP length >",
    "ferries longer than Puffin": "CLS ferry ENT Puffin HOP length CMP length >",
    "which ferries are shorter than the average ferry?": "CLS ferry CLS ferry AVG length CMP length <",
    "captains older than 40": "CLS captain LIT 40 CMP age >",
    "which ferries were launched after 2000?": "CLS ferry LIT 2000 CMP launched >",
    "ferries launched between 1980 and 2005": "CLS ferry LIT 1980 CMP launched >= LIT 2005 CMP launched <=",
    "ferries of Ida Moe longer than 70": 'ENT "Ida Moe" HOP ^captain LIT 70 CMP length >',
    "harbours with at least 2 ferries": 'CLS harbour LIT 2 CMP "#^sails to" >=',
    "captains with more than 1 ferry": "CLS captain LIT 1 CMP #^captain >",
    "ferries that sail to Torvik and Sandness": f"ENT Torvik {SAIL} ENT Sandness {SAIL} AND",
    "which is longer, Puffin or Gannet?": "ENT Puffin ENT Gannet OR ARG length max",
    "ferries that do not sail to Torvik": f"CLS ferry ENT Torvik {SAIL} NOT",
    "the average length of ferries": "CLS ferry AVG length",
    "sum of the length of ferries": "CLS ferry SUM length",
    "which captain has the most ferries?": "CLS captain ARG #^captain max",
    "which ferries were built before 1990?": "CLS ferry LIT 1990 CMP launched <",
    "the most recently launched ferry": "CLS ferry ARG launched max",
    "does Puffin sail to Torvik?": 'ENT Torvik ENT Puffin HOP "sails to" ASK',
    "is there a ferry longer than 100?": "CLS ferry LIT 100 CMP length > ASK",
    "is Ida Moe older than Jon Rask?": 'ENT "Ida Moe" ENT "Jon Rask" ASK age >',
    "list the length and the captain of each ferry": "CLS ferry PROJ length PROJ captain",
    "number of harbours per country": "CLS harbour GROUP country COUNT",
    "the average depth of harbours by country": "CLS harbour GROUP country AVG depth",
    "which captain has the most ferries, and how many?": "CLS captain ARG #^captain max PROJ #^captain",
    "captains with the number of their ferries": "CLS captain PROJ #^captain",
    "the average, minimum and maximum length of ferries": "CLS ferry AVG length MIN length MAX length",
    "what is the greatest depth of harbours for each country?": "CLS harbour GROUP country MAX depth",
    "for each country, the number of harbours and their lowest depth": "CLS harbour GROUP country COUNT MIN depth",
    "the mean age of captains and the highest age": "CLS captain AVG age MAX age",
}


@pytest.mark.parametrize("question", READ)
def test_a_question_is_read_as_the_program_that_it_means(question: str) -> None:
    found = read(question)
    assert written(names(), found.anchors, found.found[0].tokens) == READ[question]
    assert {part.text for part in found.unread} <= {"is"}


def test_the_questions_are_of_nearly_every_operator() -> None:
    ops = {op.value for op in Op} - {"CLOSE", "AT", "TYPE", "STOP", "ASK CMP", "ARG #", "CMP #", "PROJ #"}
    assert ops <= {word for program in READ.values() for word in program.split()}


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("which ferries painted red sail to Torvik?", ["painted", "red"]),
        ("who insured the Puffin?", ["insured"]),
        ("how many passengers does Gannet carry?", ["passengers"]),
        ("ferries that sail to Sandness on Sundays", ["Sundays"]),
        ("the purple captain of Puffin", ["purple"]),
        ("the length of Puffin in nautical leagues", ["nautical", "leagues"]),
        ("what percentage of ferries sail to Torvik?", ["percentage"]),
        ("more than half of the ferries", ["half"]),
        ("the median length of ferries", ["median"]),
        ("which ferries sail only to Torvik?", ["only"]),
        ("ferries with the same captain as Puffin", ["same"]),
        ("how many more ferries does Ida Moe have than Nell Orde?", ["more", "than"]),
        ("which harbour has more ferries than Torvik?", ["more", "than"]),
    ],
)
def test_what_the_graph_cannot_say_stays_unread(question: str, left: list[str]) -> None:
    found = read(question)
    assert set(left) <= {part.text for part in found.unread}
    for part in found.unread:
        assert question[part.start : part.end] == part.text


WORDS = "ferry ferries Torvik Puffin longest how many not or and 2 1990s more than each captain average is ? , xyz most"


@given(
    st.one_of(
        st.text(max_size=MAX_QUESTION_CHARS),
        st.text(string.printable, max_size=80),
        st.lists(st.sampled_from(WORDS.split()), min_size=1, max_size=14).map(" ".join),
    )
)
@settings(max_examples=80, deadline=None)
def test_any_text_is_read(text: str) -> None:
    text = text[:MAX_QUESTION_CHARS]
    found = read(text)
    asked = found.costs.asked
    assert all(0 <= part.start < part.end <= len(text) for part in found.unread) if found.found else True
    assert sum(found.shares[:1]) <= 1 + 1e-9
    assert 0 <= found.selection <= 1
    for one in found.found:
        assert len(one.claims) == len(one.spent) == len(one.tokens)
        assert abs(sum(one.spent)) <= one.cost + 1e-9
        spans = [asked.span(bits) for bits in one.claims]
        assert all(0 <= start <= end <= len(text) for start, end in spans)


@pytest.mark.parametrize("question", list(READ)[::4])
def test_every_program_found_can_be_run(question: str) -> None:
    found = read(question)
    assert found.found
    for one in found.found:
        program = Program(tuple(found.anchors), one.tokens)
        assert execute(found.algebra, names(), program).value == one.top.value


def test_the_same_question_is_read_the_same_way() -> None:
    first, second = read("ferries longer than 70"), read("ferries longer than 70")
    assert [one.tokens for one in first.found] == [one.tokens for one in second.found]
    assert (first.shares, first.selection) == (second.shares, second.selection)


def test_without_a_ranking_the_cheapest_is_first() -> None:
    found = read("the captain of the longest ferry", ranked=False)
    assert found.found[0].cost == min(one.cost for one in found.found)
    assert found.selection == found.shares[0]
    assert found.in_words
