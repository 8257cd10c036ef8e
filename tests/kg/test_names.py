"""Readable names, and that no two directed relations are spelled alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clew.kg.terms.names import directed_names, entity_name, relation_name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("directed_by", "directed by"),
        ("http://ex.org/directedBy", "directed by"),
        ("http://ex.org/ns#directed-by", "directed by"),
        ("http://ex.org/hasDVDRelease", "has DVD release"),
        ("/film/film/genre", "film genre"),
        ("location.country.form_of_government", "location country form of government"),
        ("urn:x:bornIn", "born in"),
        ("http://www.wikidata.org/prop/direct/P31", "P31"),
        ("http://ex.org/", "ex org"),
        ("http://ex.org/%C3%A9crit", "écrit"),
    ],
)
def test_relation_names(key: str, name: str) -> None:
    assert relation_name(key) == name


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("http://dbpedia.org/resource/Blade_Runner", "Blade Runner"),
        ("http://www.wikidata.org/entity/Q42", "Q42"),
        ("The Departed", "The Departed"),
        ("Alien: Resurrection", "Alien: Resurrection"),
        ("2001: A Space Odyssey", "2001: A Space Odyssey"),
        ("snake_case_id", "snake_case_id"),
        ("_:b0", "_:b0"),
    ],
)
def test_entity_names(key: str, name: str) -> None:
    assert entity_name(key) == name


relation_keys = st.lists(
    st.sampled_from(
        [
            "a",
            "A",
            "inverse of a",
            "inverse of inverse of a",
            "http://x/a",
            "http://y/a",
            "a [a]",
            "a_b",
            "aB",
            "inverse of a [a]",
        ]
    ),
    unique=True,
    max_size=10,
)


@given(relation_keys, st.data())
def test_directed_names_are_injective(keys: list[str], data: st.DataObject) -> None:
    texts = st.dictionaries(
        st.integers(0, max(len(keys) - 1, 0)), st.sampled_from(["a", "b", "inverse of a", " a ", "", "a [http://x/a]"])
    )
    labels, inverses = data.draw(texts), data.draw(texts)
    names = directed_names(keys, labels, inverses)
    assert len(set(names)) == len(names) == 2 * len(keys)
    assert all(name.strip() == name and name for name in names)


def test_inverse_names() -> None:
    assert directed_names(["directedBy"], {}) == ["directed by", "inverse of directed by"]
    assert directed_names(["directedBy"], {}, {0: "director of"}) == ["directed by", "director of"]
    both = directed_names(["child", "parent"], {}, {0: "parent", 1: "child"})
    assert both == ["child", "parent", "inverse of child", "inverse of parent"]
