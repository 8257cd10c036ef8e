"""All reasoners pass the laws of their port; reasoners that break one are caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from clew.decoding.causal.causal_lm import CausalLM
from clew.decoding.chains.reasoner import ChainReasoner
from clew.decoding.embedded.reasoner import EmbeddedReasoner
from clew.decoding.judging.causal_judge import CausalJudge
from clew.decoding.judging.fallback import FallbackReasoner
from clew.decoding.judging.fusion import JudgeFusion
from clew.decoding.judging.reasoner import JudgedReasoner
from clew.decoding.laws.reasoner import check_reasoner
from clew.decoding.reasoner import Bounds, Reasoner, Reasoning, Topic
from clew.decoding.remote.reasoner import RemoteReasoner
from clew.decoding.token.layout import EntityLayout
from clew.decoding.token.reasoner import TokenReasoner
from clew.kg.graph.graph import Graph
from tests.decoding.chat_server import chat_server
from tests.decoding.embedded.toys import encoder
from tests.decoding.graphs import films
from tests.decoding.test_remote import engine
from tests.decoding.tiny_models import tiny, tokenizer

QUESTIONS = ("who directed Heat", "which films star Robert De Niro", "where was the director of Ali born", "who")
NAMED = (("Heat",), ("Robert De Niro",), ("Ali", "Chicago"), ())
BOUNDS = Bounds(2, paths=5)


@pytest.fixture
def url() -> Iterator[str]:
    with chat_server() as url:
        yield url


def lm() -> CausalLM:
    return CausalLM(tiny("Qwen2", sharpness=2.0), tokenizer())


MAKERS: dict[str, Callable[[str], Reasoner]] = {
    "embedded": lambda _: EmbeddedReasoner(encoder()),
    "relations": lambda _: TokenReasoner(lm()),
    "entities": lambda _: TokenReasoner(lm(), EntityLayout()),
    "chains": lambda _: ChainReasoner(lm(), thought_tokens=2),
    "judged": lambda _: JudgedReasoner(EmbeddedReasoner(encoder()), CausalJudge(lm()), JudgeFusion(0.5, 1.0, 1.0)),
    "fallback": lambda _: FallbackReasoner(EmbeddedReasoner(encoder()), TokenReasoner(lm()), 0.9),
    "remote": lambda url: RemoteReasoner(engine(url), draws=6),
}


def check(reasoner: Reasoner) -> None:
    graph = films()
    topics = [[Topic(graph.node(name)) for name in names] for names in NAMED]
    check_reasoner(reasoner, graph, QUESTIONS, topics, BOUNDS, tolerance=2e-3)


@pytest.mark.parametrize("name", list(MAKERS))
def test_reasoners_pass_the_laws(name: str, url: str) -> None:
    check(MAKERS[name](url))


class Spoiled(Reasoner):
    """The embedded reasoner, with one promise broken."""

    name = "spoiled"

    def __init__(self, spoil: Callable[[Reasoning, Bounds], Reasoning]) -> None:
        self._spoil, self._sound = spoil, EmbeddedReasoner(encoder())

    def reason(self, question: str, graph: Graph, topics: Sequence[Topic], bounds: Bounds) -> Reasoning:
        return self._spoil(self._sound.reason(question, graph, topics, bounds), bounds)


def longer(reasoning: Reasoning, _: Bounds) -> Reasoning:
    return replace(reasoning, paths=tuple(replace(p, relations=p.relations * 3) for p in reasoning.paths))


def nowhere(reasoning: Reasoning, _: Bounds) -> Reasoning:
    return replace(reasoning, paths=tuple(replace(p, relations=(p.relations[0],) * 2) for p in reasoning.paths[:1]))


def unsorted(reasoning: Reasoning, _: Bounds) -> Reasoning:
    return replace(reasoning, paths=reasoning.paths[::-1])


def whole(reasoning: Reasoning, bounds: Bounds) -> Reasoning:
    return replace(reasoning, partial=False, exact=True, gap=0.0) if bounds.cancelled else reasoning


def sure_of_nothing(reasoning: Reasoning, _: Bounds) -> Reasoning:
    return reasoning if reasoning.paths else replace(reasoning, confidence=0.9)


@pytest.mark.parametrize("spoil", [longer, nowhere, unsorted, whole, sure_of_nothing])
def test_a_broken_promise_is_caught(spoil: Callable[[Reasoning, Bounds], Reasoning]) -> None:
    with pytest.raises(AssertionError):
        check(Spoiled(spoil))
