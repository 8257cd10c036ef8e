"""The shipped model on small graphs, and its promises as a ``Reasoner``."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from clew.decoding.embedded.network import weights
from clew.decoding.embedded.reasoner import EmbeddedReasoner, _schema
from clew.decoding.reasoner import STOP, Bounds, Reasoning, Topic
from clew.kg import limits
from clew.kg.errors import ModelUnavailable
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from clew.training.calibrate import UNFITTED
from tests.decoding.embedded.toys import RDF_TYPE, encoder, films, random_network

BOUNDS = Bounds(max_hops=3)


@lru_cache(maxsize=1)
def reasoner() -> EmbeddedReasoner:
    return EmbeddedReasoner(encoder())


def ask(graph: Graph, question: str, topic: str, bounds: Bounds = BOUNDS) -> Reasoning:
    return reasoner().reason(question, graph, [Topic(graph.node(topic))], bounds)


def named(graph: Graph, relations: tuple[int, ...]) -> list[str]:
    size = graph.num_relations
    return [("" if r < size else "-") + graph.relation_key(r) for r in relations]


@pytest.mark.parametrize(
    ("question", "topic", "path"),
    [
        ("who directed Alpha", "Alpha", ["directed_by"]),
        ("which films did Ann direct?", "Ann", ["-directed_by"]),
        ("in what language is the movie Beta", "Beta", ["in_language"]),
        ("when was Gamma released", "Gamma", ["release_year"]),
        ("what are the languages of the films directed by Ann", "Ann", ["-directed_by", "in_language"]),
        ("which movies have the same director as Alpha", "Alpha", ["directed_by", "-directed_by"]),
        ("where was the director of Gamma born", "Gamma", ["directed_by", "born_in"]),
    ],
)
def test_plain_questions_find_their_path(question: str, topic: str, path: list[str]) -> None:
    graph = films()
    found = ask(graph, question, topic)
    assert named(graph, found.paths[0].relations) == path
    assert found.exact
    assert not found.partial


def test_a_reasoning_keeps_its_promises() -> None:
    graph = films()
    found = ask(graph, "who directed Alpha", "Alpha", Bounds(3, paths=10_000))
    probabilities = [path.probability for path in found.paths]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1, abs=1e-6)
    assert 0 <= found.confidence <= 1
    for path in found.paths:
        nodes = np.array([path.topic.node], np.int32)
        for relation in path.relations:
            nodes = graph.expand(nodes, relation)
        assert len(nodes), "a relation path without an instance"
        assert [step.relation for step in path.steps] == [*path.relations, STOP]
        for step in path.steps:
            assert step.log_prob <= 1e-6
            assert step.relation not in [relation for relation, _ in step.alternatives]
            assert [x for _, x in step.alternatives] == sorted([x for _, x in step.alternatives], reverse=True)


def test_bounds_are_kept() -> None:
    graph = films()
    director = graph.relation("directed_by")
    found = ask(graph, "who directed Alpha", "Alpha", Bounds(2, paths=4, forbidden=frozenset({director})))
    assert 0 < len(found.paths) <= 4
    assert all(len(path.relations) <= 2 and director not in path.relations for path in found.paths)
    late = ask(graph, "who directed Alpha", "Alpha", Bounds(3, deadline=time.monotonic() - 1))
    assert late.partial


def test_the_mention_is_masked_so_its_words_do_not_mislead() -> None:
    triples = [("Director", "written_by", "W"), ("Director", "directed_by", "D"), ("Written", "directed_by", "D")]
    graph = from_triples(triples)
    question = "who wrote Director"
    span = (10, 18)
    given = reasoner().reason(question, graph, [Topic(graph.node("Director"), span)], BOUNDS)
    assert named(graph, given.paths[0].relations) == ["written_by"]
    assert given.paths[0].relations == ask(graph, question, "Director").paths[0].relations


def test_topics_are_weighed_by_their_linking_score() -> None:
    graph = films()
    question = "who directed it"
    alpha, gamma = (graph.node(key) for key in ("Alpha", "Gamma"))
    for scores, best in (((1.0, 0.2), alpha), ((0.2, 1.0), gamma)):
        topics = [Topic(alpha, (13, 15), scores[0]), Topic(gamma, (13, 15), scores[1])]
        assert reasoner().reason(question, graph, topics, BOUNDS).paths[0].topic.node == best


def test_who_is_meant_is_for_the_linker_to_say(tmp_path: Path) -> None:
    """A bearer of the name with fewer relations gives each of them more probability: that must not decide."""
    graph = from_triples(
        [("Father", "born_in", "Rome"), ("Son", "born_in", "Bonn")] + [("Son", f"r{i}", f"x{i}") for i in range(6)]
    )
    network, _ = random_network()
    weights.save(tmp_path, network, UNFITTED, encoder().fingerprint, {})
    one = EmbeddedReasoner(encoder(), tmp_path)
    father, son = graph.node("Father"), graph.node("Son")
    for likelier, other in ((son, father), (father, son)):
        topics = [Topic(likelier, (13, 20), 0.51), Topic(other, (13, 20), 0.5)]
        found = one.reason("where was Mozart born", graph, topics, Bounds(1, paths=50))
        scores = {(path.topic.node, path.relations): path.log_prob for path in found.paths}
        both = (graph.relation("born_in"),)
        assert scores[likelier, both] - scores[other, both] == pytest.approx(np.log(0.51 / 0.5))


def test_same_question_same_result() -> None:
    graph = films()
    first, again = (ask(graph, "who starred in Gamma", "Gamma") for _ in range(2))
    assert first == again


def test_nothing_to_start_from_gives_nothing() -> None:
    graph = films()
    assert reasoner().reason("who directed it", graph, [], BOUNDS).paths == ()
    empty = from_triples([])
    assert reasoner().reason("who directed it", empty, [Topic(0)], BOUNDS).paths == ()


def test_classes_are_walked_only_from_a_class() -> None:
    triples = [(f"f{i}", RDF_TYPE, "Film") for i in range(5)] + [("f0", "directed_by", "Ann")]
    graph = from_triples(triples)
    walk = graph.relation(RDF_TYPE) + graph.num_relations
    everything = Bounds(2, paths=100)
    of_a_film = ask(graph, "who directed f0", "f0", everything).paths
    assert of_a_film
    assert all(walk not in path.relations for path in of_a_film)
    assert any(walk in path.relations for path in ask(graph, "list all Film", "Film", everything).paths)


ABSENT = (
    "what is the blood type of Alpha",
    "how many wheels does Alpha have",
    "who is the landlord of Alpha",
    "what is the boiling point of Alpha",
    "where is Alpha buried",
    "which river flows through Alpha",
)


def test_a_question_that_asks_for_what_is_not_there_is_doubted() -> None:
    graph = films()
    there = [ask(graph, question, "Alpha") for question in ("who directed Alpha", "when was Alpha released")]
    absent = [ask(graph, question, "Alpha") for question in ABSENT]
    assert max(one.confidence for one in absent) < 0.9 * min(one.confidence for one in there)
    assert np.mean([one.confidence for one in absent]) < 0.6 * min(one.confidence for one in there)
    assert max(_told(one) for one in absent) < 0.9 * min(_told(one) for one in there)
    assert all(_told(one) >= limits.MIN_SELECTION for one in there)
    assert sum(_told(one) < limits.MIN_SELECTION for one in absent) >= len(ABSENT) / 3


def _told(reasoning: Reasoning) -> float:
    assert reasoning.selection is not None
    return reasoning.selection


def test_weights_for_another_encoder_are_refused(tmp_path: Path) -> None:
    network, _ = random_network()
    weights.save(tmp_path, network, UNFITTED, "another-encoder", {})
    with pytest.raises(ModelUnavailable, match="another-encoder"):
        EmbeddedReasoner(encoder(), tmp_path).prepare(films())
    with pytest.raises(ModelUnavailable):
        EmbeddedReasoner(encoder(), tmp_path / "missing").prepare(films())


def test_deriving_one_graph_s_facts_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = films(), from_triples([("Alpha", "directed_by", "Zoe")])
    begun, release, derived = threading.Event(), threading.Event(), []

    def held(graph: Graph) -> object:
        derived.append(graph.content_hash)
        if graph is large:
            begun.set()
            assert release.wait(60)
        return _schema(graph)

    monkeypatch.setattr("clew.decoding.embedded.reasoner._schema", held)
    fresh = EmbeddedReasoner(encoder())
    with ThreadPoolExecutor(6) as pool:
        waiting = [pool.submit(fresh.prepare, large) for _ in range(3)]
        assert begun.wait(60)
        for _ in range(3):
            found = fresh.reason("who directed Alpha", small, [Topic(small.node("Alpha"))], BOUNDS)
        assert named(small, found.paths[0].relations) == ["directed_by"]
        assert not any(one.done() for one in waiting)
        release.set()
        for one in waiting:
            one.result(60)
    assert sorted(derived) == sorted([small.content_hash, large.content_hash]), "each once"


def test_what_failed_to_be_derived_is_derived_again(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, fresh = films(), EmbeddedReasoner(encoder())
    with monkeypatch.context() as failing:
        failing.setattr("clew.decoding.embedded.reasoner._schema", lambda _: 1 / 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                fresh.prepare(graph)
    fresh.prepare(graph)


def test_the_shipped_weights_are_small_and_say_how_they_were_made() -> None:
    found = weights.load()
    assert sum(file.stat().st_size for file in weights.DEFAULT.iterdir()) <= 32 * 2**20
    assert found.encoder == encoder().fingerprint
    assert {"plan", "domains", "figures"} <= found.about.keys()


def test_a_relation_is_read_by_any_of_its_names() -> None:
    builder = GraphBuilder()
    for head, relation, tail in (("Alpha", "p57", "Ann"), ("Alpha", "p58", "Bob"), ("Beta", "p57", "Ann")):
        builder.edge(head, relation, tail)
    for key, text, kind in (
        ("p57", "p fifty seven", "preferred"),
        ("p57", "directed by", "alternative"),
        ("p58", "p fifty eight", "preferred"),
        ("p58", "written by", "alternative"),
    ):
        builder.label(key, text, kind=kind)  # type: ignore[arg-type]
    graph = builder.build("codes")
    for question, relation in (("who directed Alpha", "p57"), ("who wrote Alpha", "p58")):
        assert named(graph, ask(graph, question, "Alpha").paths[0].relations) == [relation]


def test_the_encoder_stays_on_the_cpu_where_a_gpu_is_there(monkeypatch):
    """The network shares the encoder's tensors and feeds it CPU tensors: on a GPU every question would fail."""
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert EmbeddedReasoner().encoder.device == "cpu"


def test_paths_that_only_lead_back_are_no_readings() -> None:
    graph = from_triples(
        [
            ("polonium", "named after", "Poland"),
            ("polonium", "discoverer", "Marie Curie"),
            ("Poland", "capital", "Warsaw"),
            ("Warsaw", "country", "Poland"),
        ]
    )
    question = "capital of the country polonium is named after"
    found = ask(graph, question, "polonium", Bounds(3, paths=10_000))
    ways = [named(graph, path.relations) for path in found.paths]
    assert ways[0] == ["named after", "capital"]
    assert ["named after", "capital", "country"] not in ways
    assert sum(path.probability for path in found.paths) == pytest.approx(1)
