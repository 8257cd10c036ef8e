"""Words that ask for an operator are found where they stand; words that only look so are not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from clew.decoding.programs.reading.cues import Cue, cues, polite
from clew.decoding.programs.reading.question import AskedWords
from clew.tries.programs.tokens import Op
from tests.decoding.programs.reading.ferries import said
from tests.decoding.programs.reading.texts import ANY_TEXT

CUES = [
    ("how many ferries are there?", Op.COUNT, "how many"),
    ("count the ferries", Op.COUNT, "count the"),
    ("number of ferries for each captain", Op.COUNT, "number of"),
    ("number of ferries for each captain", Op.GROUP, "for each"),
    ("harbours per country", Op.GROUP, "per"),
    ("the average length of ferries", Op.AVG, "average"),
    ("total length of ferries", Op.SUM, "total"),
    ("the average and the maximum length of ferries", Op.MAX, "maximum"),
    ("the lowest, highest and average fare", Op.MIN, "lowest"),
    ("the longest length of ferries for each captain", Op.ARG, "longest"),
    ("the maximum length of ferries for each captain", Op.MAX, "maximum"),
    ("how many ferries are there, and what is the largest fare?", Op.MAX, "largest"),
    ("which ferries do not sail to Torvik?", Op.NOT, "not"),
    ("ferries without a captain", Op.NOT, "without"),
    ("captains who didn't sail", Op.NOT, "didnt"),
    ("ferries that sail to Torvik or Sandness", Op.OR, "or"),
    ("either red or blue or green", Op.OR, "either or or"),
    ("the longest ferry", Op.ARG, "longest"),
    ("the most expensive ferry", Op.ARG, "most expensive"),
    ("the captain with the most ferries", Op.DEGREE, "most"),
    ("the captain with the fewest ferries", Op.DEGREE, "fewest"),
    ("which is older, Ida or Jon?", Op.ARG, "older"),
    ("does Puffin sail to Torvik?", Op.ASK, "does"),
    ("is there a ferry?", Op.ASK, "is there"),
    ("owned directly or indirectly by Ida", Op.CLOSE, "directly or indirectly"),
    ("ferries and their length", Op.PROJ, "and"),
]


@pytest.mark.parametrize(("question", "op", "words"), CUES)
def test_an_operator_is_asked_for_by_its_words(question: str, op: Op, words: str) -> None:
    asked = AskedWords(question)
    assert words in [" ".join(said(asked, cue.bits)) for cue in cues(asked) if cue.op is op]


def extremes(question: str) -> list[Cue]:
    return [cue for cue in cues(AskedWords(question)) if cue.op is Op.ARG]


@pytest.mark.parametrize(
    ("question", "how", "measure"),
    [
        ("the longest ferry", "max", "length"),
        ("the youngest captain", "min", "age"),
        ("the most expensive ticket", "max", "price"),
        ("the least deep harbour", "min", "depth"),
        ("which is older, Ida or Jon?", "max", "age"),
        ("which is less deep, Torvik or Sandness?", "min", "depth"),
        ("the first ferry", "min", "date"),
        ("the last ferry", "max", "date"),
    ],
)
def test_an_adjective_says_which_end_of_which_attribute(question: str, how: str, measure: str) -> None:
    found = extremes(question)
    assert (found[0].how, measure in found[0].measures) == (how, True)


@pytest.mark.parametrize(
    ("question", "op"),
    [
        ("which ferry is longer than Gannet?", Op.ARG),
        ("at most five ferries", Op.DEGREE),
        ("at least five ferries", Op.ARG),
        ("which ferries are in the notebook?", Op.NOT),
        ("who sails to Torvik?", Op.ASK),
        ("do you know the captain?", Op.ASK),
        ("the organ of the harbour", Op.OR),
    ],
)
def test_what_only_looks_like_a_cue_is_none(question: str, op: Op) -> None:
    assert op not in {cue.op for cue in cues(AskedWords(question)) if cue.strong}


def test_a_count_in_total_is_no_sum_that_must_be_read() -> None:
    assert [cue.op for cue in cues(AskedWords("how many ferries in total?")) if cue.strong] == [Op.COUNT]


def test_politeness_says_nothing() -> None:
    asked = AskedWords("can you tell me who is the captain of Puffin please")
    assert said(asked, polite(asked)) == ["can", "you", "tell", "me", "please"]
    assert not polite(AskedWords("who is the captain of Puffin"))


@given(ANY_TEXT)
@settings(max_examples=60, deadline=None)
def test_cues_of_any_text_are_words_of_it_in_its_order(text: str) -> None:
    asked = AskedWords(text)
    found = cues(asked)
    assert all(cue.bits >> len(asked.words) == 0 for cue in found)
    assert [cue.bits & -cue.bits for cue in found] == sorted(cue.bits & -cue.bits for cue in found)
    assert all(cue.how in ("", "max", "min") for cue in found)
    assert polite(asked) >> len(asked.words) == 0
