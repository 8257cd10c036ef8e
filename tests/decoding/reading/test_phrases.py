"""Relation paths in words."""

from __future__ import annotations

import pytest

from clew.decoding.reading.phrases import path_in_words
from clew.kg.graph.interop import from_triples

GRAPH = from_triples(
    [
        ("Oslo", "capital of", "Norway"),
        ("Norway", "capital", "Oslo"),
        ("Ran", "killed", "Odd"),
        ("Tide", "directed by", "Ann"),
        ("Ann", "born in", "Oslo"),
        ("Oslo", "part of", "Norway"),
        ("Ann", "hasMother", "Eva"),
    ]
)


@pytest.mark.parametrize(
    ("topic", "path", "noun", "words"),
    [
        ("Norway", ["capital"], "", "the capital of Norway"),
        ("Oslo", ["^capital"], "", "what has Oslo as capital"),
        ("Oslo", ["^capital"], "country", "country with Oslo as capital"),
        ("Norway", ["^capital of"], "", "the capital of Norway"),
        ("Oslo", ["capital of"], "", "what Oslo is the capital of"),
        ("Oslo", ["part of"], "", "what Oslo is part of"),
        ("Ran", ["killed"], "", "what Ran killed"),
        ("Odd", ["^killed"], "", "what killed Odd"),
        ("Ann", ["^directed by"], "films", "films directed by Ann"),
        ("Tide", ["directed by"], "", "what Tide is directed by"),
        ("Ann", ["hasMother"], "", "the mother of Ann"),
        ("Tide", ["directed by", "born in"], "", "what the one that Tide is directed by is born in"),
        ("Tide", ["directed by", "hasMother"], "", "the mother of what Tide is directed by"),
        ("Norway", ["capital", "^born in", "^directed by"], "films",
         "films directed by what is born in the capital of Norway"),
    ],
)  # fmt: skip
def test_a_path_in_words(topic: str, path: list[str], noun: str, words: str) -> None:
    relations = [GRAPH.relation(name.removeprefix("^")) + GRAPH.num_relations * name.startswith("^") for name in path]
    assert path_in_words(GRAPH, GRAPH.node(topic), relations, noun) == words
