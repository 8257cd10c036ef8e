"""What is kept of questions that were read changes nothing but the time that the next ones take."""

from __future__ import annotations

import numpy as np
import pytest

from clew.decoding.embedded.search.model import RelationContext, RelationModel
from clew.decoding.embedded.search.questions import QuestionReading
from clew.decoding.embedded.search.tree import LevelSearch, score_trees
from clew.kg import limits
from clew.tries.relations.automaton import RelationAutomaton
from tests.decoding.embedded.toys import films, random_model

PROMPTS = [
    "who directed ⟦x⟧",
    "⟦x⟧",
    "which films have the same director as ⟦x⟧, and when were they released?",
    "in what language is ⟦x⟧",
    "where was the director of ⟦x⟧ born",
]


@pytest.fixture
def model() -> RelationModel:
    return random_model(films())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of questions that the network has been run on."""
    counts: list[int] = []
    together = QuestionReading._together

    def counted(self, tokens, states, sentences, kinds):
        counts.append(len(tokens))
        return together(self, tokens, states, sentences, kinds)

    monkeypatch.setattr(QuestionReading, "_together", counted)
    return counts


def logits(model: RelationModel, context: RelationContext) -> np.ndarray:
    nodes = model.extend(context, np.zeros(1, np.int64), np.zeros(1, np.int32))
    return model.logits(context, np.concatenate([np.arange(context.num_questions), nodes]))


def test_a_wording_is_read_once(model: RelationModel, read: list[int]) -> None:
    first = logits(model, model.encode_batch(PROMPTS))
    assert sum(read) == len(PROMPTS)
    assert np.array_equal(logits(model, model.encode_batch(PROMPTS)), first)
    again = logits(model, model.encode_batch(PROMPTS[::-1]))[: len(PROMPTS)]
    np.testing.assert_allclose(again, first[: len(PROMPTS)][::-1], atol=1e-4)
    model.encode_batch([*PROMPTS, PROMPTS[0], "what year is ⟦x⟧ from"])
    assert sum(read) == len(PROMPTS) + 1
    model.forget()
    model.encode(PROMPTS[0])
    assert sum(read) == len(PROMPTS) + 2


def test_what_was_kept_is_as_if_read_anew(model: RelationModel) -> None:
    model.encode_batch(PROMPTS)  # in company, padded
    for prompt in PROMPTS:
        kept = logits(model, model.encode(prompt))
        model.forget()
        np.testing.assert_allclose(kept, logits(model, model.encode(prompt)), atol=1e-4)


def test_what_is_kept_is_bounded(model: RelationModel, read: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    model.encode(PROMPTS[0])
    one = model._reading._bytes
    assert one > 0
    monkeypatch.setattr(limits, "MAX_READ_BYTES", 3 * one)
    for i in range(20):
        model.encode(f"who directed ⟦x⟧ {i}")
        assert model._reading._bytes <= 3 * one
        assert model._reading._bytes == sum(kept.num_bytes for kept in model._reading._kept.values())
    model.encode("who directed ⟦x⟧ 19")  # the latest is there, the first is gone
    assert sum(read) == 21
    model.encode(PROMPTS[0])
    assert sum(read) == 22


def test_a_question_larger_than_the_bound_is_read_all_the_same(
    model: RelationModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = logits(model, model.encode(PROMPTS[2]))
    model.forget()
    monkeypatch.setattr(limits, "MAX_READ_BYTES", 0)
    np.testing.assert_allclose(logits(model, model.encode(PROMPTS[2])), expected, atol=1e-5)
    assert model._reading._bytes == 0


def test_searches_for_one_question_share_its_prefixes(model: RelationModel) -> None:
    graph = films()
    topics = ["Alpha", "Beta", "Ann", "Gamma", "Alpha"]
    asked = [0, 1, 0, 0, 1]

    def search(topic: str) -> LevelSearch:
        automaton = RelationAutomaton(graph, 3)
        return LevelSearch(automaton, automaton.start([graph.node(topic)]), 3)

    shared = model.encode_batch(PROMPTS[:2])
    found = score_trees(model, shared, [search(topic) for topic in topics], asked)
    apart = model.encode_batch([PROMPTS[i] for i in asked])
    expected = score_trees(model, apart, [search(topic) for topic in topics])
    for tree, other in zip(found, expected, strict=True):
        assert [tree.relations(i) for i in range(len(tree))] == [other.relations(i) for i in range(len(other))]
        np.testing.assert_allclose(tree.log_prob, other.log_prob, atol=1e-4)
        np.testing.assert_allclose(tree.mass, other.mass, atol=1e-4)
    assert len(shared) < len(apart)


def test_entries_that_are_the_same_are_as_if_apart(model: RelationModel) -> None:
    context, parents = model.encode_batch(PROMPTS[:2]), np.array([1, 0, 1, 0, 1])
    taken = np.array([2, 0, 2, 1, 0], np.int32)
    together = model.extend(context, parents, taken)
    assert together.tolist() == [2, 3, 4, 5, 6]
    found = model.logits(context, together)
    outline = model.outline(context, parents, taken)
    for i, (parent, token) in enumerate(zip(parents, taken, strict=True)):
        node = model.extend(context, np.array([parent]), np.array([token]))
        np.testing.assert_allclose(model.logits(context, node)[0], found[i], atol=1e-4)
        alone = model.outline(context, np.array([parent]), np.array([token]))
        np.testing.assert_allclose(outline.similarity[i], alone.similarity[0], atol=1e-4)
        np.testing.assert_allclose(outline.left[i], alone.left[0], atol=1e-5)
