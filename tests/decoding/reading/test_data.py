"""The question files are complete, and say of the graphs what is in them: every label, every way to an answer."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest

from clew.kg.graph.graph import Graph
from tests.decoding.reading.questions import DEMO, GRAPHS, Question, handle, read, source

FILES = ("dishonest", "honest", "kinds")
FIELDS = ("demo", "company", "hospital", "library", "software")
KINDS = (
    "entity", "number", "class", "negation", "choice", "count", "superlative", "comparison", "yes-no", "name",
    "direction", "missing", "qualifier", "other-relation", "modifier",
)  # fmt: skip
FEW = ("language", "kind-of-answer", "reason", "unit")
CASES = (
    "asked-the-other-way-round", "blank-node-answers", "class-named-in-lower-case", "homonyms",
    "name-goes-on-after-dot-or-hyphen", "neo4j-id-spaces", "number-one-digit-off", "opaque-relation-names",
    "relations-named-by-paths", "skos-narrower", "symbol-only-labels", "wikidata-property-labels",
)  # fmt: skip
CASE_GRAPHS = sorted({one.graph for one in read("kinds")})


def words(question: str) -> str:
    """Return what is left of a question without case and punctuation; all of it where that is nothing but symbols."""
    return " ".join(re.findall(r"\w+", question.casefold()))


def all_labels(graph: Graph) -> set[str]:
    return {graph.label(node) for node in range(graph.num_nodes)} | {label.text for _, label in graph.iter_labels()}


def bearers(graph: Graph, name: str) -> list[int]:
    """Return the nodes of a label, or of a label and a class: ``Winter Light (poem)``."""
    nodes = [node for node in range(graph.num_nodes) if graph.label(node) == name]
    parts = re.fullmatch(r"(.+) \((.+)\)", name)
    if nodes or parts is None:
        return nodes
    label, wanted = parts.groups()
    named = (node for node in range(graph.num_nodes) if graph.label(node) == label)
    return [node for node in named if wanted in {graph.label(int(kind)) for kind in graph.types(node)}]


def relation(graph: Graph, step: str) -> int:
    """Return the directed relation whose key ends in the step's name."""
    name = step.removeprefix("^")
    (found,) = (r for r in range(graph.num_relations) if re.split(r"[/#]", graph.relation_key(r))[-1] == name)
    return found + graph.num_relations * step.startswith("^")


def walk(graph: Graph, path: tuple[str, ...]) -> set[str]:
    """Return the labels at the end of a path; no step leads back onto the topic."""
    (topic,) = bearers(graph, path[0])
    nodes = {topic}
    for step in path[1:]:
        directed = relation(graph, step)
        nodes = {int(end) for node in nodes for end in graph.neighbours(node, directed)} - {topic}
    return {graph.label(node) for node in nodes}


@pytest.mark.parametrize("file", ["dishonest", "honest"])
def test_there_are_enough_questions_over_every_graph(file: str) -> None:
    counts = Counter(one.graph for one in read(file))
    assert set(counts) == set(FIELDS)
    assert counts.total() >= 300
    assert min(counts.values()) >= 60


def test_every_kind_of_unread_content_has_its_members() -> None:
    counts = Counter(one.kind for one in read("dishonest"))
    assert set(counts) == {*KINDS, *FEW}
    assert min(counts[kind] for kind in KINDS) >= 20
    assert min(counts[kind] for kind in FEW) >= 10
    spread = Counter((one.kind, one.graph) for one in read("dishonest"))
    assert all(spread[kind, graph] for kind in (*KINDS, *FEW) for graph in FIELDS)


def test_every_case_has_ten_members_with_an_outcome() -> None:
    counts = Counter(one.case for one in read("kinds"))
    assert set(counts) == set(CASES)
    assert min(counts.values()) >= 10
    assert {one.outcome for one in read("kinds")} == {"", "ambiguous"}
    assert all(len(one.answers) > 1 for one in read("kinds") if one.outcome)


def test_no_question_is_asked_twice() -> None:
    asked = Counter((one.graph, words(one.question) or one.question) for file in FILES for one in read(file))
    # Names of symbols differ in nothing else: "the capital of" one flag, and of another.
    symbols = {one.graph for one in read("kinds") if one.case == "symbol-only-labels"}
    assert [key for key, count in asked.items() if count > 1 and key[0] not in symbols] == []
    whole = Counter((one.graph, one.question) for file in FILES for one in read(file))
    assert set(whole.values()) == {1}


def test_no_question_is_one_of_the_demo_graph() -> None:
    files = [DEMO / name for name in ("questions.jsonl", "program-questions.jsonl")]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    known = {words(json.loads(line)["question"]) for line in lines}
    assert len(known) == len(lines)
    assert [one.question for file in FILES for one in read(file) if words(one.question) in known] == []


def test_plain_questions_take_one_to_three_steps() -> None:
    steps = Counter(len(one.path) - 1 for one in read("honest"))
    assert set(steps) == {1, 2, 3}
    assert steps[2] >= 40


@pytest.mark.parametrize("graph", FIELDS)
def test_the_answers_of_plain_questions_are_the_whole_set_at_the_end_of_their_path(graph: str) -> None:
    asked = [one for one in read("honest") if one.graph == graph]
    assert asked
    found = handle(graph).graph
    wrong = {one.question for one in asked if walk(found, one.path) != set(one.answers)}
    assert wrong == set()


@pytest.mark.parametrize("graph", CASE_GRAPHS)
def test_the_answers_of_cases_are_labels_in_their_graph(graph: str) -> None:
    known = all_labels(handle(graph).graph)
    asked = [one for one in read("kinds") if one.graph == graph]
    assert {answer for one in asked for answer in one.answers} <= known
    assert not [one.question for one in asked if len(set(one.answers)) < len(one.answers)]


@pytest.mark.parametrize("graph", [name for name in FIELDS if name != "demo"])
def test_the_graphs_are_small_and_have_many_relations(graph: str) -> None:
    found = handle(graph).graph
    assert 60 <= found.num_edges <= 180
    assert found.num_relations >= 20


@pytest.mark.parametrize("graph", ["hospital", "library", "software", "demo"])
def test_some_names_have_several_bearers(graph: str) -> None:
    found = handle(graph).graph
    assert max(Counter(found.label(node) for node in range(found.num_entities)).values()) > 1


def test_typed_graphs_state_classes_with_names() -> None:
    for graph in ("hospital", "library", "software"):
        found = handle(graph).graph
        classes = {int(kind) for node in range(found.num_entities) for kind in found.types(node)}
        assert len(classes) >= 8
        assert all(re.fullmatch(r"[a-z][a-z ]+", found.label(kind)) for kind in classes)
    assert handle("company").graph.type_relation is None


def test_every_graph_is_asked_of() -> None:
    used = {path for file in FILES for one in read(file) for path in source(one.graph)}
    files = {path for path in GRAPHS.rglob("*") if path.is_file()}
    assert files
    assert {path for path in files if not used & {path, *path.parents}} == set()


def test_questions_are_written_in_more_than_one_way() -> None:
    for file in ("dishonest", "honest"):
        asked: list[Question] = list(read(file))
        lower = sum(one.question[0].islower() for one in asked)
        unmarked = sum(one.question[-1].isalnum() for one in asked)
        assert min(lower, unmarked) >= len(asked) / 5
        assert max(lower, unmarked) <= len(asked) / 2
