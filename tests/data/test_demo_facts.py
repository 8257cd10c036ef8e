"""Constraints that true facts must meet: they catch a mistyped date, place or relation in the demo graph."""

from __future__ import annotations

from collections import Counter
from typing import Any

import networkx as nx
import pytest

LONGEST_LIFE = 115
WORK_DATES = ("publicationYear", "completionYear", "premiereYear", "releaseYear")


def born(demo: Any, person: str) -> int:
    """The year of birth, or one that no constraint can fail on."""
    year: int | None = demo.year(person, "birthDate")
    return -10_000 if year is None else year


def died(demo: Any, person: str) -> int:
    """The year of death, or one that no constraint can fail on."""
    year: int | None = demo.year(person, "deathDate")
    return 10_000 if year is None else year


def test_birth_precedes_death(demo: Any) -> None:
    people = [person for person, _ in demo.pairs("birthDate")]
    assert len(people) > 500
    for person in people:
        if died(demo, person) != 10_000:
            assert 0 < died(demo, person) - born(demo, person) < LONGEST_LIFE, person


@pytest.mark.parametrize("relation", ["borders", "spouse"])
def test_symmetric_relations_are_stated_both_ways(demo: Any, relation: str) -> None:
    pairs = set(demo.pairs(relation))
    assert {(tail, head) for head, tail in pairs} == pairs
    assert all(head != tail for head, tail in pairs)


def test_spouses_lived_at_the_same_time(demo: Any) -> None:
    for one, other in demo.pairs("spouse"):
        assert born(demo, one) < died(demo, other), (one, other)


def test_parents_are_older(demo: Any) -> None:
    for parent, child in demo.pairs("child"):
        if -10_000 not in (born(demo, parent), born(demo, child)):
            assert 13 <= born(demo, child) - born(demo, parent) <= 80, (parent, child)
        assert born(demo, child) <= died(demo, parent) + 1, (parent, child)
    assert max(Counter(child for _, child in demo.pairs("child")).values()) <= 2


def test_teachers_and_influences_came_earlier(demo: Any) -> None:
    for pupil, teacher in demo.pairs("studentOf"):
        assert born(demo, pupil) < died(demo, teacher), (pupil, teacher)
        if -10_000 not in (born(demo, pupil), born(demo, teacher)):
            assert born(demo, teacher) < born(demo, pupil), (pupil, teacher)
    for person, source in demo.pairs("influencedBy"):
        assert born(demo, source) < died(demo, person), (person, source)


@pytest.mark.parametrize("relation", ["child", "partOf", "studentOf", "basedOn"])
def test_no_cycles(demo: Any, relation: str) -> None:
    assert nx.is_directed_acyclic_graph(nx.DiGraph(demo.pairs(relation)))


@pytest.mark.parametrize("relation", ["author", "creator", "director", "composer"])
def test_works_follow_the_birth_of_their_makers(demo: Any, relation: str) -> None:
    works = demo.dated(relation, *WORK_DATES)
    assert len(works) > 30
    for work, year, maker in works:
        assert year >= born(demo, maker) + 10, (work, maker)


def test_paintings_and_films_were_made_in_the_lifetime_of_their_makers(demo: Any) -> None:
    for relation, date in (("creator", "completionYear"), ("director", "releaseYear"), ("starring", "releaseYear")):
        for work, year, maker in demo.dated(relation, date):
            assert born(demo, maker) + 5 <= year <= died(demo, maker) + 1, (work, maker)


def test_adaptations_follow_their_sources(demo: Any) -> None:
    for work, source in demo.pairs("basedOn"):
        later, earlier = demo.year(work, *WORK_DATES), demo.year(source, *WORK_DATES)
        assert later is None or earlier is None or earlier <= later, (work, source)


def test_discoveries_and_inventions_were_made_in_a_lifetime(demo: Any) -> None:
    for thing, year, person in demo.dated("discoverer", "discoveryYear"):
        assert born(demo, person) + 15 <= year <= died(demo, person), (thing, person)
    for theory, year, person in demo.dated("proposedBy", "publicationYear"):
        assert born(demo, person) + 15 <= year <= died(demo, person), (theory, person)
    for mountain, year, person in demo.dated("firstAscentBy", "firstAscentYear"):
        assert born(demo, person) + 15 <= year <= died(demo, person), (mountain, person)


