"""``ProgramReader``: reads a question into programs over one graph, the likeliest first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clew.decoding.answering.topics import Linker
from clew.decoding.programs.reading.alignment import Aligner
from clew.decoding.programs.reading.anchors import COMMON_COST, AnchorFinder, Named
from clew.decoding.programs.reading.costs import CostWeights, TokenCosts
from clew.decoding.programs.reading.cues import Cue, cues, polite
from clew.decoding.programs.reading.names import ProgramNames
from clew.decoding.programs.reading.order import asked_order
from clew.decoding.programs.reading.question import AskedWords
from clew.decoding.programs.reading.search import Found, ProgramSearch, Searched
from clew.decoding.programs.reading.similarity import Float32, RelationSimilarity, word_similarities
from clew.decoding.programs.reading.unread import unread_by
from clew.decoding.programs.wording import program_in_words
from clew.decoding.reading.likeness import Likeness
from clew.decoding.reading.unread import Unread
from clew.kg.graph.graph import Graph
from clew.retrieval.linking.types import Linking
from clew.tries.columns.stored import columns_of
from clew.tries.programs.algebra import Algebra
from clew.tries.programs.grammar import Grammar, ProgramBounds
from clew.tries.programs.machine import Machine
from clew.tries.programs.tokens import ProgramTokens
from clew.tries.programs.values import AttributeValues

MOST = 12
SURE, COST_WEIGHT, SHARE_WEIGHT = 2.0, 1.0, 1.0


@dataclass(frozen=True)
class ProgramReadings:
    """The programs for a question, cheapest first, over these anchors; ``probability[i]`` of the i-th, among those
    found, all that give the same result taken together."""

    asked: AskedWords
    anchors: tuple[Named, ...]
    cues: tuple[Cue, ...]
    searched: Searched
    algebra: Algebra
    probability: tuple[float, ...]

    @property
    def best(self) -> Found:
        """The cheapest program; IndexError where there is none."""
        return self.searched.found[0]

    @property
    def in_words(self) -> str:
        """The cheapest program in words."""
        return program_in_words(self.algebra.graph, [one.anchor for one in self.anchors], self.best.tokens)

    @property
    def unread(self) -> list[Unread]:
        """What of the question the cheapest program does not stand for."""
        return unread_by(self.asked, self.anchors, self.cues, self.best.read)

    @property
    def selection(self) -> float:
        """How sure it is that the cheapest program is what was asked, from 0 to 1."""
        return selection(self.best, self.probability[0])


class ProgramReader:
    """Reads questions into programs over one graph. Safe for threads."""

    def __init__(
        self,
        graph: Graph,
        linker: Linker,
        likeness: Likeness,
        model: RelationSimilarity | None = None,
        weights: CostWeights | None = None,
    ) -> None:
        """``model``: compares words with relations, besides ``likeness``."""
        self.graph, self._likeness, self._model = graph, likeness, model
        self.weights = weights or CostWeights()
        self.names = ProgramNames(graph)
        self._anchors = AnchorFinder(self.names, linker)
        self.values = AttributeValues(columns_of(graph))

    def read(
        self, question: str, linking: Linking, today: date, bounds: ProgramBounds | None = None
    ) -> ProgramReadings:
        """Return the programs that a question may mean."""
        asked = AskedWords(question)
        entities = self._anchors.entities(asked, linking)
        named = 0
        for one in entities:
            named |= one.bits
        aligner = Aligner(asked, self._likeness, named)
        aligner.prepare(self.names.words, self.names.main_words)
        anchors = [*entities, *self._anchors.others(asked, aligner, today)]
        order = asked_order(asked)
        read = polite(asked) | (order.bits if order else 0)
        told = _apart(cues(asked), asked, anchors, read)
        algebra = Algebra(self.graph, self.values)
        costs = TokenCosts(asked, self.names, aligner, anchors, told, self.values, self.weights, self._learned(asked, entities))
        bounds = ProgramBounds(
            tokens=9, hops=4, operators=costs.operators, forbidden=frozenset(self.graph.plumbing), empty=True
        )
        own = tuple(one.anchor for one in anchors)
        grammar = Grammar(Machine(algebra, own), ProgramTokens(self.graph.num_relations, own), bounds)
        searched = ProgramSearch(grammar, costs, read).run(MOST)
        return ProgramReadings(asked, tuple(anchors), tuple(told), searched, algebra, _shares(searched.found))


    def _learned(self, asked: AskedWords, entities: Sequence[Named]) -> Float32 | None:
        if self._model is None or not self.graph.num_relations:
            return None
        sure = [one.anchor.span for one in entities if one.cost < COMMON_COST]
        return word_similarities(self._model, self.graph, asked, sure)


def selection(best: Found, share: float) -> float:
    """Return how sure it is that a program is what was asked: by its cost a word and its share of the probability."""
    score = SURE - COST_WEIGHT * best.cost + SHARE_WEIGHT * math.log(max(share, 1e-6))
    return 1 / (1 + math.exp(-score))


def _apart(told: Sequence[Cue], asked: AskedWords, anchors: Sequence[Named], ordering: int) -> list[Cue]:
    """Return the cues but for those within words that order or compare: the "or" of "2014 or later"."""
    comparing = ordering
    for one in anchors:
        for stated in one.compared:
            comparing |= asked.bits(stated.start, stated.end)
            comparing |= asked.bits(*stated.behind) if stated.behind else 0
    return [cue for cue in told if not cue.bits & comparing]


def _shares(found: Sequence[Found]) -> tuple[float, ...]:
    weights = [math.exp(found[0].cost - one.cost) for one in found]
    by_result: dict[object, float] = {}
    for one, weight in zip(found, weights, strict=True):
        key = _key(one)
        by_result[key] = by_result.get(key, 0.0) + weight
    total = sum(weights)
    return tuple(by_result[_key(one)] / total for one in found)


def _key(one: Found) -> object:
    value = one.top.value
    return value.nodes.tobytes() if hasattr(value, "nodes") else repr(value)
