"""What a question names: entities, classes, numbers and times, and where."""

from __future__ import annotations

import pytest

from tests.decoding.programs.reading.ferries import anchors, read


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("who is the captain of Puffin in 1987", ("ENT", "Puffin", "puffin")),
        ("who is the captain of Puffin in 1987", ("LIT", "1987", "1987")),
        ("who is the captain of Puffin in 1987", ("CLS", "captain", "captain")),
        ("ferries of Ida Moe", ("ENT", "Ida Moe", "ida moe")),
        ("ferries of Ida Moe", ("CLS", "ferry", "ferries")),
        ("ferries to port ellary", ("ENT", "Port Ellary", "port ellary")),
        ("Gannets and puffins", ("ENT", "Gannet", "gannets")),
        ("harbours deeper than 5 m", ("LIT", "5 m", "5 m")),
        ("harbours deeper than 5 m", ("LIT", "5", "5 m")),
        ("captans older than 40", ("CLS", "captain", "captans")),
    ],
)
def test_it_is_found_where_it_is_named(question: str, named: tuple[str, str, str]) -> None:
    assert named in anchors(question)


def test_a_comparison_belongs_to_its_number() -> None:
    costs = read("ferries longer than 70 and captains older than 40").costs
    compared = {one.anchor.literal.lexical: str(one.compared[0].how) for one in costs.anchors if one.anchor.literal}
    assert compared == {"70": ">", "40": ">"}


def test_a_stretch_of_time_has_two_ends() -> None:
    costs = read("ferries launched in the 1980s").costs
    assert [one.anchor.literal.lexical for one in costs.anchors if one.anchor.literal] == ["1980", "1989"]


def test_spans_lie_in_the_question_where_the_words_are() -> None:
    question = "which ferries of Ida Moe longer than 70 sail to Port Ellary?"
    found = read(question).costs
    assert len(found.anchors) >= 4
    for one in found.anchors:
        start, end = one.anchor.span
        assert 0 <= start <= end <= len(question)
        if one.bits:
            inside = found.asked.bits(start, end)
            assert inside | one.bits == one.bits or one.anchor.literal is not None
        else:
            assert (start, end) == (0, 0)


def test_a_class_is_no_entity() -> None:
    assert not {key for op, key, _ in anchors("ferry harbour captain country") if op == "ENT"}


def test_nothing_is_named_by_nothing() -> None:
    assert anchors("") == []