def test_prizes_went_to_the_living(demo: Any) -> None:
    for edition, year, winner in demo.dated("laureate", "awardYear"):
        assert born(demo, winner) + 15 <= year <= died(demo, winner), (edition, winner)
        (prize,) = demo.tails(edition, "edition")
        assert prize in demo.tails(winner, "award"), (edition, winner)
        assert edition == f"{prize}_{year}"


def test_events_in_order(demo: Any) -> None:
    for event, end in demo.pairs("endYear"):
        start = demo.year(event, "startYear")
        assert start is None or start <= int(end), event
    for battle, year, leader in demo.dated("commander", "date", "startYear"):
        assert born(demo, leader) < year <= died(demo, leader), (battle, leader)
    for battle, year, whole in demo.dated("partOf", "date"):
        begin, finish = demo.year(whole, "startYear"), demo.year(whole, "endYear")
        assert begin is None or begin <= year, battle
        assert finish is None or year <= finish, battle


def test_students_attended_founded_schools(demo: Any) -> None:
    for person, school in demo.pairs("educatedAt"):
        founded = demo.year(school, "foundedIn")
        assert founded is None or founded < died(demo, person), (person, school)


def test_founders_and_architects_were_alive(demo: Any) -> None:
    for thing, year, person in demo.dated("foundedBy", "foundedIn"):
        assert born(demo, person) < year <= died(demo, person), (thing, person)
    for building, year, person in demo.dated("architect", "openedYear"):
        assert born(demo, person) < year, (building, person)


def test_elements(demo: Any) -> None:
    elements = demo.of_type("Element")
    assert len(elements) >= 80
    for relation in ("atomicNumber", "symbol"):
        assert {head for head, _ in demo.pairs(relation)} == elements
        assert max(Counter(tail for _, tail in demo.pairs(relation)).values()) == 1
    assert all(1 <= number <= 118 for _, number in demo.pairs("atomicNumber"))
    assert all(symbol[0].isupper() and symbol.isalpha() and len(symbol) <= 2 for _, symbol in demo.pairs("symbol"))


def test_capitals_lie_in_their_country(demo: Any) -> None:
    for place, city in demo.pairs("capital"):
        country = {place} if "Country" in demo.types(place) else demo.tails(place, "country")
        assert demo.tails(city, "country") == country, (place, city)
    assert max(Counter(city for place, city in demo.pairs("capital") if "Country" in demo.types(place)).values()) == 1


def test_places_lie_where_what_contains_them_lies(demo: Any) -> None:
    for city, region in demo.pairs("locatedIn"):
        if "City" in demo.types(city):
            inside = demo.tails(region, "country")
            assert demo.tails(city, "country") <= inside, (city, region)


def test_cities_lie_on_rivers_of_their_country(demo: Any) -> None:
    for city, river in demo.pairs("onRiver"):
        assert demo.tails(city, "country") <= demo.tails(river, "flowsThrough"), (city, river)


def test_the_highest_point_is_the_highest_mountain(demo: Any) -> None:
    for country, point in demo.pairs("highestPoint"):
        if "Country" not in demo.types(country):
            continue
        assert country in demo.tails(point, "country"), (country, point)
        height = max(demo.tails(point, "elevationM"), default=None)
        for mountain, lies in demo.pairs("country"):
            if lies == country and "Mountain" in demo.types(mountain) and height is not None:
                assert max(demo.tails(mountain, "elevationM"), default=0) <= height, (country, mountain)


def test_heights_and_lengths_are_on_earth(demo: Any) -> None:
    assert all(900 < height < 8_850 for _, height in demo.pairs("elevationM"))
    assert all(300 < length < 7_000 for _, length in demo.pairs("lengthKm"))


@pytest.mark.parametrize(("club", "members"), [("european_union", 27), ("nato", 32), ("g7", 7)])
def test_memberships_are_complete(demo: Any, club: str, members: int) -> None:
    found = {head for head, tail in demo.pairs("memberOf") if tail == club}
    assert len(found) == members
    assert all("Country" in demo.types(head) for head in found)


def test_moons_orbit_planets_and_planets_the_sun(demo: Any) -> None:
    for body, centre in demo.pairs("orbits"):
        assert (centre == "sun") == ("Moon" not in demo.types(body)), (body, centre)
    assert len([body for body, _ in demo.pairs("orbits") if "Planet" in demo.types(body)]) == 8
