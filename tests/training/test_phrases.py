"""Wordings that leave something out: the site between a thing and its city, one hop of two, a kind already named."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from clew.training.synthetic.lexicon import EntityType, LexicalRelation, read_lexicon
from clew.training.synthetic.phrases import Hop, Phraser
from clew.training.synthetic.schema import SchemaSampler

TYPES = {
    name: EntityType(name, nouns, plurals)
    for name, nouns, plurals in (
        ("city", ("city",), ("cities",)),
        ("country", ("country",), ("countries",)),
        ("museum", ("museum",), ("museums",)),
        ("painting", ("painting",), ("paintings",)),
        ("person", ("person",), ("people",)),
    )
}
KEPT = LexicalRelation(
    "art", "painting", "museum", ("kept_in",), ("home",),
    forward_questions=("where is {x} kept", "in which museum does {x} hang", "which museum owns {x}"),
    forward_phrases=("the museum where {x} hangs", "the owner of {x}"),
)  # fmt: skip
IN_CITY = LexicalRelation(
    "art", "museum", "city", ("located_in",), ("location",),
    forward_questions=("where is {x}",), forward_phrases=("the location of {x}",),
)  # fmt: skip
BORDERS = LexicalRelation(
    "land", "country", "country", ("borders",), ("neighbour",),
    forward_questions=("which countries border {x}",), forward_phrases=("the country that {x} borders",),
)  # fmt: skip
BORN = LexicalRelation(
    "land", "person", "country", ("born_in",),
    forward_questions=("where was {x} born",), forward_phrases=("the country where {x} was born",),
)  # fmt: skip
CHILD = LexicalRelation(
    "kin", "person", "person", ("child",), ("child",),
    forward_questions=("who are {x}'s children",), forward_phrases=("the children of {x}",),
    inverse_questions=("who are {x}'s parents",), inverse_phrases=("the parents of {x}",),
    twice=("the grandchildren of {x}",), inverse_twice=("{x}'s grandparents",), cosharing=("siblings of {x}",),
)  # fmt: skip


def wordings(*chain: Hop, count: int = 400) -> set[str]:
    phraser = Phraser(TYPES, random.Random(1))
    return {question for _ in range(count) if (question := phraser.question(chain))}


def test_the_city_of_a_thing_is_asked_for_without_the_site_between() -> None:
    found = wordings(Hop(KEPT, True), Hop(IN_CITY, True))
    assert "in which city is {x} kept" in found
    assert "in which city does {x} hang" in found
    assert any("the city where {x} hangs" in question for question in found)
    assert not any("city owns" in question for question in found)  # a museum owns it, the city does not
    assert any("museum" in question for question in found)  # the plain wording stays


def test_a_kind_already_named_is_called_the_one() -> None:
    found = wordings(Hop(BORN, True), Hop(BORDERS, True))
    assert "which countries border the one where {x} was born" in found
    assert "which countries border the country where {x} was born" in found


def test_a_pronoun_needs_the_same_kind_at_both_ends() -> None:
    assert not any("the one" in question for question in wordings(Hop(KEPT, True), Hop(IN_CITY, True)))


@pytest.mark.parametrize(
    ("directions", "said"),
    [((True, True), "grandchildren"), ((False, False), "grandparents"), ((False, True), "siblings")],
)
def test_two_hops_of_one_relation_are_said_in_one_phrase(directions: tuple[bool, bool], said: str) -> None:
    assert any(said in question for question in wordings(*(Hop(CHILD, forward) for forward in directions)))


def test_pairs_with_a_phrase_of_their_own_are_drawn_often() -> None:
    sampler = SchemaSampler(read_lexicon(), random.Random(2))
    chains = [sampler.chain(hops) for hops in (2, 3) for _ in range(1000)]
    twice = [any(_in_one_phrase(*two) for two in pairwise(chain)) for chain in chains]
    assert sum(twice) / len(twice) > 0.03
    for chain in chains:
        assert all(first.target == second.source for first, second in pairwise(chain))


def _in_one_phrase(first: Hop, second: Hop) -> bool:
    if first.relation is not second.relation or first.forward != second.forward:
        return False
    return bool(first.relation.twice if first.forward else first.relation.inverse_twice)
