"""Questions asked together against the same questions asked alone: the law of ``BatchReasoner``."""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.embedded.network.gru import GateCell, InputGates, distinct, distinct_rows, gru_step
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.embedded.search.batches import blocks, restore
from clew.decoding.reasoner import BatchReasoner, Bounds, Reasoning, Topic, reason_batch
from clew.kg import limits
from clew.kg.graph.builder import GraphBuilder
from clew.kg.graph.graph import Graph
from clew.kg.graph.interop import from_triples
from tests.decoding.embedded.toys import RDF_TYPE, encoder, films

QUESTIONS = [
    "who directed it",
    "x",
    "which films have the same director as the film that it is about, and when were they released?",
    "in what language is it",
    "where was the director born",
    "what is the blood type",
]


@lru_cache(maxsize=1)
def reasoner() -> EmbeddedReasoner:
    return EmbeddedReasoner(encoder())


@lru_cache(maxsize=1)
def renamed() -> Graph:
    """A graph whose relations have several names, with classes."""
    builder = GraphBuilder()
    for head, relation, tail in [
        ("Alpha", "p57", "Ann"), ("Alpha", "p58", "Bob"), ("Beta", "p57", "Ann"), ("Ann", RDF_TYPE, "Person"),
        ("Bob", RDF_TYPE, "Person"), ("Alpha", RDF_TYPE, "Film"), ("Beta", RDF_TYPE, "Film"),
    ]:  # fmt: skip
        builder.edge(head, relation, tail)
    for key, text, kind in [
        ("p57", "p fifty seven", "preferred"), ("p57", "directed by", "alternative"),
        ("p58", "written by", "preferred"), ("p58", "screenwriter", "alternative"), ("p58", "author", "alternative"),
    ]:  # fmt: skip
        builder.label(key, text, kind=kind)  # type: ignore[arg-type]
    return builder.build("codes")


def same(found: Reasoning, expected: Reasoning) -> None:
    assert [(p.topic, p.relations) for p in found.paths] == [(p.topic, p.relations) for p in expected.paths]
    assert (found.exact, found.partial, found.diagnostics) == (expected.exact, expected.partial, expected.diagnostics)
    np.testing.assert_allclose(found.confidence, expected.confidence, atol=1e-5)
    for one, other in zip(found.paths, expected.paths, strict=True):
        np.testing.assert_allclose([one.log_prob, one.probability], [other.log_prob, other.probability], atol=1e-4)
        assert [step.relation for step in one.steps] == [step.relation for step in other.steps]
        for step, its in zip(one.steps, other.steps, strict=True):
            np.testing.assert_allclose(step.log_prob, its.log_prob, atol=1e-4)


asked = st.tuples(
    st.sampled_from(QUESTIONS),
    st.lists(st.integers(0, 100), max_size=3),
    st.integers(1, 3),
    st.integers(1, 40),
    st.sets(st.integers(0, 3), max_size=2),
)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([films, renamed]), st.lists(asked, min_size=1, max_size=9))
def test_a_batch_is_its_questions(graph_of, batch) -> None:
    graph: Graph = graph_of()
    texts = [text for text, *_ in batch]
    topics = [
        [Topic(node % graph.num_nodes, score=1 / (1 + i)) for i, node in enumerate(dict.fromkeys(nodes))]
        for _, nodes, *_ in batch
    ]
    bounds = [Bounds(hops, paths, frozenset(forbidden)) for _, _, hops, paths, forbidden in batch]
    together = reasoner().reason_batch(texts, graph, topics, bounds)
    for found, *one in zip(together, texts, topics, bounds, strict=True):
        same(found, reasoner().reason(one[0], graph, one[1], one[2]))


