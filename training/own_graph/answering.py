"""Answering questions with a network in training, as the reasoner answers them with a loaded one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clew.decoding.answers.gather import gather
from clew.decoding.embedded.network.encoder import LowerEncoder
from clew.decoding.embedded.network.network import Network
from clew.decoding.embedded.ranking.fusion import Fusion, rank
from clew.decoding.embedded.search.model import RelationModel
from clew.decoding.embedded.search.tree import score_tree
from clew.decoding.embedded.vocabulary.vocabulary import RelationWords, embed_relations
from clew.decoding.reasoner import Bounds, RankedPath, Reasoning, Topic
from clew.kg import limits
from clew.kg.graph.graph import Graph
from clew.retrieval.encoder.minilm import MiniLM
from clew.training.calibrate import Case
from clew.training.own_graph.items import Item
from clew.training.own_graph.labels.paths import Path
from clew.training.own_graph.walks import Walks
from clew.tries.relations.automaton import RelationAutomaton


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of one question. ``hit``: the share of right ones among the answers (the expected Hits@1); ``case``:
    the paths' features, for fitting the fusion; ``surprise``: minus the log-probability of the gold path (nats)."""

    item: Item
    hit: float
    case: Case
    surprise: float


class Answering:
    """One network with a fusion over one graph; embeds the graph's relations once, so make a new one after a step."""

    def __init__(
        self, graph: Graph, walks: Walks, words: RelationWords, encoder: MiniLM, network: Network, fusion: Fusion
    ) -> None:
        lower = LowerEncoder(encoder.bert, network.config.tuned_layers)
        relations = embed_relations(network.decoder, encoder, lower, words)
        self._graph, self._walks, self._fusion = graph, walks, fusion
        self._model = RelationModel(network, lower, encoder.tokenizer, relations, kinds=words.kinds)

    def answer(self, item: Item) -> Answered:
        """Answer a question from its topic."""
        paths, scores, features = self._ranked(item)
        hit, surprise = 0.0, 20.0
        gold = paths.index(item.gold) if item.gold in paths else -1
        if gold >= 0:
            surprise = float(np.logaddexp.reduce(scores) - scores[gold])
        if item.answers and paths:
            hit = self._hit(item, paths, scores)
        return Answered(item, hit, Case(features, gold, item.hops, bool(item.gold)), surprise)

    def likeliest(self, item: Item, paths: Sequence[Path]) -> Path:
        """Return the path that the model ranks first for a question (any that it does not rank comes after)."""
        ranked = self._ranked(item)[0]
        place = {path: at for at, path in enumerate(ranked)}
        return min(paths, key=lambda path: (place.get(path, len(ranked)), path))

    def _ranked(self, item: Item) -> tuple[list[Path], np.ndarray[tuple[int], np.dtype[np.float64]], np.ndarray]:
        forbidden = self._walks.forbidden(item.topic) | item.missing
        automaton = RelationAutomaton(self._graph, limits.MAX_HOPS, forbidden=forbidden)
        context = self._model.encode(item.question.prompt)
        starts = automaton.start([item.topic])
        tree = score_tree(self._model, context, automaton, starts, limits.MAX_HOPS, forbidden=forbidden)
        ranking = rank(self._model, context, tree, self._fusion)
        paths = [tree.relations(int(path)) for path in ranking.order]
        return paths, ranking.scores, ranking.features

    def _hit(self, item: Item, paths: Sequence[Path], scores: np.ndarray) -> float:
        topic = Topic(item.topic)
        probabilities = np.exp(scores - np.logaddexp.reduce(scores))
        bounds = Bounds(limits.MAX_HOPS)
        ranked = tuple(
            RankedPath(topic, path, float(score), float(probability))
            for path, score, probability in zip(paths, scores, probabilities, strict=True)
        )[: bounds.paths]
        found = gather(self._graph, Reasoning(ranked, 1.0), bounds).answers
        right = {node for nodes in item.answers for node in nodes}
        return sum(answer.node in right for answer in found) / len(found) if found else 0.0
