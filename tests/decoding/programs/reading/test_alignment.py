"""Where names are said: by themselves, by their forms, with a letter wrong, by what they mean; and not elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from clew.decoding.programs.reading.alignment import MISSPELLED, UNSAID_COST, Aligner, said_itself, similarity
from clew.decoding.programs.reading.names import Name
from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.reading.likeness import Likeness
from tests.decoding.programs.reading.ferries import likeness, said
from tests.decoding.programs.reading.texts import ANY_TEXT


def aligner(question: str, *names: tuple[str, ...], named: int = 0, plain: bool = False) -> Aligner:
    found = Aligner(AskedWords(question), Likeness(None) if plain else likeness(), named)
    found.prepare({word for name in names for word in name}, {name[-1] for name in names})
    return found


def places(question: str, *name: str) -> list[tuple[str, float]]:
    found = aligner(question, name)
    return [(" ".join(said(found.asked, place.bits)), place.cost) for place in found.places(Name(name))]


def test_a_name_said_in_full_costs_nothing() -> None:
    assert places("the sea level of Torvik", "sea", "level")[0] == ("sea level", 0.0)


def test_less_of_a_name_costs_more() -> None:
    whole, head, other = (places(q, "sea", "level")[0][1] for q in ("the sea level", "the level", "the sea"))
    assert 0 == whole < head < other < UNSAID_COST


def test_words_that_stand_far_apart_are_no_one_name() -> None:
    found = aligner("the sea around that far away old harbour and its level", ("sea", "level"), plain=True)
    places = found.places(Name(("sea", "level")))
    assert len(places) > 1
    assert not any({"sea", "level"} <= set(said(found.asked, place.bits)) for place in places)
    assert min(place.cost for place in places) > 0


@pytest.mark.parametrize("question", ["the lengths", "the length", "the lenght"])
def test_forms_and_slips_say_a_name(question: str) -> None:
    found = places(question, "length")
    assert found
    assert found[0][1] < 1


@pytest.mark.parametrize(
    ("word", "text", "cost", "least", "most"),
    [
        ("length", "length", 1.0, 1.0, 1.0),
        ("ferry", "ferries", 1.0, 0.9, 1.0),
        ("captain", "captian", 1.0, 0.0, 1.0),
        ("captain", "captains", 1.0, 0.9, 1.0),
        ("harbour", "harbuor", 1.0, MISSPELLED, MISSPELLED),
        ("date", "when", 0.0, 0.5, 0.9),
        ("country", "where", 0.0, 0.5, 0.9),
        ("country", "when", 0.0, 0.0, 0.0),
        ("depth", "length", 1.0, 0.0, 0.0),
        ("form", "from", 0.0, 0.0, 0.0),
    ],
)
def test_how_much_a_word_says_another(word: str, text: str, cost: float, least: float, most: float) -> None:
    assert least <= said_itself(word, text, cost) <= most


@given(ANY_TEXT)
@settings(max_examples=40, deadline=None)
def test_places_of_any_text_are_words_of_it(text: str) -> None:
    found = aligner(text, ("sea", "level"), ("hour",), ("kilometres", "year"), plain=True)
    for name in (("sea", "level"), ("hour",), ("kilometres", "year")):
        some = found.places(Name(name))
        assert [place.cost for place in some] == sorted(place.cost for place in some)
        for place in some:
            assert 0 < place.bits < 1 << len(found.asked.words)
            assert 0 <= place.cost < UNSAID_COST


def test_what_is_named_or_owned_says_nothing_by_its_meaning() -> None:
    free = aligner("the town of Torvik", ("city",))
    assert [said(free.asked, place.bits) for place in free.places(Name(("city",)))] == [["town"]]
    assert not aligner("the town of Torvik", ("city",), named=0b0010).places(Name(("city",)))
    assert not aligner("the town of Torvik", ("city",), ("town",)).places(Name(("city",)))


def test_similarity_lies_between_0_and_1() -> None:
    values = [similarity("city", "town", cosine) for cosine in (-1.0, 0.0, 0.5, 1.0)]
    values += [similarity("harbour", "bicycle", cosine) for cosine in (-1.0, 0.0, 0.5, 1.0)]
    assert all(0 <= value <= 1 for value in values)
    assert values[4:] == sorted(values[4:])
