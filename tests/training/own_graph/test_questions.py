"""Wordings: every chain can be asked for, by names of every style, with the lexicon's words where it knows them."""

from __future__ import annotations

import random

import pytest

from clew.decoding.embedded.vocabulary.vocabulary import relation_words
from clew.kg.graph.interop import from_triples
from clew.training.own_graph.sampling.plain_patterns import plain_relation, plural
from clew.training.own_graph.sampling.questions import QuestionWriter
from clew.training.own_graph.sampling.wordings import Wordings, stems
from tests.training.own_graph.toys import RDF_TYPE, films, kit, some_domains

LABELS = [
    "directed by", "born in", "capital of", "member of", "has genre", "capital", "place of birth", "date of birth",
    "release year", "year", "number of employees", "vote count", "founded", "borders", "is part of", "x", "has",
]  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_patterns_name_the_known_entity_once_and_can_ask_both_ways(label: str) -> None:
    relation = plain_relation(label, "film", "person")
    assert relation.forward_questions
    assert relation.inverse_questions
    for key in ("forward_questions", "forward_phrases", "inverse_questions", "inverse_phrases", "sharing", "cosharing"):
        assert all(pattern.count("{x}") == 1 and pattern.count("{") == 1 for pattern in getattr(relation, key))
    for key in ("clauses", "inverse_clauses"):
        assert all(pattern.count("{np}") == 1 and pattern.count("{") == 1 for pattern in getattr(relation, key))


def test_patterns_follow_the_shape_of_the_name() -> None:
    assert "who directed {x}" in plain_relation("directed by", "", "").forward_questions
    assert "what is the capital of {x}" in plain_relation("capital of", "", "").inverse_questions
    assert "what is the capital of {x}" in plain_relation("capital", "", "").forward_questions
    assert "how many employees does {x} have" in plain_relation("number of employees", "", "").forward_questions
    assert "when was the birth of {x}" in plain_relation("date of birth", "", "").forward_questions
    assert "what is the genre of {x}" in plain_relation("has genre", "", "").forward_questions


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("film", "films"),
        ("city", "cities"),
        ("boss", "bosses"),
        ("tags", "tags"),
        ("place of birth", "places of birth"),
    ],
)
def test_plurals(noun: str, expected: str) -> None:
    assert plural(noun) == expected


def test_known_relations_borrow_the_lexicon_s_words() -> None:
    graph = films()
    wordings = Wordings(graph, relation_words(graph), some_domains())
    borrowed = {graph.relation_key(i): flag for i, flag in enumerate(wordings.borrowed)}
    assert borrowed["directed_by"]
    assert borrowed["release_year"]
    assert borrowed["starred_actors"]
    directed = wordings.relations[graph.relation("directed_by")]
    assert any("film" in pattern for pattern in directed.inverse_questions)
    assert "who directed {x}" in directed.forward_questions


def test_types_that_contradict_the_lexicon_borrow_nothing() -> None:
    triples = [(f"Bank {i}", RDF_TYPE, "Bank") for i in range(9)] + [(f"P{i}", RDF_TYPE, "Advisor") for i in range(9)]
    triples += [(f"Bank {i}", "directed_by", f"P{i}") for i in range(9)]
    graph = from_triples(triples)
    wordings = Wordings(graph, relation_words(graph), some_domains())
    assert not any(wordings.borrowed)
    asked = wordings.relations[graph.relation("directed_by")].inverse_questions
    assert not any("film" in pattern for pattern in asked)
    assert any("banks" in pattern for pattern in asked)


def test_stems_join_what_is_one_word() -> None:
    assert stems("directed by") == stems("director") == stems("has directors")
    assert stems("country") != stems("county")
    assert stems("is") == {"is"}


def test_questions_hold_the_topic_once_and_not_its_name() -> None:
    toys = kit(films(), 1, some_domains())
    writer = QuestionWriter(Wordings(toys.graph, toys.words, some_domains()), random.Random(0))
    texts = set()
    for chain in (toys.chains.draw() for _ in range(300)):
        assert chain is not None
        question = writer.write(chain.relations)
        assert question.span is not None
        assert question.text[slice(*question.span)] == "x"
        assert "{" not in question.text
        texts.add(question.text)
    assert len(texts) > 200
