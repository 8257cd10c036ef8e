"""The questions over the demo graph that need programs: pyoxigraph runs each query again and finds what is stored."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from clew.tries.programs.tokens import Op

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
RDFS_LABEL = ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
ALT_LABEL = ox.NamedNode("http://www.w3.org/2004/02/skos/core#altLabel")
RELATIONS = "https://clew.example/rel/"
AT_LEAST = 250
SHARES = {
    "class start": 25,
    "conjunction": 30,
    "class filter": 15,
    "number": 25,
    "time": 25,
    "superlative": 25,
    "k best": 8,
    "ordinal": 4,
    "degree": 12,
    "count": 30,
    "yes or no": 25,
    "which of two": 8,
    "negation": 15,
    "or": 12,
    "columns": 12,
    "group by": 12,
    "having": 10,
    "sum or average": 10,
    "nested": 20,
    "transitive": 4,
    "none in graph": 12,
    "unanswerable": 12,
}
UNTAGGED = {Op.ENT, Op.LIT, Op.HOP, Op.STOP}
"""Nearly every question needs these; the field ``operators`` leaves them out."""
WITHOUT_QUESTION = {Op.AT, Op.MIN, Op.MAX, Op.DEGREE_PROJ}
"""No statement of the demo graph has a time of validity; the others came after this set was written."""
TERMINAL = {"COUNT", "SUM", "AVG", "ASK", "ASK CMP", "PROJ", "GROUP"}


@pytest.fixture(scope="module")
def store() -> ox.Store:
    """The demo graph in pyoxigraph."""
    loaded = ox.Store()
    for file in sorted(DEMO.glob("*.ttl")):
        loaded.load(path=file, format=ox.RdfFormat.TURTLE)
    return loaded


@pytest.fixture(scope="module")
def labels(store: ox.Store) -> dict[str, str]:
    """The English main label of each IRI."""
    quads = store.quads_for_pattern(None, RDFS_LABEL, None)
    return {quad.subject.value: quad.object.value for quad in quads if quad.object.language == "en"}


@pytest.fixture(scope="module")
def asked() -> list[dict[str, Any]]:
    """The questions."""
    lines = (DEMO / "program-questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def told(term: Any, labels: dict[str, str]) -> str:
    """What stands for a term in an answer: a label, a lexical form, or nothing for a blank cell."""
    if term is None:
        return ""
    return labels[term.value] if isinstance(term, ox.NamedNode) else str(term.value)


def number(text: str) -> int | float:
    """A number as JSON writes it."""
    return int(text) if float(text).is_integer() else float(text)


def stated(word: str, sparql: str) -> int:
    """The number after LIMIT or OFFSET; 0 where the query does not say it."""
    found = re.search(rf"{word} (\d+)", sparql)
    return int(found[1]) if found else 0


def result(store: ox.Store, question: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """What a question's query gives, under the names that the file stores it under."""
    found = store.query(question["sparql"])
    if isinstance(found, ox.QueryBoolean):
        return {"value": bool(found)}
    rows = list(found)
    if "value" in question:
        ((cell,),) = rows
        return {"value": number(cell.value)}
    if "rows" in question:
        return {"rows": sorted([told(cell, labels) for cell in row] for row in rows)}
    terms = sorted({row[0] for row in rows}, key=lambda term: (told(term, labels), term.value))
    return {"answers": [told(term, labels) for term in terms], "answer_keys": [term.value for term in terms]}


def test_there_are_enough_of_each_kind(asked: list[dict[str, Any]]) -> None:
    count = Counter(kind for question in asked for kind in question["kinds"])
    assert len(asked) >= AT_LEAST
    assert set(count) == set(SHARES)
    assert {kind: count[kind] for kind, least in SHARES.items() if count[kind] < least} == {}


def test_every_operator_is_asked_for(asked: list[dict[str, Any]]) -> None:
    used = {operator for question in asked for operator in question["operators"]}
    assert used == {str(op) for op in set(Op) - UNTAGGED - WITHOUT_QUESTION - {Op.DEGREE_CMP}} | {"HAVING"}
    assert [q["question"] for q in asked if not q["operators"] and "unanswerable" not in q["kinds"]] == []


