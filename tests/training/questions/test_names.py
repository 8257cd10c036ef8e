"""What relation names tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.training.questions.names import (
    domain_of,
    head_kind,
    joined,
    path_name,
    same,
    shortened,
    tail_kind,
    turned,
)

SEGMENTS = st.text("abcdefgh_", min_size=1, max_size=8).filter(lambda text: text.strip("_") != "")


@pytest.mark.parametrize(
    ("name", "head", "tail"),
    [
        ("people.beekeeper.country_of_birth", "beekeeper", "place"),
        ("ferry.route.captained_by", "route", "person"),
        ("/ferry/harbour/ferry_routes", "harbour", "route"),
        ("geo.region.containedby", "place", "place"),
        ("people.person.spouse_s", "person", "person"),
        ("shop.till.currency_used", "till", "currency"),
        ("common.topic.notable_types", "thing", "type"),
        ("hive owner", "thing", "person"),
        ("altitude", "thing", "altitude"),
    ],
)
def test_kinds_of_ends(name: str, head: str, tail: str) -> None:
    assert (head_kind(name), tail_kind(name)) == (head, tail)


@given(parts=st.lists(SEGMENTS, min_size=3, max_size=4), mark=st.sampled_from("./"))
def test_spellings_of_a_path_are_one_name(parts: list[str], mark: str) -> None:
    name = mark.join(parts)
    assert same(name) == same("/" + "/".join(parts)) == tuple(part.lower() for part in parts)
    assert path_name(name) is not None
    assert shortened(name, 2) == "/".join(parts[-2:])
    assert domain_of(name) == "/".join(parts[:-1])


@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=30))
def test_any_name_has_kinds_and_a_short_form(name: str) -> None:
    assert isinstance(shortened(name, 1), str)
    if name.strip(" _./:#-"):
        assert head_kind(name)
        assert tail_kind(name)


def test_relations_over_a_mediator() -> None:
    both = joined("people.beekeeper.awards", "honey.award_given.prize")
    assert both == "/people/beekeeper/awards./honey/award_given/prize"
    assert head_kind(both) == "beekeeper"
    assert shortened(both, 1) == "prize"
    assert joined("awards", "honey.award_given.prize") is None


def test_names_of_the_other_end() -> None:
    assert turned("ferry.harbour.routes") == "ferry/route/harbour"
    assert turned("altitude") is None
    assert turned("geo.region.containedby") is None
