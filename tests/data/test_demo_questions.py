"""Each demo question's gold relation path, walked with rdflib, ends at exactly its answers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from rdflib import RDFS, SKOS, URIRef
from rdflib import Literal as Term
from rdflib.term import Node

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
INVERSES_DECLARED = 2
KEYS = {"question", "answers", "answer_keys", "topics", "chain", "hops", "answerable"}


def walk(demo: Any, topic: str, chain: list[str]) -> set[Node]:
    """The ends of a relation path from a topic; no step may go back onto the topic (the rule of MetaQA)."""
    here: set[Node] = {URIRef(topic)}
    for step in chain:
        relation = URIRef(step.removeprefix("^"))
        follow = demo.graph.subjects if step.startswith("^") else lambda p, n: demo.graph.objects(n, p)
        here = {end for node in here for end in follow(relation, node)} - {URIRef(topic)}
    return here


def named(demo: Any, node: Node) -> str:
    """An entity's English label, or a literal's lexical form."""
    return str(node) if isinstance(node, Term) else demo.english(node)[0]


def test_enough_of_each_kind(questions: list[dict[str, Any]]) -> None:
    count = Counter(question["hops"] for question in questions if question["answerable"])
    assert (count[1] >= 70, count[2] >= 60, count[3] >= 30) == (True, True, True), count
    unanswerable = Counter(question["kind"] for question in questions if not question["answerable"])
    assert min(unanswerable["no_entity"], unanswerable["no_relation"]) >= 12
    assert unanswerable.total() >= 30
    assert len(questions) >= 180


def test_the_readme_states_the_counts(demo: Any, questions: list[dict[str, Any]]) -> None:
    rows = re.findall(r"^\| ([^|]+) \| ([\d,]+) \|$", (DEMO / "README.md").read_text("utf-8"), re.MULTILINE)
    stated = {label: int(number.replace(",", "")) for label, number in rows}
    assert stated["questions"] == len(questions)
    assert stated["entities"] == len(demo.entities)
    assert stated["statements"] == len(demo.graph)
    assert stated['of them, other than "is a"'] == len(demo.edges) + INVERSES_DECLARED


def test_shape(questions: list[dict[str, Any]]) -> None:
    texts = [question["question"] for question in questions]
    assert len(set(texts)) == len(texts)
    for question in questions:
        assert set(question) >= KEYS, question
        assert (question["hops"] or 0) == len(question["chain"]), question
        assert bool(question["answers"]) == question["answerable"] == bool(question["chain"]), question
        assert len(question["answers"]) == len(question["answer_keys"]), question


def test_gold_paths_end_at_the_answers(demo: Any, questions: list[dict[str, Any]]) -> None:
    for question in questions:
        if not question["answerable"]:
            continue
        (topic,) = question["topics"]
        ends = walk(demo, topic, question["chain"])
        assert {str(end) for end in ends} == set(question["answer_keys"]), question["question"]
        assert sorted(named(demo, end) for end in ends) == sorted(question["answers"]), question["question"]


def test_unanswerable_questions_have_no_answer(demo: Any, questions: list[dict[str, Any]]) -> None:
    """The relation asked for is at no edge of the topic; or nothing in the graph bears the name."""
    names = {str(o).casefold() for p in (RDFS.label, SKOS.altLabel) for o in demo.graph.objects(None, p)}
    for question in questions:
        if question["answerable"]:
            continue
        wanted = question["missing"].casefold()
        if question["kind"] == "no_entity":
            assert not question["topics"]
            assert wanted not in names, question["question"]
            assert wanted in question["question"].casefold()
            continue
        (topic,) = map(URIRef, question["topics"])
        assert topic in demo.entities
        stated = set(demo.graph.predicates(topic, None))
        assert not [r for r in stated if wanted in " ".join(demo.english(r)).casefold()], question