def test_no_question_is_asked_twice_or_in_the_other_set(asked: list[dict[str, Any]]) -> None:
    other = (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    both = [*asked, *map(json.loads, other)]
    texts = Counter(" ".join(re.findall(r"\w+", question["question"].casefold())) for question in both)
    assert texts.total() > len(asked)
    assert [text for text, times in texts.items() if times > 1] == []


def test_each_query_gives_what_is_stored(asked: list[dict[str, Any]], store: ox.Store, labels: dict[str, str]) -> None:
    queried = [question for question in asked if question["sparql"]]
    assert len(queried) >= AT_LEAST
    for question in queried:
        got = result(store, question, labels)
        assert got == {key: question[key] for key in got}, question["question"]


def test_rdflib_finds_the_same_for_each_kind(asked: list[dict[str, Any]], demo: Any) -> None:
    """The last question of each kind; the whole file takes rdflib half a minute."""
    last = {kind: question for question in asked if question["sparql"] for kind in question["kinds"]}
    assert set(last) == set(SHARES) - {"unanswerable"}
    for question in last.values():
        found = demo.graph.query(question["sparql"])
        if "answers" in question:
            assert {str(row[0]) for row in found} == set(question["answer_keys"]), question["question"]
        elif "rows" in question:
            assert len(list(found)) == len(question["rows"]), question["question"]
        else:
            got = found.askAnswer if found.type == "ASK" else next(iter(found))[0].toPython()
            assert float(got) == float(question["value"]), question["question"]


def test_the_readme_states_the_counts(asked: list[dict[str, Any]]) -> None:
    readme = (DEMO / "README.md").read_text(encoding="utf-8")
    stated_kinds = dict(re.findall(r"\| ([a-z ]+) \| (\d+) (?=\|)", readme))
    count = Counter(kind for question in asked for kind in question["kinds"])
    assert {kind: stated_kinds.get(kind) for kind in SHARES} == {kind: str(count[kind]) for kind in SHARES}
    assert f"| questions that need programs | {len(asked)} |" in readme


def test_the_form_of_an_answer_follows_from_the_operators(asked: list[dict[str, Any]]) -> None:
    for question in asked:
        last = set(question["operators"]) & TERMINAL
        fields = {"answers", "value", "rows"} & set(question)
        if {"PROJ", "GROUP"} & last:
            assert fields == {"rows"}, question
        elif {"ASK", "ASK CMP"} & last:
            assert fields == {"value"}, question
            assert isinstance(question["value"], bool), question
        elif last:
            assert fields == {"value"}, question
            assert type(question["value"]) in (int, float), question
        else:
            assert fields == {"answers"}, question


def test_what_has_an_answer_is_marked_so(asked: list[dict[str, Any]]) -> None:
    for question in asked:
        empty = question.get("answers") == []
        assert question["answerable"] is not empty, question
        assert question.get("rows") != [], question
        expected = {"none in graph", "unanswerable"} if empty else set()
        assert len(expected & set(question["kinds"])) == int(empty), question


def test_half_of_the_yes_or_no_questions_are_answered_no(asked: list[dict[str, Any]]) -> None:
    said = Counter(question["value"] for question in asked if isinstance(question.get("value"), bool))
    assert 0.4 < said[False] / said.total() < 0.6, said


def test_an_empty_answer_says_why(asked: list[dict[str, Any]], store: ox.Store) -> None:
    """Understood, but none in the graph; or a name, or a kind of fact, that the graph does not have."""
    quads = [quad for p in (RDFS_LABEL, ALT_LABEL) for quad in store.quads_for_pattern(None, p, None)]
    names = {quad.object.value.casefold() for quad in quads}
    relations = {quad.object.value.casefold() for quad in quads if quad.subject.value.startswith(RELATIONS)}
    empty = [question for question in asked if not question["answerable"]]
    assert {question["why"] for question in empty} == {"none_in_graph", "no_relation", "no_entity"}
    for question in empty:
        if question["why"] == "none_in_graph":
            assert question["sparql"], question
            continue
        missing = question["missing"].casefold()
        assert question["sparql"] is None, question
        if question["why"] == "no_entity":
            assert missing in question["question"].casefold(), question
            assert missing not in names, question
        else:
            assert not [label for label in relations if missing in label], question


def test_a_list_that_is_cut_has_no_tie_at_the_cut(asked: list[dict[str, Any]], store: ox.Store) -> None:
    cut = [question for question in asked if {"k best", "ordinal"} & set(question["kinds"])]
    flat = [q for q in cut if q["sparql"].partition("SELECT ")[2].startswith("?x WHERE { SELECT DISTINCT ?x ?v")]
    assert len(flat) >= SHARES["k best"] + SHARES["ordinal"]
    for question in flat:
        before, many = stated("OFFSET", question["sparql"]), stated("LIMIT", question["sparql"])
        whole = re.sub(r"(OFFSET \d+ )?LIMIT \d+", "", question["sparql"]).replace("SELECT ?x WHERE", "SELECT ?v WHERE")
        values = [row[0].value for row in store.query(whole)]
        assert len(values) > before + many, question["question"]
        assert values[before + many - 1] != values[before + many], question["question"]
        assert before == 0 or values[before - 1] != values[before], question["question"]
