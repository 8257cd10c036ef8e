"""The relations that a prompt lists: those at the topics first, by likeness, within a budget, in alphabetical order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.reasoner import Bounds, Topic
from clew.decoding.token.layout import RelationLayout
from clew.decoding.token.listing import RelationListing
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.graph.graph import Graph
from tests.decoding.graphs import films, graphs
from tests.decoding.tiny_models import tiny, tokenizer


class Likes:
    """A prior that likes relations with a word of the question."""

    def __init__(self, graph: Graph) -> None:
        self._labels = [graph.relation_label(r) for r in range(2 * graph.num_relations)]

    def relation_scores(self, question: str, mentions: Sequence[tuple[int, int]] = ()) -> np.ndarray:
        words = set(question.split())
        return np.array([float(bool(words & set(label.split()))) for label in self._labels], np.float32)


def listing(budget: int) -> RelationListing:
    return RelationListing(Likes, lambda text: len(text.split()), budget)


def test_relations_at_the_topic_come_first_and_then_what_is_like_the_question() -> None:
    graph = films()
    topic = [Topic(graph.node("Heat"))]
    assert listing(4).labels("who", graph, topic) == "directed by, starred actors"
    assert listing(2).labels("who directed it", graph, topic) == "directed by"
    assert "born in" in listing(6).labels("born where", graph, topic)


def test_what_is_forbidden_is_not_listed() -> None:
    graph = films()
    forbidden = frozenset({graph.relation("directed by")})
    assert "directed by" not in listing(4).labels("who", graph, [Topic(graph.node("Heat"))], forbidden).split(", ")


@given(graphs(), st.integers(0, 30), st.text(max_size=20))
@settings(max_examples=50, deadline=None)
def test_a_list_keeps_to_its_budget_and_names_relations_of_the_graph(graph: Graph, budget: int, question: str) -> None:
    text = listing(budget).labels(question, graph, [Topic(0)])
    assert len(text.split()) <= budget
    known = [graph.relation_label(r) for r in range(2 * graph.num_relations)]
    assert all(label in known for label in text.split(", ") if label)


def test_a_prompt_lists_them() -> None:
    graph, lm = films(), CausalLM(tiny("Qwen2", sharpness=2.0), tokenizer())
    reasoner = TokenReasoner(lm, RelationLayout("relation-path.v2"), listing=listing(6))
    topics = [Topic(graph.node("Heat"))]
    listed = reasoner._listed("who directed it", graph, topics, Bounds(2))
    prompt = tokenizer().decode(reasoner._prompt("who directed it", ["Heat"], listed)[0])
    assert f"Relations: {listed}\nQuestion: who directed it" in prompt
    assert reasoner.reason("who directed it", graph, topics, Bounds(2)).paths
