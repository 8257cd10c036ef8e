"""Paths that a question contradicts: there and back, a border taken twice, another relation than the one named."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clew.decoding.answering.pipeline import Pipeline, Query
from clew.decoding.reading.asked import Asked
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.reader import Reader
from clew.decoding.reasoner import Bounds, RankedPath, Reasoner, Reasoning, Topic
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.retrieval.linking.linker import EntityLinker

GRAPH = from_triples(
    [
        ("Skerry Records", "/music/record_label/artist", "Ada Vell"),
        ("Holm Records", "/music/record_label/artist", "Ada Vell"),
        ("Ona Brisk", "/film/director/film", "Low Tide"),
        ("High Water", "/film/film/produced_by", "Ona Brisk"),
        ("Low Tide", "/film/film/genre", "sea film"),
        ("Norland", "borders", "Westmark"),
        ("Westmark", "borders", "Ostmark"),
    ]
)
LINKER = EntityLinker.build(GRAPH)
READER = Reader(GRAPH, LINKER.named, Likeness(None))


def ranked(topic: str, path: list[str], question: str) -> tuple[RankedPath, Asked]:
    node, size = GRAPH.node(topic), GRAPH.num_relations
    relations = tuple(GRAPH.relation(name.removeprefix("^")) + size * name.startswith("^") for name in path)
    start = question.index(topic)
    asked = Asked(question, spans=((node, (start, start + len(topic))),))
    return RankedPath(Topic(node, 1.0), relations, 0.0, 1.0), asked


ARTIST, DIRECTED, PRODUCED = "/music/record_label/artist", "/film/director/film", "^/film/film/produced_by"
REFUTED = [
    ("Who is an artist of Skerry Records?", "Skerry Records", [ARTIST, f"^{ARTIST}"], True),
    ("which artists are with Skerry Records", "Skerry Records", [ARTIST, f"^{ARTIST}"], True),
    ("Which other labels do the artists of Skerry Records have?", "Skerry Records", [ARTIST, f"^{ARTIST}"], False),
    ("which labels share an artist with Skerry Records", "Skerry Records", [ARTIST, f"^{ARTIST}"], False),
    ("Which countries share a border with Norland?", "Norland", ["borders", "borders"], True),
    ("Which countries border those that border Norland?", "Norland", ["borders", "borders"], False),
    ("Which countries share a border with Norland?", "Norland", ["borders"], False),
]


@pytest.mark.parametrize(("question", "topic", "path", "refuted"), REFUTED)
def test_detours_are_refuted(question: str, topic: str, path: list[str], refuted: bool) -> None:
    assert READER.refutes(*ranked(topic, path, question)) is refuted


@pytest.mark.parametrize(
    ("question", "path", "missed"),
    [
        ("what film did Ona Brisk direct", [PRODUCED], {"direct"}),
        ("what film did Ona Brisk direct", [DIRECTED], set()),
        ("what film was produced by Ona Brisk", [PRODUCED], set()),
    ],
)
def test_what_the_topic_has_by_another_relation_is_missed(question: str, path: list[str], missed: set[str]) -> None:
    found, asked = ranked("Ona Brisk", path, question)
    assert READER.misses(found, asked) == missed
    assert READER.named_by(ranked("Ona Brisk", [DIRECTED], question)[0], missed)


class Twice(Reasoner):
    """Takes a relation twice, and thinks little of taking it once."""

    name = "twice"

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        step = graph.relation("borders")
        paths = [RankedPath(topics[0], (step, step), -0.1, 0.9), RankedPath(topics[0], (step,), -3.0, 0.1)]
        return Reasoning(tuple(paths), 0.9)


def test_what_is_named_once_is_taken_once() -> None:
    pipeline = Pipeline(GRAPH, LINKER, Twice(), 0.5)
    answered = pipeline.answer(Query("What shares a border with Norland?", Bounds(2)))
    assert answered.reason is None
    assert [GRAPH.label(item.node) for item in answered.gathered.answers] == ["Westmark"]
    answered = pipeline.answer(Query("What borders those that border Norland?", Bounds(2)))
    assert [GRAPH.label(item.node) for item in answered.gathered.answers] in (["Ostmark"], [])