def test_more_questions_than_are_searched_together(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = films()
    topics = [[Topic(graph.node(key))] for key in ("Alpha", "Beta", "Gamma", "Ann", "Bob", "Paris")]
    bounds = [Bounds(3)] * len(QUESTIONS)
    whole = reasoner().reason_batch(QUESTIONS, graph, topics, bounds)
    monkeypatch.setattr(limits, "MAX_JOINT_SEARCHES", 4)
    for found, expected in zip(reasoner().reason_batch(QUESTIONS, graph, topics, bounds), whole, strict=True):
        same(found, expected)
    assert reasoner().reason_batch(QUESTIONS, graph, topics, bounds) == reasoner().reason_batch(
        QUESTIONS, graph, topics, bounds
    )


def test_a_deadline_is_its_question_s_own() -> None:
    graph = films()
    topics = [[Topic(graph.node("Alpha"))]] * 3
    bounds = [Bounds(3), Bounds(3, deadline=time.monotonic() - 1), Bounds(3, deadline=time.monotonic() + 60)]
    found = reasoner().reason_batch(["who directed Alpha"] * 3, graph, topics, bounds)
    assert [one.partial for one in found] == [False, True, False]
    same(found[2], found[0])


def test_nothing_to_ask_from_gives_nothing() -> None:
    graph = films()
    assert reasoner().reason_batch([], graph, [], []) == []
    found = reasoner().reason_batch(["who", "who"], graph, [[], [Topic(graph.node("Alpha"))]], [Bounds(2)] * 2)
    assert (found[0].paths, bool(found[1].paths)) == ((), True)
    empty = from_triples([])
    assert reasoner().reason_batch(["who"], empty, [[Topic(0)]], [Bounds(2)])[0].paths == ()


def test_a_reasoner_without_a_batch_is_asked_one_by_one() -> None:
    class Plain:
        name = "plain"

        def prepare(self, graph: Graph) -> None: ...

        def reason(self, question, graph, topics, bounds) -> Reasoning:
            return Reasoning((), len(question) / 10)

    plain = Plain()
    assert not isinstance(plain, BatchReasoner)
    assert isinstance(reasoner(), BatchReasoner)
    found = reason_batch(plain, ["a", "bc"], films(), [[], []], [Bounds(1)] * 2)
    assert [one.confidence for one in found] == [0.1, 0.2]


@given(st.integers(1, 6), st.lists(st.integers(0, 5), max_size=400), st.integers(1, 3_000_000))
def test_blocks_hold_every_row_once_and_restore_their_order(count: int, owners: list[int], relations: int) -> None:
    owner = np.array([one % count for one in owners], np.int64)
    found = list(blocks(owner, count, relations))
    parts = []
    for block in found:
        assert (owner[block.rows.numpy()] == block.questions.numpy()[:, None]).all() or not len(owner)
        parts.append(block.rows.flatten()[block.kept])
    assert sorted(torch.cat(parts).tolist()) == list(range(len(owner)))
    assert restore(parts, found, 0).tolist() == list(range(len(owner)))


@pytest.mark.parametrize("most", [0, 4])
def test_shared_gates_are_the_cell_s(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    monkeypatch.setattr(limits, "MAX_KEPT_GATES", most)
    torch.manual_seed(0)
    cell, states, inputs = GateCell(8, 8), torch.randn(5, 8), torch.randn(4, 8)
    state_of, input_of = np.array([3, 0, 3, 1, 1, 3]), np.array([2, 2, 0, 1, 3, 2])
    kept, place = distinct(state_of)
    found = gru_step(cell, InputGates(cell, inputs).of(input_of), states[kept], place)
    torch.testing.assert_close(found, cell(inputs[input_of], states[state_of]))


@given(st.lists(st.integers(0, 9), max_size=30), st.booleans())
def test_distinct_ids_are_numpy_s(some: list[int], ascending: bool) -> None:
    ids = np.array(sorted(some) if ascending else some, np.int64)
    expected, place = np.unique(ids, return_inverse=True)
    found = distinct(ids)
    assert found[0].tolist() == expected.tolist()
    assert found[1].tolist() == place.tolist()
    first, of = distinct_rows(ids)
    assert first.tolist() == sorted(np.unique(ids, return_index=True)[1].tolist())
    assert ids[first][of].tolist() == ids.tolist()
