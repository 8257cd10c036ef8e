"""The type relation is walked only where a question asks for a kind."""

from __future__ import annotations

import pytest

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.reasoner import Bounds, Topic
from clew.decoding.token.asked_kind import asks_kind
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.graph.interop import from_triples
from clew.kg.terms.vocabulary import RDF_TYPE
from tests.decoding.tiny_models import tiny, tokenizer


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("What is [Vindal]?", True),
        ("who was [Ada]", True),
        ("what's [Vindal]", True),
        ("what kind of thing is [Vindal]", True),
        ("which class does [Vindal] belong to", True),
        ("[Vindal]", False),
        ("where is [Vindal]", False),
        ("which museums show pictures by [Ada]", False),
        ("what is the height of [Vindal]", False),
        ("who was the teacher of [Ada]", False),
    ],
)
def test_words_that_ask_for_a_kind(question: str, asks: bool) -> None:
    start, end = question.index("["), question.index("]") - 1
    assert asks_kind(question.replace("[", "").replace("]", ""), [(start, end)]) is asks


def test_no_path_takes_the_type_relation_unless_asked() -> None:
    triples = [("Ada", RDF_TYPE, "person"), ("Bo", RDF_TYPE, "person"), ("Ada", "teacher", "Bo")]
    graph = from_triples(triples)
    kind, members = graph.type_relation, graph.type_relation + graph.num_relations
    reasoner = TokenReasoner(CausalLM(tiny("Qwen2", sharpness=2.0), tokenizer()))

    def taken(question: str, topic: str) -> set[int]:
        found = reasoner.reason(question, graph, [Topic(graph.node(topic))], Bounds(3, paths=50))
        assert found.paths
        return {relation for path in found.paths for relation in path.relations}

    assert not taken("who taught Ada", "Ada") & {kind, members}
    assert kind in taken("what kind of thing is Ada", "Ada")
    assert members not in taken("what kind of thing is Ada", "Ada")
    assert members in taken("every person", "person")
